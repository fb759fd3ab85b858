"""From messages to readings, and what is refused on the way."""

import contextlib
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import heart_rate
from devices.codecs.heart_rate import HeartRate
from devices.device import BURST_S, CALM_AFTER_S
from devices.dialects.ble import MAX_PAYLOAD_OCTETS
from devices.intake import LOG_EVERY_S, Intake
from devices.profile import load_profiles
from devices.registry import DeviceRegistry, KnownDevice
from devices.rejection import REJECTIONS, FrameRejected
from devices.routes import MAX_ROUTES

if TYPE_CHECKING:
    from .conftest import Desk, MakeDesk

PROFILE = """
name = "slow-mill"
title = "A slow mill"
kind = "treadmill"
[ble]
service = "1826"
characteristic = "2acd"
"""
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
MILL = "gymbox/v1/hall/ble/c0:00:00:00:00:01/1826/2acd"
BAND = "gymbox/v1/hall/ble/c0:00:00:00:01:01/180d/2a37"
SPEED = bytes.fromhex("0000d204")


def test_a_raw_frame_becomes_a_reading_of_the_adopted_device(desk: "Desk") -> None:
    taken = desk.hand(MILL, SPEED)
    assert taken.device_id == "mill"
    (reading,) = taken.readings
    assert (reading.device_id, reading.metric, reading.value, reading.unit) == (
        "mill",
        "speed_kmh",
        12.34,
        "km/h",
    )
    assert reading.measured_at == reading.received_at == NOW
    assert desk.registry.value("mill", "speed_kmh", 1.0) == 12.34
    assert desk.intake.counts.accepted == 1


def test_a_json_frame_brings_time_and_signal_strength(desk: "Desk") -> None:
    stamp = NOW - timedelta(seconds=1)
    document = {"ts_ms": int(stamp.timestamp() * 1000), "seq": 1, "hex": SPEED.hex(), "rssi": -71}
    (reading,) = desk.hand(f"{MILL}/json", json.dumps(document).encode()).readings
    assert (reading.measured_at, reading.received_at) == (stamp, NOW)
    view = desk.registry.get("mill", 0.0)
    assert view is not None
    assert view.rssi_dbm == -71


def test_a_device_that_nobody_adopted_is_named_by_its_address(desk: "Desk") -> None:
    assert desk.hand(BAND, bytes.fromhex("0048")).device_id == "c0:00:00:00:01:01"


def test_every_interval_between_beats_is_a_reading(desk: "Desk") -> None:
    readings = desk.hand(BAND, heart_rate.encode(HeartRate(72, rr_1024=(850, 853)))).readings
    assert [r.value for r in readings if r.metric == "rr_interval_ms"] == [830.078125, 833.0078125]


@pytest.mark.parametrize("rate", [0, 255])
def test_a_rate_that_no_heart_has_is_counted_and_left_out(desk: "Desk", rate: int) -> None:
    taken = desk.hand(BAND, bytes([0b100, rate]))
    assert [r.metric for r in taken.readings] == ["contact"]
    assert desk.intake.counts.implausible == {"heart_rate_bpm": 1}
    assert desk.registry.link(taken.device_id, 0.0) == "live"


def test_parts_of_a_record_come_together(desk: "Desk") -> None:
    assert desk.hand(MILL, bytes.fromhex("0500881300"), 0.0).readings == ()
    assert desk.registry.link("mill", 0.0) == "live"
    assert [r.metric for r in desk.hand(MILL, SPEED, 0.1).readings] == ["distance_m", "speed_kmh"]


def test_parts_of_different_devices_are_kept_apart(desk: "Desk") -> None:
    desk.hand(MILL, bytes.fromhex("0500881300"))
    other = desk.hand(MILL.replace("00:01/", "00:02/"), SPEED)
    assert [r.metric for r in other.readings] == ["speed_kmh"]


def test_the_same_numbered_frame_counts_once(desk: "Desk") -> None:
    document = json.dumps({"ts_ms": 5, "seq": 9, "hex": "164800040002"}).encode()
    desk.hand(f"{BAND}/json", document)
    assert desk.refusal(f"{BAND}/json", document).kind == "duplicate"


