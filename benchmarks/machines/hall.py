"""A hall full of devices: their addresses, the box that knows them, and what they say."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.machines.broker import mosquitto
from benchmarks.speed.running_box import configured_box
from devices.codecs import heart_rate, treadmill
from devices.codecs.heart_rate import HeartRate
from devices.topics import BleTopic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.speed.running_box import RunningBox

SLOWEST_BPM, FASTEST_BPM = 60, 199
COUNTER_M = 1 << 24
"""A treadmill's distance counter begins anew here."""


@dataclass(frozen=True, slots=True)
class Hall:
    """Every other device is a treadmill, the others are bands: one pair for each station."""

    stations: int

    @property
    def names(self) -> list[str]:
        """The stations' ids."""
        return [f"station-{number}" for number in range(self.stations)]

    @property
    def devices(self) -> int:
        """How many there are."""
        return 2 * self.stations

    def configuration(self, broker_port: int) -> str:
        """What the box is told of it, in TOML."""
        parts = [f'[mqtt]\nurl = "mqtt://127.0.0.1:{broker_port}"\n']
        for number in range(self.stations):
            parts.append(_device(f"belt-{number}", "ble-treadmill", _address(2 * number)))
            parts.append(_device(f"band-{number}", "ble-heart-rate", _address(2 * number + 1)))
            parts.append(f'[[station]]\nid = "station-{number}"\ntreadmill = "belt-{number}"\n')
        return "".join(parts)

    def message(self, device: int, count: int) -> tuple[str, bytes]:
        """Topic and payload of what a device says as its `count`-th; `told` finds the count again."""
        if device % 2:
            bpm = SLOWEST_BPM + count % (FASTEST_BPM - SLOWEST_BPM + 1)
            topic = BleTopic("hall", _address(device), "180d", "2a37")
            return str(topic), heart_rate.encode(HeartRate(bpm, contact=True, rr_1024=(700, 710)))
        topic = BleTopic("hall", _address(device), "1826", "2acd")
        values = {
            "speed_kmh": 9.5,
            "distance_m": count % COUNTER_M,
            "incline_percent": 1.0,
            "energy_kcal": count // 10 % 60_000,
            "elapsed_s": count // 4 % 60_000,
        }
        return str(topic), treadmill.encode(values)


@contextmanager
def opened(hall: Hall) -> Iterator[tuple[RunningBox, int]]:
    """A box with a session at every station, and the port of its broker.

    Raises:
        NoBrokerError: no mosquitto here, or it does not do its part.
        BoxFailedError: the box does not come up, or answers no more.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        mosquitto() as port,
        configured_box(Path(folder), hall.configuration(port), hall.names) as box,
    ):
        for number, station in enumerate(hall.names):
            body = {"station_id": station, "member_id": f"member-{number}", "band_id": f"band-{number}"}
            box.http.post("api/v1/sessions", json=body).raise_for_status()
        yield box, port


def _address(device: int) -> str:
    return f"c0:00:00:00:{device >> 8:02x}:{device & 0xFF:02x}"


def _device(name: str, profile: str, address: str) -> str:
    return f'[[device]]\nid = "{name}"\nprofile = "{profile}"\naddress = "{address}"\n'
