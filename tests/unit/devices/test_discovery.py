import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.discovery import STATION, Thing, entities_of
from devices.profile import Kind

BELT = Thing("box1", "device", "belt.1", "Belt 1", "Treadmill", entities_of("treadmill"), firmware="1.2")


def test_a_device_is_announced_in_one_message_with_its_entities_and_when_it_is_there() -> None:
    told = json.loads(BELT.announcement("9.9"))
    assert told["dev"] == {
        "ids": ["gymbox_box1_device_belt_2e_1"],
        "name": "Belt 1",
        "mf": "Gymbox",
        "mdl": "Treadmill",
        "sw": "1.2",
    }
    assert told["o"] == {"name": "Gymbox", "sw": "9.9"}
    assert told["availability_mode"] == "all"
    assert [each["topic"] for each in told["availability"]] == [
        "gymbox/v1/box1/status",
        BELT.availability_topic,
    ]
    assert told["state_topic"] == BELT.state_topic
    assert told["cmps"]["speed_kmh"] == {
        "p": "sensor",
        "unique_id": "gymbox_box1_device_belt_2e_1_speed_kmh",
        "name": "Speed",
        "value_template": "{{ value_json.speed_kmh }}",
        "unit_of_measurement": "km/h",
        "device_class": "speed",
        "state_class": "measurement",
    }
    assert BELT.config_topic("homeassistant") == "homeassistant/device/gymbox_box1_device_belt_2e_1/config"


def test_a_station_in_use_is_a_binary_sensor() -> None:
    station = Thing("box1", "station", "mat", "Mat", "Station", STATION)
    busy = json.loads(station.announcement("1"))["cmps"]["busy"]
    assert (busy["p"], busy["payload_on"], busy["payload_off"]) == ("binary_sensor", "True", "False")


@pytest.mark.parametrize("kind", get_args(Kind))
def test_no_heart_rate_leaves_the_box_this_way(kind: Kind) -> None:
    shown = {each.key for each in entities_of(kind)}
    assert shown
    assert not shown & {"heart_rate_bpm", "rr_interval_ms", "contact"}


names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=12)


@given(names, names, names, names)
def test_no_two_things_share_a_name_and_every_name_suits_a_topic(a: str, b: str, c: str, d: str) -> None:
    one = Thing(a, "device", b, "", "", ()).unique_id
    other = Thing(c, "device", d, "", "", ()).unique_id
    assert (one == other) == ((a, b) == (c, d))
    assert one.replace("_", "").replace("-", "").isascii()
    assert one.replace("_", "").replace("-", "").isalnum()
