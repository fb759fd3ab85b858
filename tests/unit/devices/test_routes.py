"""Machines that speak MQTT: Homie, ESPHome, gateways of advertisements, Home Assistant, any brand."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from devices.registry import FORGET_UNADOPTED_AFTER_S, KnownDevice
from devices.subscriptions import subscriptions

if TYPE_CHECKING:
    from .conftest import Desk, MakeDesk

T1 = "homie/5/t1"
DESCRIPTION = {
    "homie": "5.0",
    "name": "Acme T9",
    "nodes": {
        "belt": {
            "properties": {
                "speed": {"datatype": "float", "unit": "km/h", "settable": True, "format": "0.8:20:0.1"},
                "incline": {"datatype": "float", "unit": "%"},
                "mood": {"datatype": "string"},
            }
        }
    },
}
ACME = """
name = "acme"
title = "Acme"
kind = "treadmill"
discover = true
[[message]]
topic = "acme/{address}/telemetry"
rssi_dbm = "rssi"
[message.readings]
speed_kmh = { path = "mph", unit = "mph" }
"""


@pytest.fixture
def homie(desk_for: "MakeDesk") -> "Desk":
    return desk_for(KnownDevice("mill", "homie-5", "t1"))


def introduce(desk: "Desk", device: str = "t1", state: str = "ready", **more: Any) -> None:
    desk.hand(f"homie/5/{device}/$state", state, retain=True)
    desk.hand(f"homie/5/{device}/$description", json.dumps(DESCRIPTION | more), retain=True)


# Homie 5.


def test_a_homie_machine_describes_itself(homie: "Desk") -> None:
    introduce(homie)
    assert homie.registry.link("mill", 0.0) == "live"
    assert homie.values(f"{T1}/belt/speed", "8.5") == {"speed_kmh": 8.5}
    assert homie.values(f"{T1}/belt/mood", "fine") == {}
    homie.hand(f"{T1}/belt/speed/$target", "9.0")
    assert dict(homie.view("mill").targets) == {"speed_kmh": 9.0}


def test_a_value_holds_while_the_machine_is_ready(homie: "Desk") -> None:
    introduce(homie)
    homie.hand(f"{T1}/belt/speed", "8.5", 0.0)
    assert homie.registry.value("mill", "speed_kmh", 3600.0) == 8.5
    homie.hand(f"{T1}/$state", "lost", 3600.0)
    assert homie.registry.link("mill", 3600.0) == "lost"
    assert homie.registry.value("mill", "speed_kmh", 3600.0) is None
    homie.hand(f"{T1}/$state", "ready", 3700.0)
    assert homie.registry.value("mill", "speed_kmh", 3700.0) == 8.5


def test_without_a_broker_nobodys_promise_holds(homie: "Desk") -> None:
    introduce(homie)
    homie.hand(f"{T1}/belt/speed", "8.5", 0.0)
    homie.intake.link_lost()
    assert homie.registry.value("mill", "speed_kmh", 61.0) is None
    homie.hand(f"{T1}/$state", "ready", 70.0, retain=True)
    assert homie.registry.link("mill", 70.0) == "live"


def test_a_kept_value_counts_once_the_machine_says_that_it_is_ready(homie: "Desk") -> None:
    introduce(homie, state="init")
    assert homie.refusal(f"{T1}/belt/speed", "8.5", retain=True).kind == "retained"
    homie.hand(f"{T1}/$state", "ready")
    assert homie.hand(f"{T1}/belt/speed", "8.5", retain=True).readings[0].value == 8.5


def test_a_value_before_its_description_means_nothing(homie: "Desk") -> None:
    assert homie.refusal(f"{T1}/belt/speed", "8.5").kind == "mapping"


def test_a_root_that_is_gone_takes_its_children_along(desk_for: "MakeDesk") -> None:
    desk = desk_for(KnownDevice("mill", "homie-5", "t1"))
    introduce(desk, root="hall")
    desk.hand("homie/5/hall/$state", "ready")
    assert desk.registry.link("mill", 0.0) == "live"
    desk.hand("homie/5/hall/$state", "lost")
    assert desk.registry.link("mill", 0.0) == "lost"
    desk.hand("homie/5/hall/$state", "ready")
    assert desk.registry.link("mill", 0.0) == "live"


def test_an_adopted_machine_of_which_nothing_is_understood_says_what_to_do(homie: "Desk") -> None:
    refused = homie.refusal(f"{T1}/$description", json.dumps({"nodes": {}}))
    assert "name them in [homie] properties" in refused.reason


def test_a_gym_machine_is_found_and_a_lamp_is_not(homie: "Desk") -> None:
    introduce(homie, "t2")
    introduce(homie, "lamp", nodes={"light": {"properties": {"level": {"datatype": "integer"}}}})
    assert [(view.id, view.adopted) for view in homie.registry.all(0.0)] == [("mill", True), ("t2", False)]
    homie.registry.sweep(10 * FORGET_UNADOPTED_AFTER_S)
    assert homie.registry.get("t2", 0.0) is not None  # it said that it is there


@pytest.mark.parametrize(
    ("topic", "payload", "kind"),
    [
        (f"{T1}/$state", "happy", "mapping"),
        (f"{T1}/$log", "x", "unsupported"),
        (f"{T1}/belt", "x", "unsupported"),
        (f"{T1}/belt/speed/set", "9", "unsupported"),
        (f"{T1}/belt/speed", "fast", "mapping"),
        (f"{T1}/belt/speed", "9" * 2000, "too_large"),
        (f"{T1}/$description", "x" * 70_000, "too_large"),
        ("other/5/t1/$state", "ready", "topic"),
        ("homie/5/t\n1/$state", "ready", "topic"),
        ("homie/4/t1/$state", "ready", "topic"),
    ],
)
def test_what_is_no_homie_is_refused(homie: "Desk", topic: str, payload: str, kind: str) -> None:
    introduce(homie)
    assert homie.refusal(topic, payload).kind == kind


# ESPHome.


def test_an_esphome_node(desk_for: "MakeDesk") -> None:
    desk = desk_for(KnownDevice("bike", "esphome", "gym/bike-3"))
    assert desk.refusal("gym/bike-3/sensor/power/state", "150", retain=True).kind == "retained"
    desk.hand("gym/bike-3/status", "online", retain=True)
    assert desk.hand("gym/bike-3/sensor/power/state", "150", retain=True).readings[0].value == 150.0
    assert desk.values("gym/bike-3/sensor/cadence/state", "82.5", 1.0) == {"cadence_rpm": 82.5}
    assert desk.registry.value("bike", "power_w", 1000.0) == 150.0
    desk.hand("gym/bike-3/status", "offline", 1000.0)
    assert desk.registry.value("bike", "power_w", 1000.0) is None
    assert desk.refusal("gym/bike-3/status", "maybe").kind == "mapping"
    assert desk.refusal("gym/bike-4/sensor/power/state", "150").kind == "stranger"


# OpenMQTTGateway and Theengs.


def test_a_band_that_a_gateway_of_advertisements_hears(desk_for: "MakeDesk") -> None:
    desk = desk_for(KnownDevice("band", "openmqttgateway", "c0:00:00:00:00:01"))
    payload = json.dumps({"id": "C0:00:00:00:00:01", "name": "Band", "rssi": -67, "act_bpm": 71, "batt": 80})
    assert desk.values("home/omg-1/BTtoMQTT/C00000000001", payload) == {
        "heart_rate_bpm": 71.0,
        "battery_percent": 80.0,
    }
    assert desk.view("band").rssi_dbm == -67
    assert desk.view("band", 100.0).battery_percent == 80.0
    assert desk.values("home/omg-1/BTtoMQTT/C00000000001", '{"rssi": -70}') == {}
    assert desk.refusal("home/omg-1/BTtoMQTT/AABBCCDDEEFF", payload).kind == "stranger"


# Home Assistant.


def test_sensors_of_home_assistant(desk_for: "MakeDesk") -> None:
    desk = desk_for(KnownDevice("rower", "home-assistant", "rower"))
    assert desk.values("homeassistant/sensor/rower_power/state", "180") == {"power_w": 180.0}
    assert desk.values("homeassistant/sensor/rower_stroke_rate/state", "26.5", 50.0) == {
        "stroke_rate_spm": 26.5
    }
    assert desk.registry.value("rower", "power_w", 100.0) == 180.0  # unchanged, not silent
    assert desk.values("homeassistant/sensor/rower_power/state", "unavailable", 100.0) == {}
    assert desk.registry.value("rower", "power_w", 111.0) is None


# Any other brand.


def test_a_brand_of_its_own_is_found_and_adopted(desk_for: "MakeDesk") -> None:
    desk = desk_for(KnownDevice("first", "acme", "T9-001"), ACME)
    assert desk.hand("acme/T9-001/telemetry", '{"mph": 5}').device_id == "first"
    assert desk.hand("acme/T9-002/telemetry", '{"mph": 6, "rssi": -50}').device_id == "t9-002"
    desk.registry.adopt(KnownDevice("second", "acme", "T9-002"))
    assert desk.hand("acme/T9-002/telemetry", '{"mph": 6}').device_id == "second"
    assert desk.view("second").rssi_dbm == -50  # what was heard before is kept
    assert desk.registry.forget("second")
    assert desk.hand("acme/T9-002/telemetry", '{"mph": 6}').device_id == "t9-002"
    for name in ("T9/002", "T9 002", "x" * 99):
        assert desk.refusal(f"acme/{name}/telemetry", "{}").kind == "stranger"
    assert desk.refusal("acme/T9-001/telemetry", '{"mph": "six"}').kind == "mapping"


def test_the_same_topic_read_by_two_profiles_is_the_adopted_ones(desk_for: "MakeDesk") -> None:
    other = (
        ACME.replace('"acme"', '"acme-kph"')
        .replace("discover = true", "")
        .replace('unit = "mph"', "scale = 1")
    )
    desk = desk_for(KnownDevice("mill", "acme-kph", "T9-001"), other)
    assert desk.values("acme/T9-001/telemetry", '{"mph": 6}') == {"speed_kmh": 6.0}


# Subscriptions.


def test_subscriptions_follow_the_profiles_in_use(desk_for: "MakeDesk") -> None:
    desk = desk_for(KnownDevice("first", "acme", "T9-001"), ACME)
    always = subscriptions(desk.profiles, [])
    assert always[:3] == ("gymbox/v1/+/ble/+/link", "gymbox/v1/+/ble/+/+/+", "gymbox/v1/+/ble/+/+/+/json")
    assert set(always[3:]) == {"homie/5/+/$state", "homie/5/+/$description", "acme/+/telemetry"}
    known = [KnownDevice("node", "esphome", "bike-3"), KnownDevice("mill", "homie-5", "t1")]
    more = [topic for topic in subscriptions(desk.profiles, known) if topic not in always]
    assert more[0] == "bike-3/status"  # before its values
    assert "bike-3/sensor/speed/state" in more
    assert more[-4:] == [f"{T1}/$state", f"{T1}/$description", f"{T1}/+/+", f"{T1}/+/+/$target"]
    assert subscriptions(desk.profiles, [KnownDevice("x", "acme", "T9-003")]) == always
    assert "acme/hall/T9/telemetry" in subscriptions(desk.profiles, [KnownDevice("x", "acme", "hall/T9")])
