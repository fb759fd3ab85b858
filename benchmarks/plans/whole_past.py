"""A member's whole past as many numbers a day: everything that the box has on record, and somewhat more.

More, because the phase of every past day is known, and by how much each kind of workout feels harder in the
simulator. What is hidden otherwise (strain, fitness, how somebody overrates) is not in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.exertion import RPE_PER_INTENSITY, ease, wanted_rpe
from recommender.person import GOALS, LEVELS, TRAINING_PHASES
from recommender.prescription import HIGHEST_INTENSITY, LOWEST_INTENSITY, WORKOUT_TYPES
from recommender.simulation.members import simulate
from recommender.simulation.truth import TYPE_RPE
from recommender.training.simulated import DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from recommender.history import Wellbeing
    from recommender.person import Person
    from recommender.simulation.members import SimulatedDay, SimulatedMember

    Table = NDArray[np.float64]
    """(members, days); NaN is what nobody knows."""

NIGHT_HALF_LIVES: Final = (0.5, 1.5, 4.0, 15.0, 60.0)
LOAD_HALF_LIVES: Final = (2.0, 3.5, 5.0, 10.0, 29.0)
RATING_HALF_LIVES: Final = (2.0, 7.0, 14.0, 30.0, 90.0)
FEW: Final = 0.5
"""So many days of nothing special are believed in before the first known one."""
USUAL_LOAD: Final = 150.0
WEEKS: Final = 4


@dataclass(frozen=True, slots=True)
class People:
    """Some members, day by day.

    Attributes:
        numbers: (members, days, k) what is known on the morning of each day.
        wanted: (members, days) the intensity that goal and phase want on an ordinary day.
        truth: (members, days) the intensity that really suited.
        told: (members, days) the one that suited as the record tells; NaN where it does not.
    """

    numbers: NDArray[np.float64]
    wanted: NDArray[np.float64]
    truth: NDArray[np.float64]
    told: NDArray[np.float64]


def people(members: int, seed: int) -> People:
    """As many simulated members as wanted, over as many days as the models learn from."""
    return people_of([days_of(each) for each in simulate(members=members, days=DAYS, seed=seed)])


def people_of(days: Sequence[Sequence[Mapping[str, float]]]) -> People:
    """The same of members whose days are at hand, equally many of each."""
    table = {name: np.array([[day[name] for day in each] for each in days]) for name in days[0][0]}
    truth, told = table.pop("truth"), table.pop("told")
    return People(np.stack(list(_columns(table)), axis=-1), table["wanted"], truth, told)


def days_of(member: SimulatedMember) -> list[dict[str, float]]:
    """What is told and done on each day of one member, and what is known of them."""
    nights = {each.day: each for each in member.history.wellbeing}
    return [_day(today, nights.get(today.day)) for today in member.days]


def _day(today: SimulatedDay, night: Wellbeing | None) -> dict[str, float]:
    person, done = today.person, today.workout
    wanted = wanted_rpe(person.goal, person.training_phase) / RPE_PER_INTENSITY
    felt = None if done is None else ease(done)
    row = {
        "truth": today.truth.suited.intensity_score,
        "told": math.nan if felt is None else min(max(wanted + felt, LOWEST_INTENSITY), HIGHEST_INTENSITY),
        "wanted": wanted,
        "trained": float(done is not None),
        "load": 0.0,
        "felt": math.nan,
        "longer": math.nan,
        "sleep": _known(None if night is None else night.sleep_efficiency),
        "stress": _known(None if night is None else night.stress_index),
        "resting": _known(None if night is None else night.resting_bpm),
        **_who(person),
    }
    if done is not None:
        row["load"] = done.duration_minutes * (done.intensity_score or wanted) / USUAL_LOAD
    if done is not None and felt is not None:
        row["felt"] = felt + float(TYPE_RPE[WORKOUT_TYPES.index(done.type)]) / RPE_PER_INTENSITY
        row["longer"] = math.log(done.completion or 1.0)
    return row


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def _who(person: Person) -> dict[str, float]:
    height_m = None if person.height_cm is None else person.height_cm / 100
    bmi = None if height_m is None or person.weight_kg is None else person.weight_kg / height_m**2
    return {
        "age_years": 40.0 if person.age_years is None else person.age_years,
        "bmi": 25.0 if bmi is None else bmi,
        "bmi_unknown": float(bmi is None),
        **{f"goal_{name}": float(person.goal == name) for name in GOALS},
        **{f"level_{name}": float(person.level == name) for name in LEVELS},
        **{f"phase_{name}": float(person.training_phase == name) for name in TRAINING_PHASES},
    }


def _columns(table: dict[str, Table]) -> Iterator[Table]:
    """What is known of each day, one table after the other."""
    hidden_today = {"trained", "load", "felt", "longer", "sleep", "stress", "resting"}
    yield from (each for name, each in table.items() if name not in hidden_today)
    yield np.diff(table["wanted"], axis=1, prepend=table["wanted"][:, :1])
    yield np.broadcast_to(np.log1p(np.arange(table["wanted"].shape[1])), table["wanted"].shape)
    nights = {name: table[name] - usual for name, usual in (("sleep", 0.85), ("stress", 4), ("resting", 68))}
    for half_life in NIGHT_HALF_LIVES:
        for night in nights.values():
            yield from faded(night, half_life, today=True)
    loads = [faded(table["load"], each, today=False)[0] for each in LOAD_HALF_LIVES]
    yield from loads
    ratios = [(each / (loads[-1] + 0.05)).clip(0, 4) for each in loads[:-1]]
    yield from ratios
    # With each rating goes what was known of its day, or nobody could say what it was due to.
    then = [faded(each, NIGHT_HALF_LIVES[1], today=True)[0] for each in nights.values()]
    unrated = np.isnan(table["felt"])
    said = [table["felt"], table["longer"], *(np.where(unrated, np.nan, each) for each in (*then, ratios[1]))]
    for half_life in RATING_HALF_LIVES:
        yield from faded(said[0], half_life, today=False)
        yield from (faded(each, half_life, today=False)[0] for each in said[1:])
    yield from _habit(table["trained"])


def _habit(trained: Table) -> Sequence[Table]:
    """On how many of the same weekdays of four weeks they came, how many there were, and whether on none."""
    came, seen = np.zeros_like(trained), np.zeros_like(trained)
    for days in range(7, 7 * WEEKS + 1, 7):
        came[:, days:] += trained[:, :-days]
        seen[:, days:] += 1
    return came / WEEKS, seen / WEEKS, ((came == 0) & (seen > 1)).astype(float)


def faded(values: Table, half_life_days: float, *, today: bool) -> tuple[Table, Table]:
    """Mean of what is known, older days counting less, and how much is known: 0 nothing to 1.

    Args:
        values: (members, days).
        half_life_days: after so long a day counts half.
        today: whether the day itself is known in its morning, or only those before it.
    """
    kept = 0.5 ** (1 / half_life_days)
    sums, weights = np.zeros(len(values)), np.zeros(len(values))
    mean, known = np.empty_like(values), np.empty_like(values)
    for day in range(values.shape[1]):
        before = sums, weights
        here = values[:, day]
        sums = kept * sums + np.nan_to_num(here)
        weights = kept * weights + ~np.isnan(here)
        total, count = (sums, weights) if today else before
        mean[:, day], known[:, day] = total / (count + FEW), count / (count + FEW)
    return mean, known
