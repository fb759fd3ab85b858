"""What bridges relay beside the values: machine frames, link news, battery, firmware."""

import contextlib
from typing import TYPE_CHECKING

import pytest

from devices.codecs import bike, ranges
from devices.codecs.ranges import Range
from devices.registry import KnownDevice
from devices.rejection import FrameRejected

if TYPE_CHECKING:
    from tests.unit.devices.conftest import Desk, MakeDesk

MILL = "gymbox/v1/hall/ble/C0-00-00-00-00-01"
DATA = f"{MILL}/1826/2acd"
SPEED = bytes.fromhex("0000d204")


@pytest.mark.parametrize("characteristic", ["2acc", "2ad3", "2ad4", "2ad8", "2ad9", "2ada"])
def test_what_a_machine_says_of_itself_is_handed_on(desk: "Desk", characteristic: str) -> None:
    assert desk.hand(f"{MILL}/1826/{characteristic}", b"\x80\x00\x01", 7.0).readings == ()
    assert desk.hand(f"{MILL}/1826/{characteristic}/json", '{"hex": "ff"}', 8.0).readings == ()
    assert desk.machine_frames == [
        ("mill", characteristic, b"\x80\x00\x01", 7.0),
        ("mill", characteristic, b"\xff", 8.0),
    ]


def test_what_a_machine_answers_is_no_telemetry(desk: "Desk") -> None:
    desk.hand(DATA, SPEED, 0.0)
    desk.hand(f"{MILL}/1826/2ad9", b"\x80\x00\x01", 10.0)
    assert desk.registry.link("mill", 10.0) == "stale"


def test_facts_may_be_kept_by_the_broker_events_may_not(desk: "Desk") -> None:
    desk.hand(f"{MILL}/1826/2ad4", bytes.fromhex("5000d0070a00"), retain=True)
    for event in ("2ad3", "2ad9", "2ada"):
        assert desk.refusal(f"{MILL}/1826/{event}", b"\x04", retain=True).kind == "retained"
    assert [frame[1] for frame in desk.machine_frames] == ["2ad4"]


def test_a_stranger_commands_nobody(desk: "Desk") -> None:
    desk.hand(DATA.replace("00-01", "00-02"), SPEED)
    desk.hand(f"{MILL.replace('00-01', '00-02')}/1826/2ada", b"\x04")
    assert desk.machine_frames == []


def test_a_frame_that_the_listener_refuses_is_counted(desk: "Desk") -> None:
    def refuse(*_frame: object) -> None:
        raise FrameRejected("value", "no such operation")

    desk.intake._routes._on_machine_frame = refuse
    assert desk.refusal(f"{MILL}/1826/2ada", b"\x99").kind == "value"
    assert desk.intake.counts.rejected == {"value": 1}


def test_the_bridge_and_its_spelling_are_known(desk: "Desk") -> None:
    assert (desk.view("mill").bridge, desk.view("mill").bridge_address) == (None, None)
    desk.hand(DATA, SPEED)
    assert (desk.view("mill").bridge, desk.view("mill").bridge_address) == ("hall", "C0-00-00-00-00-01")


def test_the_width_that_a_machine_names_holds_for_its_frames(desk_for: "MakeDesk") -> None:
    desk = desk_for(KnownDevice("bike", "ble-bike", "c0:00:00:00:00:01"))
    desk.hand(f"{MILL}/1826/2ad6", ranges.encode("2ad6", Range(0.0, 10.0, 0.1)), retain=True)
    assert desk.view("bike").resistance_octets == 2
    frame = bike.encode({"speed_kmh": 20.0, "resistance_level": 5.0, "power_w": 150.0}, width=2)
    assert len(desk.hand(f"{MILL}/1826/2ad2", frame).readings) == 3
    assert desk.refusal(f"{MILL}/1826/2ad2", frame[:-1]).kind == "width"


def test_link_news_are_believed_at_once(desk: "Desk") -> None:
    desk.hand(DATA, SPEED, 0.0)
    desk.hand(DATA, bytes.fromhex("0500881300"), 0.1)
    desk.hand(f"{MILL}/link", "down", 0.2)
    assert desk.registry.link("mill", 0.2) == "lost"
    assert desk.registry.value("mill", "speed_kmh", 0.2) is None
    assert desk.registry.sweep(0.3) == ("mill",)
    assert [r.metric for r in desk.hand(DATA, SPEED, 0.4).readings] == ["speed_kmh"]  # no half record
    assert desk.registry.link("mill", 0.4) == "live"
    assert [frame[1:3] for frame in desk.machine_frames] == [("link", b"down")]


def test_the_old_bridge_of_a_machine_has_no_say(desk: "Desk") -> None:
    desk.hand(DATA, SPEED, 0.0)
    desk.hand(f"{MILL.replace('hall', 'cellar')}/link", "down", 0.1, retain=True)
    assert desk.registry.link("mill", 0.1) == "live"
    assert desk.machine_frames == []


def test_a_flood_of_telemetry_does_not_drown_the_safety_key(desk: "Desk") -> None:
    for _ in range(500):
        with contextlib.suppress(FrameRejected):
            desk.hand(DATA, SPEED, 1.0)
    desk.hand(f"{MILL}/1826/2ada", b"\x03", 1.0)
    desk.hand(f"{MILL}/link", "down", 1.0)
    assert [frame[1] for frame in desk.machine_frames] == ["2ada", "link"]


def test_a_flood_of_urgent_frames_is_a_flood_too(desk: "Desk") -> None:
    for _ in range(500):
        with contextlib.suppress(FrameRejected):
            desk.hand(f"{MILL}/1826/2ada", b"\x03", 1.0)
    assert len(desk.machine_frames) == 100
    assert len(desk.hand(DATA, SPEED, 1.0).readings) == 1


def test_a_link_that_is_up_is_no_value_yet(desk: "Desk") -> None:
    desk.hand(f"{MILL}/link", "up", retain=True)
    assert desk.registry.link("mill", 0.0) == "never"
    assert desk.refusal(f"{MILL}/link", "perhaps").kind == "value"


def test_battery_and_firmware_belong_to_the_device_at_the_address(desk: "Desk") -> None:
    assert desk.refusal(f"{MILL.replace('00-01', '00-09')}/180f/2a19", b"\x32").kind == "unsupported"
    desk.hand(f"{MILL}/180f/2a19", b"\x32", 0.0)
    desk.hand(f"{MILL}/180a/2a26", b"v2.1 \0", 0.0, retain=True)
    view = desk.view("mill", 3600.0)
    assert (view.battery_percent, view.firmware) == (50.0, "v2.1")
    assert desk.refusal(f"{MILL}/180a/2a26", b"\xff\xff").kind == "encoding"
