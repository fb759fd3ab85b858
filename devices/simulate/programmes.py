"""What people do in a gym: stages of a workout, one programme after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count, repeat
from random import Random
from typing import Final

from devices.simulate.belt import RESTING_VO2
from devices.simulate.ergometer import level_for
from devices.simulate.heart import Person

TICK_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Stage:
    """Part of a workout: how long, and at which targets.

    `rate`: revolutions or strokes a minute. `uptake`: oxygen of work off the machines.
    """

    duration_s: float
    speed_kmh: float = 0.0
    incline_percent: float = 0.0
    rate: float = 0.0
    level: float = 1.0
    uptake: float = RESTING_VO2

    @property
    def moves(self) -> bool:
        """Whether the machine is in use."""
        return self.speed_kmh > 0.0 or self.rate > 0.0


def running(person: Person, first: int = 0) -> Iterator[list[Stage]]:
    """A steady run, intervals, a hill, each between a warm-up and a walk; as fast as this person can."""
    # On the flat, running costs 0.2 ml/kg per metre (ACSM), so capacity bounds the speed.
    top_kmh = (person.vo2_max - RESTING_VO2) / 0.2 * 60 / 1000
    easy_kmh, steady_kmh, hard_kmh = (round(top_kmh * share, 1) for share in (0.55, 0.68, 0.82))
    mains = (
        [Stage(300, steady_kmh, 1.0)],
        [stage for _ in range(4) for stage in (Stage(60, hard_kmh, 1.0), Stage(60, easy_kmh, 0.0))],
        [Stage(60, 5.5, grade) for grade in (2.0, 4.0, 6.0, 8.0, 6.0, 3.0)],
    )
    for turn in count(first):
        yield [Stage(45, 5.0), *mains[turn % len(mains)], Stage(60, 4.5), Stage(30)]


def cycling(person: Person, first: int = 0) -> Iterator[list[Stage]]:
    """A steady ride or intervals, warmed up and cooled down, at shares of what this person can do."""
    # ACSM: cycling costs 7 ml/kg at rest on the bike, and 10.8 ml for each W.
    top_w = (person.vo2_max - 7) * person.weight_kg / 10.8

    def ride(duration_s: float, share: float, rpm: float) -> Stage:
        return Stage(duration_s, rate=rpm, level=float(round(level_for(share * top_w, rpm))))

    mains = (
        [ride(300, 0.6, 85.0)],
        [stage for _ in range(4) for stage in (ride(60, 0.85, 95.0), ride(60, 0.4, 75.0))],
    )
    for turn in count(first):
        yield [ride(60, 0.35, 75.0), *mains[turn % len(mains)], ride(60, 0.3, 65.0), Stage(30)]


def rowing(first: int = 0) -> Iterator[list[Stage]]:
    """A steady piece or intervals, and a rest."""
    mains = (
        [Stage(300, rate=24.0, level=5.0)],
        [
            stage
            for _ in range(5)
            for stage in (Stage(60, rate=30.0, level=6.0), Stage(60, rate=20.0, level=6.0))
        ],
    )
    for turn in count(first):
        yield [Stage(60, rate=20.0, level=4.0), *mains[turn % len(mains)], Stage(40, level=4.0)]


def on_the_floor(random: Random) -> Iterator[list[Stage]]:
    """A set of push-ups or squats, then a rest, over and over."""
    while True:
        work = Stage(random.uniform(25, 40), uptake=random.uniform(26, 34))
        yield [work, Stage(random.uniform(12, 20), uptake=8.0)]


def stages(programmes: Iterator[list[Stage]], first_start_s: float) -> Iterator[Stage]:
    """The stage of each tick: a pause, then one programme after the other."""
    for programme in chain([[Stage(first_start_s)]], programmes):
        for stage in programme:
            yield from repeat(stage, round(stage.duration_s / TICK_S))
