"""Topics of BLE bridges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from devices.rejection import FrameRejected
from devices.topics import SUBSCRIPTIONS, BleTopic, normal_address, parse_ble_topic, quoted, status_topic

NAMES = st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True)
UUIDS = st.from_regex(r"[0-9a-f]{4}", fullmatch=True)
TOPICS = st.builds(
    BleTopic,
    bridge=NAMES,
    address=NAMES.map(normal_address),
    service=UUIDS,
    characteristic=UUIDS,
    form=st.sampled_from(["raw", "json"]),
)


@given(TOPICS)
def test_parse_of_build_is_the_same(topic: BleTopic) -> None:
    assert parse_ble_topic(str(topic)) == topic


@given(TOPICS)
def test_every_topic_is_subscribed(topic: BleTopic) -> None:
    assert sum(topic_matches_sub(subscription, str(topic)) for subscription in SUBSCRIPTIONS) == 1


@given(st.text(max_size=400))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(FrameRejected) as caught:
        parse_ble_topic(text)
    assert caught.value.kind == "topic"
    assert len(caught.value.reason) < 1500


def test_raw_and_json() -> None:
    raw = parse_ble_topic("gymbox/v1/hall/ble/c0:00:00:00:00:01/1826/2acd")
    assert raw == BleTopic("hall", "c0:00:00:00:00:01", "1826", "2acd", "raw")
    assert parse_ble_topic(f"{raw}/json").form == "json"


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "gymbox/v1/hall/ble/c0:00:00:00:00:01/1826",
        "gymbox/v1/hall/ble/c0:00:00:00:00:01/1826/2ACD",
        "gymbox/v1/hall/ble/c0:00:00:00:00:01/1826/2acd/",
        "gymbox/v1/hall/ble/c0:00:00:00:00:01/1826/2acd/xml",
        "gymbox/v1/hall/ble/c0:00:00:00:00:01/1826/2ad9/set",
        "gymbox/v2/hall/ble/c0:00:00:00:00:01/1826/2acd",
        "gymbox/v1/hall/ble//1826/2acd",
        "gymbox/v1/ha ll/ble/c0/1826/2acd",
        "gymbox/v1/hall/ble/c0/1826/2acd\n",
        "gymbox/v1/hall/ble/c0/00001826-0000-1000-8000-00805f9b34fb/2acd",
        "gymbox/v1/+/ble/c0/1826/2acd",
        "gymbox/v1/gymbox/status",
    ],
)
def test_refused(topic: str) -> None:
    with pytest.raises(FrameRejected, match="is not gymbox/v1"):
        parse_ble_topic(topic)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("C0:00:00:00:00:0A", "c0:00:00:00:00:0a"),
        ("C0-00-00-00-00-0A", "c0:00:00:00:00:0a"),
        ("c0000000000a", "c0:00:00:00:00:0a"),
        ("Treadmill-7", "treadmill-7"),
    ],
)
def test_one_device_has_one_address(text: str, normal: str) -> None:
    assert normal_address(text) == normal
    assert parse_ble_topic(f"gymbox/v1/hall/ble/{text}/1826/2acd").address == normal


def test_status_topic() -> None:
    assert status_topic("box-7") == "gymbox/v1/box-7/status"


def test_text_from_outside_is_short_and_on_one_line() -> None:
    assert "\n" not in quoted("a\nb")
    assert len(quoted("x" * 10_000)) < 130
