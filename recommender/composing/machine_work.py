"""Steps at a machine: warm-up, steady work, intervals, cool-down."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from recommender.composing import metabolism
from recommender.composing.rules.limits import OLD_YEARS, OLDER_YEARS
from recommender.exertion import expected_rpe
from recommender.plan import MachineBout, MachineStep
from recommender.prescription import LOWEST_INTENSITY, down_to

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from recommender.composing.catalogue import Exercise
    from recommender.composing.situation import Situation
    from recommender.gym import Machine
    from recommender.person import Level

SLOWEST_KMH: Final = 2.0
FASTEST_WALK_KMH: Final = 6.0
"""ACSM's equation for walking holds up to here."""
SLOWEST_RUN_KMH: Final = 7.5
RUN_INCLINE_PERCENT: Final = 1.0
"""Makes up for the air that does not resist (Jones and Doust, J. Sports Sci. 14 (1996) 321-327)."""
USUAL_FASTEST_KMH: Final = 16.0
USUAL_STEEPEST_PERCENT: Final = 10.0
"""Where the operator did not say."""
FASTEST_FOR_LEVEL: Final[Mapping[Level, float]] = {"beginner": 8.0, "intermediate": 12.0, "advanced": 16.0}
STEEPEST_FOR_LEVEL: Final[Mapping[Level, float]] = {"beginner": 5.0, "intermediate": 8.0, "advanced": 12.0}
POWER_FOR_LEVEL: Final[Mapping[Level, float]] = {"beginner": 150.0, "intermediate": 250.0, "advanced": 350.0}
FASTEST_FOR_OLDER_KMH: Final = 8.0
STEEPEST_FOR_OLDER_PERCENT: Final = 5.0
FASTEST_FOR_OLD_KMH: Final = 4.5
SPEED_STEP_KMH: Final = 0.1
INCLINE_STEP_PERCENT: Final = 0.5
POWER_STEP_W: Final = 5.0
"""What nearly every machine can be set to."""
LOWEST_POWER_W: Final = 15.0
UNKNOWN_WEIGHT_KG: Final = 60.0
LIGHTEST_KG: Final = 20.0
HEAVIEST_KG: Final = 300.0
LONGEST_STEP_S: Final = 600.0
STEP_S: Final = 30
"""Steps last whole half minutes; what is left of a time that is none goes to the last one."""
HILL_PERCENT: Final = 1.0
HILLS_SHARE: Final = 0.5
HARDEST_ZONE: Final = 4
"""Zone 5 cannot be kept up for minutes."""
EASE_BELOW: Final = 1.5
"""How much easier than the whole the easy part of an interval is."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Work and ease in turn, and how long all the work together may last."""

    work_s: float
    ease_s: float
    longest_work_s: float

    @property
    def round_s(self) -> float:
        """Work and ease once."""
        return self.work_s + self.ease_s

    def rounds(self, seconds: float) -> int:
        """How many fit."""
        return int(min(seconds // self.round_s, self.longest_work_s // self.work_s))


INTERVALS: Final[Mapping[Level, tuple[Interval, ...]]] = {
    "beginner": (Interval(30.0, 90.0, 240.0), Interval(60.0, 120.0, 360.0)),
    "intermediate": (Interval(60.0, 60.0, 600.0), Interval(30.0, 30.0, 600.0)),
    "advanced": (Interval(240.0, 180.0, 960.0), Interval(60.0, 60.0, 720.0), Interval(30.0, 30.0, 900.0)),
}
"""10 x 1 min (Little et al., J. Physiol. 588 (2010) 1011-1022), 30-30 (Billat et al., Eur. J. Appl. Physiol.
81 (2000) 188-196), 4 x 4 min (Helgerud et al., Med. Sci. Sports Exerc. 39 (2007) 665-671); beginners rest
longer."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a belt is set to."""

    speed_kmh: float
    incline_percent: float

    @property
    def runs(self) -> bool:
        """Whether nobody walks that fast."""
        return self.speed_kmh >= SLOWEST_RUN_KMH

    def __str__(self) -> str:
        """As rules tell it."""
        return f"{self.speed_kmh:g} km/h at {self.incline_percent:g} %"


@dataclass(frozen=True, slots=True)
class Station:
    """A machine, and what this person may do at it.

    Attributes:
        machine: which.
        gentle: the exercise to warm up and cool down with.
        brisk: the hardest that the person may do there; the same at machines that know but one.
        situation: who trains.
    """

    machine: Machine
    gentle: Exercise
    brisk: Exercise
    situation: Situation

    def warm_up(self, seconds: int, intensity: float) -> MachineBout:
        """From very easy half way up to the main part."""
        first_s = seconds // 2 // STEP_S * STEP_S or seconds // 2
        half_way = (LOWEST_INTENSITY + intensity) / 2.0
        return self._bout(
            self.gentle,
            [self._step(first_s, LOWEST_INTENSITY), self._step(seconds - first_s, half_way)],
        )

    def easy(self, seconds: int) -> MachineBout:
        """As easy as it goes."""
        return self._bout(self.gentle, [self._step(seconds, LOWEST_INTENSITY)])

    def steady(self, seconds: int, intensity: float, chance: Random) -> MachineBout:
        """As hard all the time; a belt stays as it is or goes over gentle hills, a little slower up them."""
        count = math.ceil(seconds / LONGEST_STEP_S)
        hill_percent = HILL_PERCENT if chance.random() < HILLS_SHARE else 0.0
        ends = [*(math.ceil(seconds * number / count / STEP_S) * STEP_S for number in range(count)), seconds]
        steps = []
        for number in range(count):
            pace = self.pace(intensity, more_percent=hill_percent * (number % 2))
            steps.append(self._step(ends[number + 1] - ends[number], intensity, pace, by_heart=True))
        return self._bout(self._exercise(intensity), steps)

    def intervals(self, seconds: int, intensity: float, hard: float, chance: Random) -> MachineBout:
        """Hard and easy in turn; what is left of the time comes first."""
        interval = chosen_interval(self.situation.person.level, seconds, chance)
        rounds = interval.rounds(seconds)
        easy = max(LOWEST_INTENSITY, intensity - EASE_BELOW)
        work = self._step(interval.work_s, hard, self.pace(hard))
        ease = self._step(interval.ease_s, easy, self.pace(easy))
        base_s = seconds - rounds * interval.round_s
        base = [self._step(base_s, easy, self.pace(easy))] if base_s > 0 else []
        return self._bout(self._exercise(hard), [*base, *([work, ease] * rounds)])

    def pace(self, intensity: float, *, more_percent: float = 0.0) -> Pace | None:
        """The belt that asks this intensity of the person, as far as it goes; None at other machines."""
        if self.machine.kind != "treadmill":
            return None
        return self._pace(intensity, may_run=self.brisk is not self.gentle, more_percent=more_percent)

    def limited(self, intensity: float) -> str:
        """What the operator's limits take from an intensity, in words; empty when nothing."""
        unlimited = replace(self, machine=replace(self.machine, max_speed_kmh=None, max_incline_percent=None))
        wanted, given = unlimited.pace(intensity), self.pace(intensity)
        return "" if wanted == given else f"{wanted} -> {given}"

    def _pace(self, intensity: float, *, may_run: bool, more_percent: float = 0.0) -> Pace:
        person = self.situation.person
        uptake = metabolism.uptake(intensity, self.situation.age_years, person.level)
        fastest_kmh, steepest_percent = self._fastest_kmh(), self._steepest_percent()
        incline = down_to(min(RUN_INCLINE_PERCENT + more_percent, steepest_percent), INCLINE_STEP_PERCENT)
        running = min(metabolism.running_speed_kmh(uptake, incline), fastest_kmh)
        if may_run and running >= SLOWEST_RUN_KMH:
            return Pace(down_to(running, SPEED_STEP_KMH), incline)
        flat_kmh = metabolism.walking_speed_kmh(uptake)
        walking = max(SLOWEST_KMH, min(flat_kmh, FASTEST_WALK_KMH, fastest_kmh))
        incline = min(metabolism.walking_incline_percent(uptake, walking), steepest_percent)
        hill_kmh = metabolism.walking_speed_uphill_kmh(
            walking, incline, min(more_percent, steepest_percent - incline)
        )
        walking = down_to(max(SLOWEST_KMH, hill_kmh), SPEED_STEP_KMH)
        incline = min(metabolism.walking_incline_percent(uptake, walking), steepest_percent)
        return Pace(walking, down_to(incline, INCLINE_STEP_PERCENT))

    def _fastest_kmh(self) -> float:
        given = USUAL_FASTEST_KMH if self.machine.max_speed_kmh is None else self.machine.max_speed_kmh
        fastest_kmh = min(given, FASTEST_FOR_LEVEL[self.situation.person.level])
        if self.situation.age_years >= OLD_YEARS:
            return min(fastest_kmh, FASTEST_FOR_OLD_KMH)
        older = self.situation.age_years >= OLDER_YEARS
        return min(fastest_kmh, FASTEST_FOR_OLDER_KMH) if older else fastest_kmh

    def _steepest_percent(self) -> float:
        given = self.machine.max_incline_percent
        steepest_percent = min(
            USUAL_STEEPEST_PERCENT if given is None else given,
            STEEPEST_FOR_LEVEL[self.situation.person.level],
        )
        older = self.situation.age_years >= OLDER_YEARS
        return min(steepest_percent, STEEPEST_FOR_OLDER_PERCENT) if older else steepest_percent

    def _power_w(self, intensity: float) -> float | None:
        if self.machine.kind != "bike":
            return None
        person = self.situation.person
        weight_kg = person.weight_kg
        if weight_kg is None or not LIGHTEST_KG <= weight_kg <= HEAVIEST_KG:
            weight_kg = UNKNOWN_WEIGHT_KG
        uptake = metabolism.uptake(intensity, self.situation.age_years, person.level)
        power_w = min(metabolism.cycling_power_w(uptake, weight_kg), POWER_FOR_LEVEL[person.level])
        return max(LOWEST_POWER_W, down_to(power_w, POWER_STEP_W))

    def _step(
        self, seconds: float, intensity: float, pace: Pace | None = None, *, by_heart: bool = False
    ) -> MachineStep:
        """A step; its speed is left to the heart rate where a measured maximum says what that should be."""
        if pace is None and self.machine.kind == "treadmill":
            pace = self._pace(intensity, may_run=False)
        power_w = self._power_w(intensity)
        zoned = by_heart and power_w is None and self.situation.person.maximum_bpm is not None
        return MachineStep(
            duration_s=float(seconds),
            speed_kmh=None if pace is None or zoned else pace.speed_kmh,
            incline_percent=None if pace is None else pace.incline_percent,
            power_w=power_w,
            heart_rate_zone=zone(intensity) if zoned else None,
            effort_rpe=round(expected_rpe(intensity), 1),
        )

    def _exercise(self, intensity: float) -> Exercise:
        pace = self.pace(intensity)
        return self.brisk if pace is None or pace.runs else self.gentle

    def _bout(self, exercise: Exercise, steps: Sequence[MachineStep]) -> MachineBout:
        return MachineBout(
            exercise=exercise.id,
            machine=self.machine.kind,
            station_id=self.machine.station_id,
            steps=tuple(steps),
        )


def zone(intensity: float) -> int:
    """The heart-rate zone that minutes at this intensity lead to."""
    return min(HARDEST_ZONE, math.floor(intensity + 0.5))


def chosen_interval(level: Level, seconds: int, chance: Random) -> Interval:
    """One of a level's intervals of which two rounds fit, else the shortest."""
    known = INTERVALS[level]
    fitting = [each for each in known if 2 * each.round_s <= seconds]
    return chance.choice(fitting) if fitting else min(known, key=lambda each: each.round_s)
