"""Looks once a second at the machine and the band of each session, for as long as it runs."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.clock import Clock
from gateway.hearts.series import Series
from gateway.stations import DeviceValues
from recommender.heart_response.planned import level_speed_kmh, unit_of
from recommender.heart_response.recording import Recording
from recommender.plan import MachineKind

if TYPE_CHECKING:
    from gateway.sessions.active import ActiveSession

_log = logging.getLogger(__name__)

KINDS: Final[tuple[MachineKind, ...]] = ("treadmill", "bike")
"""Machines whose load a heart is known by: elsewhere arms and technique come in between."""
SAMPLE_S: Final = 1.0
# What no belt does: a garbled frame.
_FASTEST_KMH: Final = 30.0
_STEEPEST_PERCENT: Final = 40.0


@dataclass(slots=True)
class _Watched:
    session: "ActiveSession"
    kind: MachineKind
    machine: str
    band: str
    began_s: float
    series: Series = field(default_factory=Series)


class HeartWatch:
    """Every session with a machine and a band; lives on the event loop and in memory only."""

    def __init__(
        self,
        *,
        devices: DeviceValues,
        kind_at: Callable[[str], MachineKind | None],
        learn: Callable[["ActiveSession", str, Recording], None],
        clock: Clock,
    ) -> None:
        """Watch nothing yet.

        Args:
            devices: what machines and bands say now.
            kind_at: what machine stands at a station.
            learn: takes a session that has ended, the unit of its loads and its recording.
            clock: the time.
        """
        self._devices = devices
        self._kind_at = kind_at
        self._learn = learn
        self._clock = clock
        self._watched: dict[str, _Watched] = {}
        self.failed = 0

    def session_started(self, session: "ActiveSession") -> None:
        """Watch it, also one that goes on after a restart: from here on."""
        kind, machine, band = self._kind_at(session.station.id), session.station.treadmill, session.band_id
        if kind in KINDS and machine is not None and band is not None:
            self._watched[session.id] = _Watched(session, kind, machine, band, self._clock.now_s())

    def session_ended(self, session: "ActiveSession") -> None:
        """Hand on what was seen, if anything can be learned from it."""
        watched = self._watched.pop(session.id, None)
        recording = None if watched is None else watched.series.recording()
        if watched is not None and recording is not None:
            self._learn(session, unit_of(watched.kind), recording)

    async def run(self) -> None:
        """Look, until cancelled."""
        while True:
            await asyncio.sleep(SAMPLE_S)
            try:
                self.sample()
            except Exception:  # noqa: BLE001 - the next look must come whatever this one met; counted
                self.failed += 1
                _log.exception("the hearts could not be looked at")

    def sample(self) -> None:
        """Look once."""
        now_s = self._clock.now_s()
        for each in self._watched.values():
            bpm = self._devices.value(each.band, "heart_rate_bpm", now_s)
            each.series.add(now_s - each.began_s, self._load(each, now_s), bpm)

    def _load(self, watched: _Watched, now_s: float) -> float | None:
        """What the machine asks now, in the unit of its kind; None when it is not known."""
        if watched.kind != "treadmill":
            return self._devices.value(watched.machine, "power_w", now_s)
        speed_kmh = self._devices.value(watched.machine, "speed_kmh", now_s)
        incline = self._devices.value(watched.machine, "incline_percent", now_s) or 0.0
        if speed_kmh is None or speed_kmh > _FASTEST_KMH or abs(incline) > _STEEPEST_PERCENT:
            return None
        return level_speed_kmh(speed_kmh, incline)
