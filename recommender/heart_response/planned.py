"""What a heart will do during the steps that a plan has at a machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.heart_response.fitting import STEP_S
from recommender.heart_response.prediction import predict
from recommender.heart_response.recording import Recording
from recommender.heart_response.set_points import set_point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recommender.heart_response.fitting import Belief
    from recommender.plan import MachineKind, MachineStep

MOST_LOAD: Final = {"km/h": 20.0, "W": 400.0}
"""Where neither the step nor the machine says less."""
# ACSM's metabolic equations: a slope adds 1.8 mL/kg/min for each m/min of walking and 0.9 of running, where
# level running takes 0.2. Between the two, at 6 to 12 km/h, it counts as that of walking 6 km/h.
_WALKED_UP: Final = 9.0
_RUN_UP: Final = 4.5
_FASTEST_WALK_KMH: Final = 6.0


class UnknownLoadError(ValueError):
    """A step says neither what load it is nor what it should lead to."""


@dataclass(frozen=True, slots=True)
class PlannedRates:
    """A forecast.

    Attributes:
        times_s: (n,) from the start of the first step, every five seconds.
        loads: (n,) in the unit of the machine.
        rates_bpm: (n,).
    """

    times_s: NDArray[np.float64]
    loads: NDArray[np.float64]
    rates_bpm: NDArray[np.float64]


def unit_of(machine: MachineKind) -> str:
    """In which unit loads at a machine are told: how fast on a belt, how much power elsewhere."""
    return "km/h" if machine == "treadmill" else "W"


def level_speed_kmh(speed_kmh: float, incline_percent: float) -> float:
    """The speed on the level that takes as much; a slope downwards counts as level."""
    added = max(_RUN_UP * speed_kmh, _WALKED_UP * min(speed_kmh, _FASTEST_WALK_KMH))
    return speed_kmh + max(incline_percent, 0.0) / 100 * added


def speed_kmh_for(level_kmh: float, incline_percent: float) -> float:
    """The speed on a slope that takes as much as one on the level: the other way of `level_speed_kmh`."""
    slope = max(incline_percent, 0.0) / 100
    if (walked := level_kmh / (1 + _WALKED_UP * slope)) <= _FASTEST_WALK_KMH:
        return walked
    # Whichever of the two counts between walking and running speeds takes more, and so is slower.
    return min(level_kmh - _WALKED_UP * _FASTEST_WALK_KMH * slope, level_kmh / (1 + _RUN_UP * slope))


def planned_rates(
    belief: Belief,
    machine: MachineKind,
    steps: Sequence[MachineStep],
    *,
    maximum_bpm: float | None = None,
    start_bpm: float | None = None,
) -> PlannedRates:
    """Foretell the rate over planned steps.

    Args:
        belief: of the person on that day, for loads in `unit_of(machine)`.
        machine: where.
        steps: in order, at least one; each with a speed, a power or a zone.
        maximum_bpm: of the person, for steps that name a zone.
        start_bpm: the rate now; the rate at rest when nobody knows.

    Raises:
        UnknownLoadError: a step says neither, or it names a zone and the maximum is not known.
        ValueError: there are no steps, or one lasts no time.
    """
    if not steps or any(not 0 < step.duration_s < float("inf") for step in steps):
        raise ValueError("a forecast needs at least one step, and each must last some time")
    loads = [_load(belief, machine, step, maximum_bpm) for step in steps]
    ends_s = np.cumsum([step.duration_s for step in steps])
    times_s = np.arange(0.0, ends_s[-1] + STEP_S, STEP_S)
    held = np.searchsorted(ends_s, times_s, side="right").clip(max=len(steps) - 1)
    rates = np.full(len(times_s), np.nan)
    if start_bpm is not None:
        rates[0] = start_bpm
    plan = Recording(times_s, np.array(loads)[held], rates)
    return PlannedRates(times_s, plan.loads, predict(belief, plan, corrected=False))


def _load(belief: Belief, machine: MachineKind, step: MachineStep, maximum_bpm: float | None) -> float:
    unit = unit_of(machine)
    if unit == "km/h" and step.speed_kmh is not None:
        return level_speed_kmh(step.speed_kmh, step.incline_percent or 0.0)
    if unit == "W" and step.power_w is not None:
        return step.power_w
    if step.heart_rate_zone is not None and maximum_bpm is not None:
        return set_point(belief, step.heart_rate_zone, maximum_bpm, most_load=MOST_LOAD[unit]).load
    raise UnknownLoadError(
        f"a step of {step.duration_s:g} s at a {machine} says no {'speed' if unit == 'km/h' else 'power'}, "
        "nor a zone of somebody whose maximum heart rate is known"
    )
