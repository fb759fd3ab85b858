"""Which boxes get a release when, and what must be true before the next ones do. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import ceil
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Mode = Literal["shadow", "active"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Seconds = Annotated[float, Field(ge=0.0, le=366 * 86_400.0)]
_EVERY: Final = 100.0
_HOUR_S: Final = 3600.0
_DAY_S: Final = 24 * _HOUR_S


class PlanRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """A plan cannot be carried out on this fleet; the text says why and what to change."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Strict):
    """What a box in shadow mode may report of the challenger."""

    least_asked: Annotated[int, Field(ge=1)] = Field(
        default=20, description="Questions that both versions must have answered before it counts."
    )
    most_failures: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Questions that the challenger may have failed to answer."
    )
    most_difference: Mapping[str, Annotated[float, Field(ge=0.0)]] = Field(
        default={}, description="Largest mean absolute difference between the two, by output."
    )
    most_latency_ratio: Annotated[float, Field(gt=0.0)] = Field(
        default=3.0, description="How many times as long as the champion it may take."
    )
    most_slower_ms: Annotated[float, Field(ge=0.0)] = Field(
        default=5.0,
        description="Milliseconds longer a question that never count, whatever the multiple.",
    )


class Group(_Strict):
    """Boxes that get the release together."""

    name: Name
    mode: Mode = Field(
        default="active",
        description="`shadow`: the release runs beside what works, and only its figures are reported.",
    )
    percent: Annotated[float, Field(gt=0.0, le=100.0)] | None = Field(
        default=None, description="Of all boxes of the rollout, rounded up; fewer when fewer are left."
    )
    boxes: Annotated[int, Field(ge=1)] | None = Field(default=None, description="So many, instead.")
    tags: frozenset[str] = Field(
        default=frozenset(), description="Only boxes with all of these, such as `gym=north`."
    )
    success_threshold: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        default=1.0, description="Share of the boxes that could be reached that must succeed."
    )
    error_threshold: Share = Field(
        default=0.0, description="Share of the boxes that answered; with as many failures all ends."
    )
    error_least: Annotated[int, Field(ge=1)] = Field(
        default=1, description="Failures below this number end nothing, whatever their share."
    )
    soak_s: Seconds = Field(default=_DAY_S, description="How long it must go well before the next group.")
    timeout_s: Seconds = Field(
        default=3 * _DAY_S, description="After this long a box that is not heard of is no longer waited for."
    )
    approval: bool = Field(default=False, description="Whether somebody must approve before it begins.")
    limits: Limits = Field(default=Limits(), description="For a group in shadow mode.")

    @model_validator(mode="after")
    def _sized_once(self) -> Self:
        if self.percent is not None and self.boxes is not None:
            raise ValueError(f"the group {self.name} is sized by percent or by boxes, not by both")
        return self


class Plan(_Strict):
    """The groups of a rollout, in their order: those in shadow mode first, then everybody, step by step."""

    groups: Annotated[tuple[Group, ...], Field(min_length=1, max_length=32)]

    @model_validator(mode="after")
    def _leads_to_everybody(self) -> Self:
        names = [group.name for group in self.groups]
        if len(set(names)) < len(names):
            raise ValueError("two groups have the same name")
        modes = [group.mode for group in self.groups]
        if modes != sorted(modes, key=lambda mode: mode == "active"):
            raise ValueError("groups in shadow mode come before all others")
        last = self.groups[-1]
        if last.mode == "shadow" or last.tags or last.percent != _EVERY:
            raise ValueError(
                f"the last group, {last.name}, must take all that are left: active, percent = 100, no tags"
            )
        return self


CAREFUL: Final = Plan(
    groups=(
        Group(name="shadow", mode="shadow", percent=2),
        Group(name="canary", percent=2),
        Group(name="early", percent=20, success_threshold=0.95, error_threshold=0.02, error_least=2),
        Group(name="all", percent=100, success_threshold=0.9, error_threshold=0.02, error_least=3),
    )
)
"""For what can run beside what works; four days when all goes well."""
STEPWISE: Final = Plan(groups=CAREFUL.groups[1:])
"""For what cannot; three days."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A box that can take part, and its tags."""

    gateway_id: str
    tags: AbstractSet[str] = frozenset()


def select(plan: Plan, rollout_id: str, fleet: Sequence[Candidate]) -> tuple[tuple[str, ...], ...]:
    """The boxes of each group.

    Which box is in which group depends on a hash of its id and the rollout's alone: chance decides, for this
    rollout and not for the next, and the same way however often it is asked. A box is in one active group; it
    may have been in a group in shadow mode before.

    Args:
        plan: the groups.
        rollout_id: of this rollout.
        fleet: all boxes that can take part, in any order.

    Returns:
        The ids for each group, in the plan's order.

    Raises:
        PlanRefused: there is no box, or a group that names tags or a number has none.
    """
    if not fleet:
        raise PlanRefused("there is no box to roll out to: add gateways first, or choose another scope")
    left: dict[Mode, list[Candidate]] = {mode: _shuffled(rollout_id, mode, fleet) for mode in _MODES}
    chosen: list[tuple[str, ...]] = []
    for group in plan.groups:
        fitting = [each for each in left[group.mode] if group.tags <= each.tags]
        taken = fitting[: _size(group, len(fleet))]
        if not taken and (group.tags or group.boxes):
            raise PlanRefused(
                f"the group {group.name} would have no box: no box that is left has its tags; change them"
            )
        ids = tuple(each.gateway_id for each in taken)
        left[group.mode] = [each for each in left[group.mode] if each.gateway_id not in set(ids)]
        chosen.append(ids)
    return tuple(chosen)


_MODES: Final[tuple[Mode, ...]] = ("shadow", "active")


def _size(group: Group, everybody: int) -> int:
    if group.boxes is not None:
        return group.boxes
    percent = _EVERY if group.percent is None else group.percent
    return ceil(round(everybody * percent / _EVERY, 6))


def _shuffled(rollout_id: str, mode: Mode, fleet: Sequence[Candidate]) -> list[Candidate]:
    def key(candidate: Candidate) -> bytes:
        return hashlib.sha256(f"{rollout_id}\n{mode}\n{candidate.gateway_id}".encode()).digest()

    return sorted(fleet, key=key)
