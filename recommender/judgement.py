"""A workout against its plan: whether it asked for more than it should. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recommender.exertion import expected_rpe
from recommender.notes import complaint

if TYPE_CHECKING:
    from recommender.history import Workout

HARDER_RPE: Final = 2.0
"""Points above what was planned from which on a workout was harder."""
BROKEN_OFF: Final = 0.8
"""Below this share a plan was too much."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A workout against its plan.

    Attributes:
        workout: as performed.
        planned: the intensity that it was planned with, or, without a plan, performed with; None if unknown.
        harder_rpe: points of exertion above what that intensity should feel like; None without a rating.
        was_harder: whether it asked for more than it should.
    """

    workout: Workout
    planned: float | None
    harder_rpe: float | None
    was_harder: bool


def judge(workout: Workout) -> Judged:
    """Compare how a workout went with its plan, or, without one, with the intensity that it was done at."""
    planned = workout.intensity_score
    if workout.prescribed is not None and workout.accepted is not False:
        planned = workout.prescribed.intensity_score
    harder_rpe = None
    if planned is not None and workout.rpe is not None:
        harder_rpe = workout.rpe - expected_rpe(planned)
    was_harder = (
        (harder_rpe is not None and harder_rpe >= HARDER_RPE)
        or is_cut_short(workout)
        or complaint(workout.note) is not None
    )
    return Judged(workout, planned, harder_rpe, was_harder)


def is_cut_short(workout: Workout) -> bool:
    """Whether a plan that was taken was broken off."""
    return workout.accepted is not False and completion(workout) < BROKEN_OFF


def completion(workout: Workout) -> float:
    """The share of the plan that was done; all of it where nobody knows better."""
    return 1.0 if workout.completion is None else workout.completion


def planned_minutes(workout: Workout) -> float:
    """As long as its plan said, or, without one, as long as it was."""
    if workout.prescribed is not None and workout.accepted is not False:
        return workout.prescribed.duration_minutes
    return workout.duration_minutes
