"""From messages to readings, and what is refused on the way."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import heart_rate
from devices.codecs.heart_rate import HeartRate
from devices.intake import LOG_EVERY_S, MAX_PAYLOAD_OCTETS, MAX_STREAMS, Intake, Intaken
from devices.profile import load_profiles
from devices.registry import DeviceRegistry, KnownDevice
from devices.rejection import REJECTIONS, FrameRejected

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
MILL = "gymbox/v1/hall/ble/c0:00:00:00:00:01/1826/2acd"
BAND = "gymbox/v1/hall/ble/c0:00:00:00:01:01/180d/2a37"
SPEED = bytes.fromhex("0000d204")


class Desk:
    """An intake with its registry and a short way to hand it messages."""

    def __init__(self) -> None:
        profiles = load_profiles()
        self.registry = DeviceRegistry(
            [KnownDevice("mill", "ble-treadmill", "c0:00:00:00:00:01")], profiles=profiles
        )
        self.intake = Intake(self.registry, profiles)

    def hand(self, topic: str, payload: bytes, now_s: float = 0.0, *, retain: bool = False) -> Intaken:
        return self.intake.handle(topic, payload, retain=retain, received_at=NOW, now_s=now_s)

    def refusal(
        self, topic: str, payload: bytes, now_s: float = 0.0, *, retain: bool = False
    ) -> FrameRejected:
        with pytest.raises(FrameRejected) as caught:
            self.hand(topic, payload, now_s, retain=retain)
        return caught.value


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_raw_frame_becomes_a_reading_of_the_adopted_device(desk: Desk) -> None:
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


def test_a_json_frame_brings_time_and_signal_strength(desk: Desk) -> None:
    stamp = NOW - timedelta(seconds=1)
    document = {"ts_ms": int(stamp.timestamp() * 1000), "seq": 1, "hex": SPEED.hex(), "rssi": -71}
    (reading,) = desk.hand(f"{MILL}/json", json.dumps(document).encode()).readings
    assert (reading.measured_at, reading.received_at) == (stamp, NOW)
    view = desk.registry.get("mill", 0.0)
    assert view is not None
    assert view.rssi_dbm == -71


def test_a_device_that_nobody_adopted_is_named_by_its_address(desk: Desk) -> None:
    assert desk.hand(BAND, bytes.fromhex("0048")).device_id == "c0:00:00:00:01:01"


def test_every_interval_between_beats_is_a_reading(desk: Desk) -> None:
    readings = desk.hand(BAND, heart_rate.encode(HeartRate(72, rr_1024=(850, 853)))).readings
    assert [r.value for r in readings if r.metric == "rr_interval_ms"] == [830.078125, 833.0078125]


@pytest.mark.parametrize("rate", [0, 255])
def test_a_rate_that_no_heart_has_is_counted_and_left_out(desk: Desk, rate: int) -> None:
    taken = desk.hand(BAND, bytes([0b100, rate]))
    assert [r.metric for r in taken.readings] == ["contact"]
    assert desk.intake.counts.implausible == {"heart_rate_bpm": 1}
    assert desk.registry.link(taken.device_id, 0.0) == "live"


def test_parts_of_a_record_come_together(desk: Desk) -> None:
    assert desk.hand(MILL, bytes.fromhex("0500881300"), 0.0).readings == ()
    assert desk.registry.link("mill", 0.0) == "live"
    assert [r.metric for r in desk.hand(MILL, SPEED, 0.1).readings] == ["distance_m", "speed_kmh"]


def test_parts_of_different_devices_are_kept_apart(desk: Desk) -> None:
    desk.hand(MILL, bytes.fromhex("0500881300"))
    other = desk.hand(MILL.replace("00:01/", "00:02/"), SPEED)
    assert [r.metric for r in other.readings] == ["speed_kmh"]


def test_the_same_numbered_frame_counts_once(desk: Desk) -> None:
    document = json.dumps({"ts_ms": 5, "seq": 9, "hex": "164800040002"}).encode()
    desk.hand(f"{BAND}/json", document)
    assert desk.refusal(f"{BAND}/json", document).kind == "duplicate"


def test_frames_that_are_not_numbered_may_say_the_same_again(desk: Desk) -> None:
    document = json.dumps({"seq": 0, "hex": "0048"}).encode()
    for _ in range(3):
        desk.hand(f"{BAND}/json", document)
    assert desk.intake.counts.accepted == 3


@pytest.mark.parametrize(
    ("topic", "payload", "kind"),
    [
        ("gymbox/v1/hall/ble/x", SPEED, "topic"),
        ("", b"", "topic"),
        (MILL.replace("2acd", "2ada"), b"\x02", "unsupported"),
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
def test_refused_and_counted(desk: Desk, topic: str, payload: bytes, kind: str) -> None:
    assert desk.refusal(topic, payload).kind == kind
    counts = desk.intake.counts
    assert (counts.accepted, counts.rejected) == (0, {kind: 1})
    assert desk.registry.link("mill", 0.0) == "never"


def test_retained_telemetry_says_nothing_about_now(desk: Desk) -> None:
    assert desk.refusal(MILL, SPEED, retain=True).kind == "retained"
    assert desk.registry.value("mill", "speed_kmh", 0.0) is None


@given(
    topic=st.sampled_from([MILL, BAND, f"{MILL}/json", f"{BAND}/json", "x"]), payload=st.binary(max_size=80)
)
def test_nothing_but_a_refusal_ever_comes_out(topic: str, payload: bytes) -> None:
    desk = Desk()
    try:
        desk.hand(topic, payload)
    except FrameRejected as rejection:
        kind = rejection.kind
    else:
        return
    assert kind in REJECTIONS


def test_a_storm_is_logged_now_and_then(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    for n in range(500):
        desk.refusal(MILL, b"", n / 1000)
    desk.refusal("rubbish\n" * 1000, b"", 1.0)
    desk.refusal(MILL, b"", LOG_EVERY_S + 1)
    messages = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(messages) == 3
    assert "the frame has 0" in messages[0]
    assert "\n" not in messages[1]
    assert len(messages[1]) < 600
    assert messages[2].endswith("(499 more of this kind since the last report)")
    assert desk.intake.counts.rejected == {"truncated": 501, "topic": 1}


def test_what_nobody_has_to_act_on_is_no_warning(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="devices.intake")
    desk.refusal(MILL.replace("2acd", "2ada"), b"\x02")
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert "no profile for 1826/2ada" in record.getMessage()


def test_what_is_remembered_per_device_is_bounded(desk: Desk) -> None:
    for n in range(MAX_STREAMS + 50):
        desk.hand(f"gymbox/v1/hall/ble/dev-{n}/1826/2acd", SPEED)
    assert len(desk.intake._streams) == MAX_STREAMS
