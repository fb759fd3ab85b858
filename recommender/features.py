"""The ten features that the intensity model sees, from a person's past. Pure.

Workouts count from the day before back over 7 or 28 days, so what somebody has done today never tells what
they should do today; nights and stress count today and the two days before. `docs/reference/features.md`
says how each is computed.

What no person has (an age of 200, a negative rate, not a number) is refused with a `ValueError` that names
the field; what is only rare is brought to the feature's range; what is missing is replaced by what is usual
for the person, else for people, and the vector says why.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.exertion import session_load
from recommender.history import History
from recommender.person import TRAINING_PHASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from recommender.history import Wellbeing, Workout
    from recommender.person import Person

WEEK_DAYS: Final = 7
MONTH_DAYS: Final = 28
NIGHTS: Final = 3


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: its name, unit and the range that values must lie in.

    Attributes:
        name: as records and models know it.
        unit: what the number means.
        low: smallest possible value.
        high: largest possible value.
        usual: what stands in when nothing is known.
    """

    name: str
    unit: str
    low: float
    high: float
    usual: float


FEATURES: Final = (
    Feature("age_years", "years", 14.0, 100.0, 40.0),
    Feature("bmi", "kg/m2", 12.0, 60.0, 25.0),
    Feature(
        "mean_duration_7d_min", "min a session over 7 days; 0 when there was none in 28", 0.0, 240.0, 0.0
    ),
    Feature("mean_hr_fraction_7d", "share of the personal maximum over 7 days", 0.3, 1.1, 0.65),
    Feature("rpe_slope_7d", "RPE points a day over 7 days", -3.0, 3.0, 0.0),
    Feature("completion_28d", "performed share of what was planned over 28 days", 0.0, 1.0, 0.8),
    Feature("sleep_efficiency", "time asleep by time in bed, mean of 3 nights", 0.0, 1.0, 0.85),
    Feature("stress_index", "0 calm to 10, mean of 3 days", 0.0, 10.0, 4.0),
    Feature("progress_rate_28d", "relative change of the weekly load, a week", -1.0, 1.0, 0.0),
    Feature("training_phase", "index into person.TRAINING_PHASES", 0.0, 6.0, 0.0),
)
FEATURE_NAMES: Final = tuple(feature.name for feature in FEATURES)


