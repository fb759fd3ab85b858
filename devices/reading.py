"""The vocabulary of what machines and bands tell us."""

from datetime import datetime
from typing import Final, Literal, NamedTuple, get_args

Metric = Literal[
    "speed_kmh",
    "incline_percent",
    "distance_m",
    "energy_kcal",
    "heart_rate_bpm",
    "rr_interval_ms",
    "cadence_rpm",
    "power_w",
    "resistance_level",
    "stroke_rate_spm",
    "step_rate_spm",
    "pace_s_per_500m",
    "floors",
    "elapsed_s",
    "battery_percent",
    "contact",  # 1.0: the sensor touches skin, 0.0: it does not
]

_UNIT_OF_ENDING: Final = {
    "kmh": "km/h",
    "percent": "%",
    "m": "m",
    "mm": "mm",
    "kcal": "kcal",
    "kcal_per_h": "kcal/h",
    "kcal_per_min": "kcal/min",
    "bpm": "bpm",
    "ms": "ms",
    "s": "s",
    "rpm": "rpm",
    "spm": "spm",
    "w": "W",
    "n": "N",
    "degrees": "°",
    "s_per_500m": "s/500m",
    "km_per_min": "km/min",
    "m_per_s": "m/s",
    "kg_per_m": "kg/m",
}


def unit_of(name: str) -> str:
    """The unit in which a name ends, as people write it; empty for a plain number."""
    words = name.split("_")
    endings = ("_".join(words[i:]) for i in range(1, len(words)))
    return next((_UNIT_OF_ENDING[each] for each in endings if each in _UNIT_OF_ENDING), "")


UNITS: Final[dict[Metric, str]] = {metric: unit_of(metric) for metric in get_args(Metric)}

# What a frame may say and a person or a machine cannot do. Sensors without skin contact send 0 or
# 255 bpm; such a number is a fault to count, never a value to show.
PLAUSIBLE: Final[dict[Metric, tuple[float, float]]] = {
    "heart_rate_bpm": (20.0, 250.0),
    "rr_interval_ms": (200.0, 3000.0),
    "speed_kmh": (0.0, 150.0),
    "incline_percent": (-60.0, 60.0),
    "cadence_rpm": (0.0, 300.0),
    "step_rate_spm": (0.0, 500.0),
    "power_w": (-1000.0, 5000.0),
    "battery_percent": (0.0, 100.0),
}


class Measurement(NamedTuple):
    """One number as a frame states it, before it belongs to a device and a moment."""

    metric: Metric
    value: float

    @property
    def unit(self) -> str:
        """Unit of `value`, as people write it."""
        return UNITS[self.metric]

    @property
    def plausible(self) -> bool:
        """Whether a person or a machine can do this at all."""
        low, high = PLAUSIBLE.get(self.metric, (float("-inf"), float("inf")))
        return low <= self.value <= high


class Reading(NamedTuple):
    """One number of one device at one moment; both times are aware UTC.

    `measured_at` is the sender's stamp where it is credible, otherwise the time of receipt.
    """

    device_id: str
    metric: Metric
    value: float
    unit: str
    measured_at: datetime
    received_at: datetime
