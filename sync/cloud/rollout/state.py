"""A rollout as it stands, and what a decision about it is made of. Pure values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from provisioning.twin import Fields
from sync.cloud.rollout.plan import Group, Plan

Status = Literal["running", "waiting_for_approval", "paused", "halted", "aborted", "finished"]
End = Literal["halted", "aborted", "finished"]
Outcome = Literal["queued", "in_progress", "succeeded", "failed", "rejected", "timed_out", "canceled"]
"""Of one box, in the words of AWS IoT; `timed_out` was never heard of, `rejected` has no use for it."""
OPEN: Final[frozenset[Outcome]] = frozenset({"queued", "in_progress"})
# Neither for nor against the release.
_SILENT: Final[frozenset[Outcome]] = frozenset({"timed_out", "rejected", "canceled"})
Key = tuple[int, str]
"""Which group, counted from 0, and which box; one that ran in shadow mode comes again in an active group."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What became of the release on one box.

    Attributes:
        state: as far as the box has told.
        since: when it got into that state.
        reason: why, in the box's words; empty when all is well.
    """

    state: Outcome
    since: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One release on its way through the fleet.

    Attributes:
        id: of the rollout.
        shadow: the named shadow that it writes, such as `models`.
        subject: the key in there, such as `intensity`.
        challenger: what is rolled out: `version`, and what else a box needs to get it.
        champion: what boxes go back to, in the same form.
        plan: its groups.
        members: the boxes of each group.
        tenant_id: whose boxes they are; None for those of all tenants.
        group: the group whose turn it is; as many as there are groups when all have had theirs.
        begun: whether that group has begun, else it waits for an approval.
        good_since: since when that group has been what its plan demands; None while it is not.
        paused: whether no group may begin.
        end: how it ended; None while it goes on.
        reason: why it waits or ended.
        executions: every box that has been given the release, by group.
    """

    id: str
    shadow: str
    subject: str
    challenger: Fields
    champion: Fields
    plan: Plan
    members: tuple[tuple[str, ...], ...]
    tenant_id: str | None = None
    group: int = 0
    begun: bool = False
    good_since: datetime | None = None
    paused: bool = False
    end: End | None = None
    reason: str = ""
    executions: Mapping[Key, Execution] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """In one word."""
        if self.end is not None:
            return self.end
        if self.paused:
            return "paused"
        return "running" if self.begun else "waiting_for_approval"

    @property
    def groups(self) -> tuple[Group, ...]:
        """Those of its plan."""
        return self.plan.groups

    def started(self) -> Iterator[int]:
        """The groups whose boxes have been given the release."""
        return iter(range(min(self.group + self.begun, len(self.groups))))

    def count(self, group: int) -> "Tally":
        """How the boxes of one group fare."""
        states = [each.state for (place, _), each in self.executions.items() if place == group]
        return Tally(
            total=len(self.members[group]),
            succeeded=states.count("succeeded"),
            failed=states.count("failed"),
            open=sum(state in OPEN for state in states),
            silent=sum(state in _SILENT for state in states),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Boxes of one group, by how they fare.

    Attributes:
        total: all.
        succeeded: work with the release, or have shown that it does well in shadow mode.
        failed: went back by themselves, or were not heard of again.
        open: are still at it, or have not answered yet.
        silent: say nothing about the release: never heard of, or have no use for it.
    """

    total: int
    succeeded: int
    failed: int
    open: int
    silent: int

    @property
    def answered(self) -> int:
        """Boxes that say something about the release."""
        return self.succeeded + self.failed

    def is_good_for(self, group: Group) -> bool:
        """Whether enough of those that can be reached have succeeded."""
        reachable = self.total - self.silent
        return reachable > 0 and self.succeeded >= group.success_threshold * reachable

    def is_bad_for(self, group: Group) -> bool:
        """Whether too many have failed."""
        return self.failed >= group.error_least and self.failed >= group.error_threshold * self.answered


@dataclass(frozen=True, slots=True)
class Note:
    """A line for the audit: what was done, and to what."""

    action: str
    detail: Fields


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from the way things are.

    Attributes:
        rollout: as it stands now.
        desired: what boxes are to be told, by box: the new value under the rollout's subject.
        notes: for the audit.
    """

    rollout: Rollout
    desired: Mapping[str, Fields] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
