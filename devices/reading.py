"""The vocabulary of what machines and bands tell us."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Metric = Literal[
    "speed_kmh",
    "incline_percent",
    "distance_m",
    "energy_kcal",
    "heart_rate_bpm",
    "rr_interval_ms",
    "cadence_rpm",
    "power_w",
    "stroke_rate_spm",
    "elapsed_s",
    "battery_percent",
    "contact",
]

UNITS: Final[dict[Metric, str]] = {
    "speed_kmh": "km/h",
    "incline_percent": "%",
    "distance_m": "m",
    "energy_kcal": "kcal",
    "heart_rate_bpm": "bpm",
    "rr_interval_ms": "ms",
    "cadence_rpm": "rpm",
    "power_w": "W",
    "stroke_rate_spm": "spm",
    "elapsed_s": "s",
    "battery_percent": "%",
    "contact": "",  # 1.0: the sensor touches skin, 0.0: it does not
}

# What a frame may say and a person or a machine cannot do. Sensors without skin contact send 0 or
# 255 bpm; such a number is a fault to count, never a value to show.
PLAUSIBLE: Final[dict[Metric, tuple[float, float]]] = {
    "heart_rate_bpm": (20.0, 250.0),
    "rr_interval_ms": (200.0, 3000.0),
    "speed_kmh": (0.0, 150.0),
    "incline_percent": (-60.0, 60.0),
}


@dataclass(frozen=True, slots=True)
class Measurement:
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


@dataclass(frozen=True, slots=True)
class Reading:
    """One number of one device at one moment; both times are aware UTC.

    `measured_at` is the sender's stamp where it is credible, otherwise the time of receipt.
    """

    device_id: str
    metric: Metric
    value: float
    unit: str
    measured_at: datetime
    received_at: datetime
