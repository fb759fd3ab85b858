"""Units that machines speak in, and how they become the canonical ones of `devices.reading`."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from devices.reading import UNITS, Metric

Conversion = Callable[[float], float]

_MILE_M: Final = 1609.344
_FOOT_M: Final = 0.3048
_KJ_PER_KCAL: Final = 4.184


class UnitUnknown(ValueError):  # noqa: N818 - reads as what it says
    """A metric cannot be given in this unit; the text names those in which it can."""


def _times(factor: float, value: float) -> float:
    return value * factor


def _pace(metres: float, seconds: float, value: float) -> float:
    """Speed in km/h of a pace: `value` times `seconds` for `metres`. A pace of zero is a belt that stands."""
    return metres / (value * seconds) * 3.6 if value > 0.0 else 0.0


def _degrees(value: float) -> float:
    """Slope in percent of an angle in degrees."""
    return 100.0 * math.tan(math.radians(value))


_SPEED: Final = {
    "m/s": partial(_times, 3.6),
    "m/min": partial(_times, 0.06),
    "mph": partial(_times, _MILE_M / 1000),
    "kn": partial(_times, 1.852),
    "min/km": partial(_pace, 1000.0, 60.0),
    "min/mi": partial(_pace, _MILE_M, 60.0),
    "s/km": partial(_pace, 1000.0, 1.0),
    "s/500m": partial(_pace, 500.0, 1.0),
}
_PER_CANONICAL: Final[Mapping[str, Mapping[str, Conversion]]] = {
    "m": {
        "km": partial(_times, 1000.0),
        "cm": partial(_times, 0.01),
        "mi": partial(_times, _MILE_M),
        "ft": partial(_times, _FOOT_M),
        "yd": partial(_times, 3 * _FOOT_M),
    },
    "kcal": {
        "cal": partial(_times, 0.001),
        "kJ": partial(_times, 1 / _KJ_PER_KCAL),
        "J": partial(_times, 0.001 / _KJ_PER_KCAL),
        "Wh": partial(_times, 3.6 / _KJ_PER_KCAL),
    },
    "bpm": {"Hz": partial(_times, 60.0), "1/min": partial(_times, 1.0)},
    "ms": {"s": partial(_times, 1000.0), "1/1024 s": partial(_times, 1000 / 1024)},
    "rpm": {"Hz": partial(_times, 60.0), "1/min": partial(_times, 1.0)},
    "spm": {"Hz": partial(_times, 60.0), "1/min": partial(_times, 1.0)},
    "W": {"kW": partial(_times, 1000.0)},
    "s": {"ms": partial(_times, 0.001), "min": partial(_times, 60.0), "h": partial(_times, 3600.0)},
    "km/h": {"kph": partial(_times, 1.0), **_SPEED},
}
_PER_METRIC: Final[Mapping[str, Mapping[str, Conversion]]] = {
    "incline_percent": {"deg": _degrees, "°": _degrees, "fraction": partial(_times, 100.0)},
    "battery_percent": {"fraction": partial(_times, 100.0)},
}


def conversion(metric: Metric, unit: str) -> Conversion:
    """How a number in `unit` becomes one in the metric's canonical unit.

    Raises:
        UnitUnknown: this metric has no such unit.
    """
    canonical = UNITS[metric]
    known: dict[str, Conversion] = {
        canonical: partial(_times, 1.0),
        **_PER_CANONICAL.get(canonical, {}),
        **_PER_METRIC.get(metric, {}),
    }
    found = known.get(unit)
    if found is None:
        names = ", ".join(name for name in known if name)
        raise UnitUnknown(
            f"{metric} is not given in {unit!r}; {f'there are {names}' if names else 'leave the unit out'}"
        )
    return found