@dataclass(frozen=True, slots=True)
class FeatureVector:
    """The ten values of one person on one day.

    Attributes:
        values: float32 (10,), in the order of FEATURES, within their ranges.
        imputed: why a value was not known and what stands in for it, by name.
    """

    values: NDArray[np.float32]
    imputed: Mapping[str, str]

    @property
    def is_imputed(self) -> NDArray[np.bool_]:
        """Which values stand in for unknown ones, bool (10,)."""
        return np.array([name in self.imputed for name in FEATURE_NAMES])


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Why nobody knows a value, and what stands in; None for what is usual."""

    why: str
    instead: float | None = None


def feature_vector(person: Person, history: History, today: date) -> FeatureVector:
    """The ten values that describe a person on one day.

    Args:
        person: As they are today.
        history: Their past, in any order; workouts of today and later days are left out.
        today: The day to describe.

    Raises:
        ValueError: A field holds what no person has; the text names it.
    """
    aged = [((today - workout.day).days, workout) for workout in history.workouts]
    before = [each for each in aged if each[0] > 0]
    month = [each for each in before if each[0] <= MONTH_DAYS]
    week = [each for each in month if each[0] <= WEEK_DAYS]
    nights = [each for each in history.wellbeing if 0 <= (today - each.day).days < NIGHTS]
    known_days = max((age_days for age_days, _ in before), default=0)
    found = (
        _age_years(person),
        _bmi(person),
        _mean_duration_min(month, known_days),
        _mean_hr_fraction(week, person),
        _rpe_slope(week),
        _completion(month),
        _sleep_efficiency(nights),
        _stress_index(nights),
        _progress_rate(month, known_days),
        float(TRAINING_PHASES.index(person.training_phase)),
    )
    values: list[float] = []
    imputed: dict[str, str] = {}
    for feature, value in zip(FEATURES, found, strict=True):
        if isinstance(value, _Unknown):
            imputed[feature.name] = value.why
            value = feature.usual if value.instead is None else value.instead  # noqa: PLW2901
        values.append(min(max(value, feature.low), feature.high))
    return FeatureVector(np.array(values, np.float32), imputed)


def recent(history: History, today: date) -> History:
    """The part of a history that the features of a day depend on: last weeks, and the first workout ever."""
    return next(pasts(history, [today]))


def pasts(history: History, days: Iterable[date]) -> Iterator[History]:
    """`recent` for each of many days."""
    workouts = sorted(history.workouts, key=attrgetter("day"))
    nights = sorted(history.wellbeing, key=attrgetter("day"))
    trained, told = [each.day for each in workouts], [each.day for each in nights]
    for day in days:
        month = bisect_left(trained, day - timedelta(days=MONTH_DAYS))
        night = bisect_left(told, day - timedelta(days=NIGHTS - 1))
        yield History(
            (*workouts[: min(month, 1)], *workouts[month : bisect_left(trained, day)]),
            tuple(nights[night : bisect_right(told, day)]),
        )


_Aged = tuple[int, "Workout"]
"""How many days ago, and what was done."""


def _age_years(person: Person) -> float | _Unknown:
    if person.age_years is None:
        return _Unknown("nobody told the age")
    return _possible("age_years", person.age_years, 5.0, 110.0)


def _bmi(person: Person) -> float | _Unknown:
    if person.height_cm is None or person.weight_kg is None:
        return _Unknown("nobody told the height" if person.height_cm is None else "nobody told the weight")
    height_m = _possible("height_cm", person.height_cm, 50.0, 260.0) / 100.0
    return _possible("weight_kg", person.weight_kg, 10.0, 400.0) / height_m**2


def _mean_duration_min(month: Sequence[_Aged], known_days: int) -> float | _Unknown:
    if not known_days:
        return _Unknown("there was no workout yet")
    if not month:
        return 0.0
    week = [_duration_min(workout) for age_days, workout in month if age_days <= WEEK_DAYS]
    if week:
        return _mean(week)
    return _Unknown(
        "there was no workout in 7 days; the mean of 28 days stands in",
        _mean([_duration_min(workout) for _, workout in month]),
    )


def _mean_hr_fraction(week: Sequence[_Aged], person: Person) -> float | _Unknown:
    rates = [
        _possible("mean_bpm", workout.mean_bpm, 20.0, 300.0)
        for _, workout in week
        if workout.mean_bpm is not None
    ]
    if not rates:
        return _Unknown("no heart rate was measured in 7 days")
    maximum_bpm = person.expected_maximum_bpm
    if maximum_bpm is None:
        return _Unknown("neither the maximum heart rate nor the age is known")
    return _mean(rates) / _possible("maximum_bpm", maximum_bpm, 100.0, 240.0)


def _rpe_slope(week: Sequence[_Aged]) -> float | _Unknown:
    rated = [
        (-float(age_days), _possible("rpe", workout.rpe, 0.0, 10.0))
        for age_days, workout in week
        if workout.rpe is not None
    ]
    if len({day for day, _ in rated}) < 2:  # noqa: PLR2004 - a line needs two points
        return _Unknown("exertion was rated on fewer than two of the last 7 days")
    return _slope(rated)


def _completion(month: Sequence[_Aged]) -> float | _Unknown:
    shares = [
        _possible("completion", workout.completion, 0.0, math.inf)
        for _, workout in month
        if workout.completion is not None
    ]
    if not shares:
        return _Unknown("no planned workout in 28 days")
    return _mean([min(share, 1.0) for share in shares])


def _sleep_efficiency(nights: Sequence[Wellbeing]) -> float | _Unknown:
    known = [
        _possible("sleep_efficiency", night.sleep_efficiency, 0.0, 1.0)
        for night in nights
        if night.sleep_efficiency is not None
    ]
    if not known:
        return _Unknown("nothing is known of the last 3 nights")
    return _mean(known)


def _stress_index(nights: Sequence[Wellbeing]) -> float | _Unknown:
    known = [
        _possible("stress_index", night.stress_index, 0.0, 10.0)
        for night in nights
        if night.stress_index is not None
    ]
    if not known:
        return _Unknown("nothing is known of the stress of the last 3 days")
    return _mean(known)


def _progress_rate(month: Sequence[_Aged], known_days: int) -> float | _Unknown:
    weeks = min(known_days, MONTH_DAYS) // WEEK_DAYS
    if weeks < 2:  # noqa: PLR2004 - a change needs two weeks
        return _Unknown("the first workout was less than 14 days ago")
    loads = [0.0] * weeks
    for age_days, workout in month:
        _duration_min(workout)
        load = _possible("intensity_score", session_load(workout), 0.0, math.inf)
        week = (age_days - 1) // WEEK_DAYS
        if week < weeks:
            loads[week] += load
    usual = _mean(loads)
    if not usual:
        return _Unknown("there was no workout in 28 days")
    return _slope([(-float(week), load) for week, load in enumerate(loads)]) / usual


def _duration_min(workout: Workout) -> float:
    return _possible("duration_minutes", workout.duration_minutes, 0.0, 24 * 60.0)


def _possible(field: str, value: float, low: float, high: float) -> float:
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{field} of {value:g} is outside of {low:g} to {high:g}")
    return value


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the line of least squares through at least two places."""
    middle_x, middle_y = _mean([x for x, _ in points]), _mean([y for _, y in points])
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread
