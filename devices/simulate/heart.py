"""How a heart answers to work: delay, first-order kinetics, drift; and the beats it makes."""

import math
from collections import deque
from dataclasses import dataclass
from random import Random
from typing import Final

from devices.simulate.belt import RESTING_VO2

RR_PER_S: Final = 1024  # resolution of a band's clock

_BREATH_S = 4.0
_VARIABILITY_AT_REST = 0.045  # breathing moves the interval by this fraction; work takes it away
_NOISE = 0.008
_MAX_PENDING = 1024  # efforts on their way: the longest delay in steps, and plenty


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever wears the band.

    `vo2_max` in ml per kg and minute; `delay_s` until the heart answers at all, `rise_s` and
    `fall_s` its time constants, `drift_bpm_per_min` the slow rise at full effort.
    """

    weight_kg: float
    rest_bpm: float
    max_bpm: float
    vo2_max: float
    delay_s: float
    rise_s: float
    fall_s: float
    drift_bpm_per_min: float

    @classmethod
    def random(cls, random: Random) -> "Person":
        """Somebody one meets in a gym."""
        age_years = random.uniform(20, 60)
        return cls(
            weight_kg=random.uniform(55, 95),
            rest_bpm=random.uniform(52, 74),
            max_bpm=208 - 0.7 * age_years,
            vo2_max=random.uniform(36, 56),
            delay_s=random.uniform(4, 10),
            rise_s=random.uniform(22, 40),
            fall_s=random.uniform(35, 65),
            drift_bpm_per_min=random.uniform(0.2, 0.7),
        )

    def effort(self, uptake: float) -> float:
        """Share of this person's capacity, 0 to 1, that an oxygen uptake takes."""
        return min(1.0, max(0.0, (uptake - RESTING_VO2) / (self.vo2_max - RESTING_VO2)))


class Heart:
    """One heart over time; `step` it in small, even steps."""

    def __init__(self, person: Person, random: Random) -> None:
        self.person = person
        self.rate_bpm = person.rest_bpm
        self._random = random
        self._efforts: deque[tuple[float, float]] = deque(maxlen=_MAX_PENDING)  # (when it acts, effort)
        self._acting = 0.0
        self._drift_bpm = 0.0
        self._now_s = 0.0
        self._next_beat_s = 60 / person.rest_bpm

    def step(self, dt_s: float, uptake: float) -> list[int]:
        """Live `dt_s` seconds at an oxygen uptake; the intervals (1/1024 s) that beats ended in it."""
        self._now_s += dt_s
        self._follow(dt_s, self._delayed(self.person.effort(uptake)))
        beats = []
        while self._next_beat_s <= self._now_s:
            interval = self._interval()
            self._next_beat_s += interval / RR_PER_S
            beats.append(interval)
        return beats

    def _delayed(self, effort: float) -> float:
        self._efforts.append((self._now_s + self.person.delay_s, effort))
        while self._efforts[0][0] <= self._now_s:
            self._acting = self._efforts.popleft()[1]
        return self._acting

    def _follow(self, dt_s: float, effort: float) -> None:
        person = self.person
        drift = person.drift_bpm_per_min * effort if effort else -person.drift_bpm_per_min
        self._drift_bpm = max(0.0, self._drift_bpm + drift * dt_s / 60)
        demand = person.rest_bpm + effort * (person.max_bpm - person.rest_bpm) + self._drift_bpm
        demand = min(demand, person.max_bpm)
        constant_s = person.rise_s if demand > self.rate_bpm else person.fall_s
        self.rate_bpm += (demand - self.rate_bpm) * (1 - math.exp(-dt_s / constant_s))

    def _interval(self) -> int:
        person = self.person
        reserve = (self.rate_bpm - person.rest_bpm) / (person.max_bpm - person.rest_bpm)
        swing = _VARIABILITY_AT_REST * max(0.05, 1 - reserve) ** 2
        breath = swing * math.sin(2 * math.pi * self._next_beat_s / _BREATH_S)
        noise = self._random.gauss(0, _NOISE * max(0.1, 1 - reserve))
        return max(1, round(60 / self.rate_bpm * (1 + breath + noise) * RR_PER_S))
