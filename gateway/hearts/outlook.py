"""What a known heart says for today: how fit it is, what the plan will do to it, the load for each zone."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from pydantic import Field

from gateway.live.snapshot import Message
from recommender.heart_rate import ZONES
from recommender.heart_response.fitness import Share, fitness_change
from recommender.heart_response.fitting import STEP_S, Belief
from recommender.heart_response.known_heart import KnownHeart, unknown_heart
from recommender.heart_response.planned import MOST_LOAD, UnknownLoadError, planned_rates, unit_of
from recommender.heart_response.set_points import Limit, set_point, steady_rates
from recommender.plan import MachineKind, MachineStep

LEAST_DAYS: Final = 28
"""Over less than this nobody gets fitter by more than is certain."""
COMPARED_FRACTION: Final = 0.75
USUAL_BPM: Final = 140.0
"""Loads are compared at the middle of zone 3; at this rate when nobody knows the maximum."""


class Change(Message):
    """A relative change."""

    value: float | None = Field(description="0.05 is 5 % more; null when it cannot be told.")
    spread: float = Field(description="Standard deviation of it.")


class Fitness(Message):
    """What has changed since a day."""

    since: date
    load: Change = Field(description="Load carried at one and the same rate; more is fitter.")
    recovery: Change = Field(description="Time that the rate takes to come down; less is fitter.")


class StepRate(Message):
    """What one step of the plan is expected to do."""

    duration_s: float
    load: float = Field(description="On the level, in the machine's unit.")
    mean_bpm: float
    end_bpm: float
    spread_bpm: float = Field(description="Standard deviation of the rate that the load leads to in time.")


class ZoneLoad(Message):
    """The load for a zone."""

    zone: int
    load: float = Field(description="On the level, in the machine's unit; 0 when rest is enough.")
    expected_bpm: float
    spread_bpm: float = Field(description="Standard deviation of it.")
    held_by: Limit | None = Field(description="What keeps it below the middle of the zone; null: nothing.")


class MachineOutlook(Message):
    """What is expected at one kind of machine."""

    machine: MachineKind
    unit: str = Field(description="Of loads: km/h on the level, or W.")
    sessions: int = Field(description="How many it was learned from; 0: what people are like.")
    last_day: date | None = Field(description="Of the last of them.")
    fitness: Fitness | None = Field(description="Null until two sessions lie four weeks apart.")
    planned: list[list[StepRate]] = Field(
        description="Today's plan, a list for each turn at the machine; none when its load is not known."
    )
    zones: list[ZoneLoad] | None = Field(description="1 to 5; null when the maximum is not known.")


class HeartOutlook(Message):
    """What is expected of a member's heart today."""

    member_id: str
    day: date
    maximum_bpm: float | None
    machines: list[MachineOutlook] = Field(description="Each kind that the gym has and hearts are known at.")


def outlook_at(
    kind: MachineKind,
    known: Sequence[KnownHeart],
    turns: Sequence[Sequence[MachineStep]],
    *,
    today: date,
    maximum_bpm: float | None,
    fastest_kmh: float | None,
) -> MachineOutlook:
    """Say what is expected at one kind of machine.

    Args:
        kind: of the machine.
        known: the heart at the end of each week, oldest first; none when nothing was learned yet.
        turns: today's plan there.
        today: in the gym.
        maximum_bpm: of the member, 100 to 240.
        fastest_kmh: the operator's limit of a belt.
    """
    unit = unit_of(kind)
    heart = known[-1] if known else unknown_heart(unit)
    belief = heart.on(today)
    most_load = fastest_kmh if kind == "treadmill" and fastest_kmh is not None else MOST_LOAD[unit]
    return MachineOutlook(
        machine=kind,
        unit=unit,
        sessions=heart.sessions,
        last_day=heart.last_day,
        fitness=_fitness(known, belief, maximum_bpm),
        planned=[rates for turn in turns if (rates := _rates(kind, belief, turn, maximum_bpm))],
        zones=None if maximum_bpm is None else _zones(belief, maximum_bpm, most_load),
    )


def _fitness(known: Sequence[KnownHeart], now: Belief, maximum_bpm: float | None) -> Fitness | None:
    """The change since the earliest week that is long enough ago, at a rate that both hearts reach."""
    if not known or (last_day := known[-1].last_day) is None:
        return None
    at_bpm = USUAL_BPM if maximum_bpm is None else COMPARED_FRACTION * maximum_bpm
    for before in known:
        since = before.last_day
        if since is None or (last_day - since).days < LEAST_DAYS:
            continue
        if at_bpm <= max(now.response.rest_bpm, before.belief.response.rest_bpm):
            continue
        change = fitness_change(before.belief, now, at_bpm=at_bpm)
        return Fitness(since=since, load=_change(change.load), recovery=_change(change.recovery))
    return None


def _change(share: Share) -> Change:
    return Change(value=None if share.value is None else round(share.value, 3), spread=round(share.spread, 3))


def _rates(
    kind: MachineKind, belief: Belief, steps: Sequence[MachineStep], maximum_bpm: float | None
) -> list[StepRate]:
    try:
        planned = planned_rates(belief, kind, steps, maximum_bpm=maximum_bpm)
    except UnknownLoadError:
        return []
    ends_s = np.cumsum([step.duration_s for step in steps])
    ends = np.ceil(ends_s / STEP_S).astype(int)
    begins = np.concatenate([[0], ends[:-1]])
    loads = planned.loads[ends - 1]
    _, spreads = steady_rates(belief, loads)
    end_rates = np.interp(ends_s, planned.times_s, planned.rates_bpm)
    return [
        StepRate(
            duration_s=step.duration_s,
            load=round(float(load), 2),
            mean_bpm=round(float(np.mean(planned.rates_bpm[begin : max(end, begin + 1)])), 1),
            end_bpm=round(float(end_bpm), 1),
            spread_bpm=round(float(spread), 1),
        )
        for step, load, begin, end, end_bpm, spread in zip(
            steps, loads, begins, ends, end_rates, spreads, strict=True
        )
    ]


def _zones(belief: Belief, maximum_bpm: float, most_load: float) -> list[ZoneLoad]:
    points = {zone.number: set_point(belief, zone.number, maximum_bpm, most_load=most_load) for zone in ZONES}
    return [
        ZoneLoad(
            zone=number,
            load=round(point.load, 2),
            expected_bpm=round(point.expected_bpm, 1),
            spread_bpm=round(point.spread_bpm, 1),
            held_by=point.held_by,
        )
        for number, point in points.items()
    ]