def test_a_frame_that_was_overtaken_is_left_out(desk: "Desk") -> None:
    def say(seq: int, ts_ms: int) -> bytes:
        return json.dumps({"seq": seq, "ts_ms": ts_ms, "hex": SPEED.hex()}).encode()

    for seq, ts_ms in ((10, 10_000), (12, 12_000)):
        desk.hand(f"{MILL}/json", say(seq, ts_ms))
    assert desk.refusal(f"{MILL}/json", say(11, 11_000)).kind == "late"
    desk.hand(f"{MILL}/json", say(13, 5_000))  # its clock was set
    desk.hand(f"{MILL}/json", say(11, 90_000))  # it counts anew
    desk.hand(f"{MILL}/json", say(0, 0))  # it began anew
    assert desk.intake.counts.accepted == 5


def test_frames_that_are_not_numbered_may_say_the_same_again(desk: "Desk") -> None:
    document = json.dumps({"seq": 0, "hex": "0048"}).encode()
    for _ in range(3):
        desk.hand(f"{BAND}/json", document)
    assert desk.intake.counts.accepted == 3


@pytest.mark.parametrize(
    ("topic", "payload", "kind"),
    [
        ("gymbox/v1/hall/ble/x", SPEED, "topic"),
        ("", b"", "topic"),
        ("acme/mill/telemetry", b"{}", "topic"),
        (MILL.replace("2acd", "2a63"), b"\x02", "unsupported"),
        (MILL.replace("c0:00", "c0:01").replace("2acd", "2ada"), b"\x02", "unsupported"),
        (MILL.replace("1826", "180d"), SPEED, "unsupported"),
        (MILL, bytes(1_000_000), "too_large"),
        (MILL, bytes(MAX_PAYLOAD_OCTETS), "too_large"),
        (f"{MILL}/json", bytes(1_000_000), "too_large"),
        (f"{MILL}/json", b"\xff", "encoding"),
        (f"{MILL}/json", b"{}", "json"),
        (MILL, b"", "truncated"),
        (MILL, b"\0\0\0\0\0", "trailing"),
        (MILL, b"\0\xe0\0\0", "flags"),
        (MILL, bytes.fromhex("2000d204"), "width"),
    ],
)
def test_refused_and_counted(desk: "Desk", topic: str, payload: bytes, kind: str) -> None:
    assert desk.refusal(topic, payload).kind == kind
    counts = desk.intake.counts
    assert (counts.accepted, counts.rejected) == (0, {kind: 1})
    assert desk.registry.link("mill", 0.0) == "never"


def test_retained_telemetry_says_nothing_about_now(desk: "Desk") -> None:
    assert desk.refusal(MILL, SPEED, retain=True).kind == "retained"
    assert desk.registry.value("mill", "speed_kmh", 0.0) is None


@given(
    topic=st.sampled_from(
        [MILL, BAND, f"{MILL}/json", f"{BAND}/json", "x", "homie/5/t1/$description", "homie/5/t1/$state"]
    ),
    payload=st.binary(max_size=80),
)
def test_nothing_but_a_refusal_ever_comes_out(topic: str, payload: bytes) -> None:
    profiles = load_profiles()
    intake = Intake(DeviceRegistry(profiles=profiles), profiles)
    try:
        intake.handle(topic, payload, retain=False, received_at=NOW, now_s=0.0)
    except FrameRejected as rejection:
        kind = rejection.kind
    else:
        return
    assert kind in REJECTIONS


def test_a_storm_is_logged_now_and_then(desk: "Desk", caplog: pytest.LogCaptureFixture) -> None:
    for n in range(500):
        desk.refusal(MILL, b"", n / 10)
    desk.refusal("rubbish\n" * 30, b"", 51.0)
    desk.refusal(MILL, b"", LOG_EVERY_S + 1)
    messages = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(messages) == 3
    assert "the frame has 0" in messages[0]
    assert "\n" not in messages[1]
    assert len(messages[1]) < 600
    assert messages[2].endswith("(499 more of this kind since the last report)")
    assert desk.intake.counts.rejected == {"truncated": 501, "topic": 1}


def test_what_nobody_has_to_act_on_is_no_warning(desk: "Desk", caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="devices.intake")
    desk.refusal(MILL.replace("2acd", "2a63"), b"\x02")
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert "no profile for 1826/2a63" in record.getMessage()


def test_what_is_remembered_is_bounded(desk: "Desk") -> None:
    for n in range(MAX_ROUTES + 50):
        desk.hand(f"gymbox/v1/hall/ble/dev-{n}/1826/2acd", SPEED, n / 100)
    assert len(desk.intake._routes._routes) == MAX_ROUTES


