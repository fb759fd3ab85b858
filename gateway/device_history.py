"""The last two hours of every adopted device, for plots: in memory alone, a sample every five seconds."""

import asyncio
import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from gateway.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from devices.registry import DeviceView

EVERY_S: Final = 5.0
SAMPLES: Final = 1440
RSSI: Final = "rssi_dbm"
QUALITY: Final = "quality"


class _Devices(Protocol):
    def all(self, now_s: float) -> "Sequence[DeviceView]":
        """Return every device that is configured or heard."""


@dataclass(frozen=True, slots=True)
class Past:
    """What one device said.

    Attributes:
        ends_at: the moment of the last sample; None before the first.
        series: by metric, `rssi_dbm` and `quality` (0 to 1) beside it; EVERY_S apart, the oldest first, None
            where the device said nothing or nothing new.
    """

    ends_at: "datetime | None"
    series: dict[str, list[float | None]]


class DeviceHistory:
    """Samples the registry. Each series takes SAMPLES x 4 bytes; lives on the event loop."""

    def __init__(self, devices: _Devices, clock: Clock | None = None) -> None:
        self._devices = devices
        self._clock = clock or Clock()
        self._series: dict[tuple[str, str], array[float]] = {}
        self._ticks = 0
        self._ends_at: datetime | None = None

    async def run(self) -> None:
        """Sample every few seconds, until cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(EVERY_S)

    def sample(self) -> None:
        """Note what every adopted device says now."""
        place = self._ticks % SAMPLES
        for series in self._series.values():
            series[place] = math.nan
        adopted = [view for view in self._devices.all(self._clock.now_s()) if view.adopted]
        for view in adopted:
            for name, value in _values(view):
                key = (view.id, name)
                if key not in self._series:
                    self._series[key] = array("f", [math.nan]) * SAMPLES
                self._series[key][place] = value
        known = {view.id for view in adopted}
        self._series = {key: series for key, series in self._series.items() if key[0] in known}
        self._ticks += 1
        self._ends_at = self._clock.utc_now()

    def of(self, device_id: str) -> Past:
        """Return what a device said, nothing for one that was never sampled."""
        length = min(self._ticks, SAMPLES)
        begin = self._ticks - length
        return Past(
            self._ends_at,
            {
                name: [_known(series[tick % SAMPLES]) for tick in range(begin, self._ticks)]
                for (owner, name), series in self._series.items()
                if owner == device_id
            },
        )


def _values(view: "DeviceView") -> Iterator[tuple[str, float]]:
    for metric, reading in view.fresh.items():
        yield str(metric), reading.value
    if view.rssi_dbm is not None:
        yield RSSI, float(view.rssi_dbm)
    if view.quality is not None:
        yield QUALITY, view.quality


def _known(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 3)
