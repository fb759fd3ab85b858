"""Groups of members that a plan must be right for, each by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recommender.monitoring.outcome import PlanOutcome
    from recommender.person import Person

Dimension = Literal["all", "sex", "age_band", "level"]

AGE_BANDS: Final = ((30.0, "under_30"), (45.0, "30_to_44"), (60.0, "45_to_59"), (float("inf"), "60_and_over"))
"""Each up to an age in years."""
UNKNOWN_AGE: Final = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A group.

    Attributes:
        dimension: by what people are grouped.
        value: which group.
    """

    dimension: Dimension
    value: str

    def __str__(self) -> str:
        """As alerts name it."""
        return "all members" if self == EVERYBODY else f"members with {self.dimension} {self.value}"


EVERYBODY: Final = Segment("all", "all")


def segments_of(person: Person) -> tuple[Segment, ...]:
    """The groups that somebody belongs to, everybody first."""
    return (
        EVERYBODY,
        Segment("sex", person.sex),
        Segment("age_band", age_band(person.age_years)),
        Segment("level", person.level),
    )


def age_band(age_years: float | None) -> str:
    """The name of the band; `unknown` when nobody told."""
    if age_years is None:
        return UNKNOWN_AGE
    return next(name for below, name in AGE_BANDS if age_years < below)


def by_segment(outcomes: Iterable[PlanOutcome]) -> dict[Segment, list[PlanOutcome]]:
    """Plans by the groups of those whom they were for, everybody first."""
    found: dict[Segment, list[PlanOutcome]] = {}
    for outcome in outcomes:
        for segment in segments_of(outcome.person):
            found.setdefault(segment, []).append(outcome)
    return {segment: found[segment] for segment in in_order(found)}


def in_order(segments: Iterable[Segment]) -> list[Segment]:
    """Everybody first, the groups by name."""
    return sorted(segments, key=lambda each: (each != EVERYBODY, each))
