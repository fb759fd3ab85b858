"""What is wrong with a configuration only when its sections are seen together: doubles, names of nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devices.profile import load_profiles
from devices.topics import normal_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.config.model import BoxConfig


def mistakes(config: BoxConfig) -> Iterator[tuple[str, str]]:
    """Yield (key path, reason) for everything that only shows when the sections are seen together."""
    devices, cameras = [each.id for each in config.devices], [each.id for each in config.cameras]
    yield from _doubles("station", "id", [each.id for each in config.stations])
    yield from _doubles("camera", "id", cameras)
    yield from _doubles("device", "id", devices)
    yield from _doubles("device", "address", [normal_address(each.address) for each in config.devices])
    yield from _doubles("station", "treadmill", [each.treadmill for each in config.stations])
    for index, station in enumerate(config.stations):
        if station.treadmill is not None and station.treadmill not in devices:
            yield f"station[{index}].treadmill", _nobody("device", station.treadmill, devices)
        if station.camera is not None and station.camera not in cameras:
            yield f"station[{index}].camera", _nobody("camera", station.camera, cameras)
    yield from _profiles(config)


def _profiles(config: BoxConfig) -> Iterator[tuple[str, str]]:
    profiles = load_profiles() if config.devices else {}
    for index, device in enumerate(config.devices):
        if device.profile not in profiles:
            yield f"device[{index}].profile", _nobody("profile", device.profile, sorted(profiles))
    for index, station in enumerate(config.stations):
        machine = None if station.treadmill is None else config.device(station.treadmill)
        profile = None if machine is None else profiles.get(machine.profile)
        if profile is not None and profile.kind != "treadmill":
            reason = f"'{station.treadmill}' is no treadmill: its profile is {profile.name}"
            yield f"station[{index}].treadmill", reason


def _doubles(table: str, field: str, values: Sequence[str | None]) -> Iterator[tuple[str, str]]:
    first: dict[str, int] = {}
    for index, value in enumerate(values):
        if value is None:
            continue
        if value in first:
            yield f"{table}[{index}].{field}", f"'{value}' is already used by {table}[{first[value]}]"
        first.setdefault(value, index)


def _nobody(kind: str, wanted: str, known: Sequence[str]) -> str:
    there = f"there are {', '.join(known)}" if known else f"the file has no [[{kind}]]"
    return f"no {kind} is called '{wanted}'; {there}"