def test_every_number_is_as_the_profile_has_it(desk_for: "MakeDesk") -> None:
    profile = PROFILE + "[ranges]\nspeed_kmh = [0, 10]\n"
    desk = desk_for(KnownDevice("slow", "slow-mill", "c0:00:00:00:00:01"), profile)
    assert desk.hand(MILL, SPEED).readings == ()
    assert desk.intake.counts.implausible == {"speed_kmh": 1}


# A flood, and who suffers from it.


def test_a_flood_is_dropped_counted_and_told_once(desk: "Desk", caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="devices")
    burst = int(20 * BURST_S)
    for n in range(1000):
        if n < burst:
            desk.hand(MILL, SPEED)
        else:
            assert desk.refusal(MILL, SPEED).kind == "flooded"
    assert desk.intake.counts.rejected == {"flooded": 1000 - burst}
    assert desk.view("mill").dropped == 1000 - burst
    desk.registry.sweep(CALM_AFTER_S)
    desk.hand(MILL, SPEED, CALM_AFTER_S + 0.1)
    desk.registry.sweep(CALM_AFTER_S + 0.2)
    assert [record.getMessage() for record in caplog.records] == [
        "device mill sends more than 20 messages a second; the rest is dropped",
        f"device mill is calm again; {1000 - burst} messages were dropped",
    ]


def test_a_flood_on_many_topics_is_one_devices_flood(desk: "Desk") -> None:
    topics = [
        MILL,
        f"{MILL}/json",
        MILL.replace("/hall/", "/cellar/"),
        MILL.replace("1826/2acd", "180f/2a19"),
    ]
    passed = 0
    for n in range(2000):
        try:
            desk.hand(topics[n % len(topics)], b"\x32")
        except FrameRejected as rejection:
            passed += rejection.kind != "flooded"
        else:
            passed += 1
    assert passed == int(20 * BURST_S)


def test_a_flood_takes_nothing_from_the_others(desk: "Desk") -> None:
    """A thousand messages a second for ten seconds beside one band that sends four a second."""
    heard = 0
    for tick in range(40):
        for _ in range(250):
            with contextlib.suppress(FrameRejected):
                desk.hand(MILL, SPEED, tick / 4)
        heard += len(desk.hand(BAND, bytes.fromhex("0048"), tick / 4).readings)
    assert heard == 40
    assert desk.registry.value("c0:00:00:00:01:01", "heart_rate_bpm", 10.0) == 72.0


def test_a_profile_may_allow_more(desk_for: "MakeDesk") -> None:
    profile = PROFILE.replace("[ble]", "max_messages_per_s = 1000\n[ble]")
    desk = desk_for(KnownDevice("fast", "slow-mill", "c0:00:00:00:00:01"), profile)
    for n in range(2000):
        desk.hand(MILL, SPEED, n / 1000)
    assert desk.view("fast").dropped == 0


# What is known of the link.


def test_the_quality_of_a_link_falls_with_what_is_missed_or_bad(desk: "Desk") -> None:
    for seq in range(50):
        desk.hand(f"{MILL}/json", json.dumps({"seq": seq, "hex": SPEED.hex()}), seq / 4)
    assert desk.view("mill").quality == 1.0
    desk.hand(f"{MILL}/json", json.dumps({"seq": 60, "hex": SPEED.hex()}), 13.0)
    missed = desk.view("mill").quality
    assert missed is not None
    assert 0.7 < missed < 0.8
    desk.refusal(MILL, b"", 14.0)
    bad = desk.view("mill").quality
    assert bad is not None
    assert bad < missed


def test_a_bridge_that_began_to_count_anew_missed_nothing(desk: "Desk") -> None:
    for seq in (70_000, 0, 1, 65_535):
        desk.hand(f"{MILL}/json", json.dumps({"seq": seq, "hex": SPEED.hex()}))
    assert desk.view("mill").quality == 1.0


def test_a_lost_link_to_the_broker_drops_half_records_and_promises(desk: "Desk") -> None:
    desk.hand(MILL, bytes.fromhex("0500881300"), 0.0)
    desk.intake.link_lost()
    assert [r.metric for r in desk.hand(MILL, SPEED, 0.1).readings] == ["speed_kmh"]
