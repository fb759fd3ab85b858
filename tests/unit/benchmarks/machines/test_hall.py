"""The box is told of every device, and takes what each says."""

import tomllib
from datetime import UTC, datetime

import pytest

from benchmarks.machines.hall import Hall
from benchmarks.machines.steady import value
from devices.intake import Intake
from devices.profile import load_profiles
from devices.registry import DeviceRegistry, KnownDevice
from gateway.config.file import build


def test_the_box_takes_the_configuration_and_every_message() -> None:
    hall = Hall(300)
    config = build(tomllib.loads(hall.configuration(1883)), environ={})
    assert [station.id for station in config.stations] == hall.names
    assert len(config.devices) == hall.devices == 600
    profiles = load_profiles()
    known = [KnownDevice(each.id, each.profile, each.address) for each in config.devices]
    intake = Intake(DeviceRegistry(known, profiles=profiles), profiles)
    for device in range(hall.devices):
        topic, payload = hall.message(device, 5)
        taken = intake.handle(topic, payload, retain=False, received_at=datetime.now(UTC), now_s=1.0)
        assert taken.device_id == known[device].id


@pytest.mark.parametrize("device", [0, 1])
@pytest.mark.parametrize("count", [0, 7, 139, 140, 100_000])
def test_what_a_page_shows_names_the_message(device: int, count: int) -> None:
    hall, profiles = Hall(1), load_profiles()
    intake = Intake(DeviceRegistry(profiles=profiles), profiles)
    topic, payload = hall.message(device, count)
    taken = intake.handle(topic, payload, retain=False, received_at=datetime.now(UTC), now_s=1.0)
    shown = {reading.metric: reading.value for reading in taken.readings}
    assert shown["heart_rate_bpm" if device else "distance_m"] == value(device, count)
