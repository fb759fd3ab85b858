"""What is wrong with a configuration only when its sections are seen together: doubles, names of nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devices.topics import normal_address
from gateway.config.profiles import faults_of, profiles_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.config.model import BoxConfig

# What may stand where a station names its treadmill; a machine of no kind says itself what it is.
_AT_A_STATION = frozenset({"treadmill", "machine"})


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
    folder = config.box.profiles_dir
    faults = faults_of(folder)
    if faults:  # which names there are is not known then
        yield from (("box.profiles_dir", fault) for fault in faults)
        return
    if "profiles_dir" in config.box.model_fields_set and not folder.is_dir():
        yield "box.profiles_dir", f"there is no folder {folder}"
    profiles = profiles_of(folder) if config.devices else {}
    for index, device in enumerate(config.devices):
        if device.profile not in profiles:
            yield f"device[{index}].profile", _nobody("profile", device.profile, sorted(profiles))
    for index, station in enumerate(config.stations):
        machine = None if station.treadmill is None else config.device(station.treadmill)
        profile = None if machine is None else profiles.get(machine.profile)
        if profile is not None and profile.kind not in _AT_A_STATION:
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
