"""From stored sessions to the recommender's history. Pure.

What a member does on one day is one workout, however often they change stations: a plan is for a day, and so
is what became of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np

from gateway.clock import LocalDays
from recommender.history import PerformedExercise, Workout
from recommender.prescription import Prescription, WorkoutType

# A belt that was half as fast again as on average ran in intervals; a warm-up alone does not make that much.
_INTERVALS_RATIO: Final = 1.5
_MACHINE_TYPES: Final[tuple[WorkoutType, ...]] = ("steady", "intervals")
# Garber et al., Med. Sci. Sports Exerc. 43 (2011) 1334-1359, table 2: light, moderate, vigorous, near-maximal
# begin at 57, 64, 77, 96 % of the maximum heart rate: exertion of 2, 5, 7, 9 of 10, and half as intensity.
_FRACTIONS: Final = (0.57, 0.64, 0.77, 0.96, 1.0)
_INTENSITIES: Final = (1.0, 2.5, 3.5, 4.5, 5.0)
# A mean beyond these was not measured on a heart.
_BELIEVABLE_BPM: Final = (25.0, 250.0)
_DAY_MINUTES: Final = 24 * 60.0
# Who checks out again at once has not trained.
_SHORTEST_MINUTES: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The plan that a session belongs to.

    Attributes:
        id: of the plan.
        type: what kind of training it asks for.
        prescription: how long and how hard.
        accepted: whether the member took it; None when they did not say.
        rpe: how hard the whole of it was, when they said so.
        note: what they wrote of it.
    """

    id: str
    type: WorkoutType
    prescription: Prescription
    accepted: bool | None = None
    rpe: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSession:
    """An ended session, as far as a plan must know it.

    Attributes:
        rpe: as told at check-out.
        mean_bpm: of the whole session.
        belt_s: how long the belt moved; None when no machine was heard.
        belt_mean_kmh: while it moved.
        belt_max_kmh: likewise.
        sets: exercise and full repetitions of each.
        planned: the plan of that day.
    """

    started_at: datetime
    ended_at: datetime
    rpe: int | None = None
    mean_bpm: float | None = None
    belt_s: float | None = None
    belt_mean_kmh: float | None = None
    belt_max_kmh: float | None = None
    sets: tuple[tuple[str, int], ...] = ()
    planned: Planned | None = None

    @property
    def minutes(self) -> float:
        """How long was trained."""
        elapsed_s = max(0.0, (self.ended_at - self.started_at).total_seconds())
        return performed_minutes(elapsed_s, belt_s=self.belt_s, counted=bool(self.sets))

    @property
    def is_training(self) -> bool:
        """Whether anything was done at all."""
        return bool(self.sets) or self.minutes >= _SHORTEST_MINUTES


def performed_minutes(elapsed_s: float, *, belt_s: float | None, counted: bool) -> float:
    """How long was trained from check-in to check-out: a belt tells it best, where nothing else was done."""
    if belt_s is not None and not counted:
        return min(belt_s, elapsed_s) / 60.0
    return elapsed_s / 60.0


def completion_of(minutes: float, prescription: Prescription) -> float:
    """Performed share of a prescription, 0 to 1."""
    return min(1.0, minutes / prescription.duration_minutes)


def intensity_of(
    kind: WorkoutType, *, mean_bpm: float | None, maximum_bpm: float | None, planned: float | None
) -> float | None:
    """How hard a workout was, 1 to 5: by the heart, else as it was prescribed, else nobody knows.

    Between sets a heart rests, so it says little of resistance training. How hard it felt is a value of its
    own in the history: an intensity made of it would only say the same twice.
    """
    if mean_bpm is not None and maximum_bpm and kind in _MACHINE_TYPES:
        return float(np.interp(mean_bpm / maximum_bpm, _FRACTIONS, _INTENSITIES))
    return planned


def workouts(
    sessions: Iterable[PastSession], *, days: LocalDays, maximum_bpm: float | None
) -> tuple[Workout, ...]:
    """Return one workout for each day on which anything was done, oldest first.

    Args:
        sessions: ended ones, in any order.
        days: which day a moment belongs to.
        maximum_bpm: the member's maximum heart rate, when it is known.
    """
    by_day: dict[date, list[PastSession]] = defaultdict(list)
    trained = [each for each in sessions if each.is_training]
    for session in sorted(trained, key=lambda each: each.started_at):
        by_day[days.of(session.started_at)].append(session)
    return tuple(_workout(day, each, maximum_bpm) for day, each in sorted(by_day.items()))


def _workout(day: date, sessions: Sequence[PastSession], maximum_bpm: float | None) -> Workout:
    planned = next((each.planned for each in reversed(sessions) if each.planned is not None), None)
    prescribed = None if planned is None else planned.prescription
    followed = None if planned is None or planned.accepted is False else planned.prescription
    minutes = min(sum(each.minutes for each in sessions), _DAY_MINUTES)
    kind = _type(sessions, planned)
    mean_bpm = _mean([(_believable(each.mean_bpm), each.minutes) for each in sessions])
    told_rpe = None if planned is None else planned.rpe
    return Workout(
        day=day,
        type=kind,
        duration_minutes=minutes,
        intensity_score=intensity_of(
            kind,
            mean_bpm=mean_bpm,
            maximum_bpm=maximum_bpm,
            planned=None if followed is None else followed.intensity_score,
        ),
        prescribed=prescribed,
        completion=None if prescribed is None else completion_of(minutes, prescribed),
        mean_bpm=mean_bpm,
        rpe=_mean([(each.rpe, each.minutes) for each in sessions]) if told_rpe is None else told_rpe,
        accepted=None if planned is None else planned.accepted,
        exercises=_exercises(sessions),
        note="" if planned is None else planned.note,
    )


def _type(sessions: Sequence[PastSession], planned: Planned | None) -> WorkoutType:
    """What took longest decides: sets are resistance training, a machine is steady or in intervals."""
    on_machine = [each for each in sessions if each.belt_s]
    machine_minutes = sum(each.minutes for each in on_machine if not each.sets)
    counted_minutes = sum(each.minutes for each in sessions if each.sets)
    wanted = None if planned is None else planned.type
    if not on_machine and not counted_minutes:
        return wanted or "mobility"  # nothing was counted or measured
    if counted_minutes > machine_minutes:
        return "resistance"
    if wanted in _MACHINE_TYPES:
        return wanted
    fastest = [
        each.belt_max_kmh / each.belt_mean_kmh
        for each in on_machine
        if each.belt_max_kmh is not None and each.belt_mean_kmh
    ]
    return "intervals" if max(fastest, default=1.0) >= _INTERVALS_RATIO else "steady"


def _believable(bpm: float | None) -> float | None:
    low, high = _BELIEVABLE_BPM
    return bpm if bpm is not None and low <= bpm <= high else None


def _mean(weighted: Sequence[tuple[float | None, float]]) -> float | None:
    """Mean of what is known, by minutes; by count when no minute was trained."""
    known = [(value, minutes) for value, minutes in weighted if value is not None]
    if not known:
        return None
    total = sum(minutes for _, minutes in known)
    if total <= 0.0:
        return sum(value for value, _ in known) / len(known)
    return sum(value * minutes for value, minutes in known) / total


def _exercises(sessions: Sequence[PastSession]) -> tuple[PerformedExercise, ...]:
    sets: dict[str, list[int]] = defaultdict(list)
    for session in sessions:
        for exercise, reps in session.sets:
            sets[exercise].append(reps)
    return tuple(
        PerformedExercise(exercise=exercise, sets=len(reps), reps=sum(reps))
        for exercise, reps in sets.items()
    )
