"""Topics with a place for an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from devices.dialects.topic_pattern import PatternInvalid, TopicPattern

LEVELS = st.from_regex(r"[a-z0-9_-]{1,8}", fullmatch=True)


@pytest.mark.parametrize(
    ("pattern", "topic", "address"),
    [
        ("acme/{address}/telemetry", "acme/mill-7/telemetry", "mill-7"),
        ("acme/{address}/telemetry", "acme/hall/mill-7/telemetry", "hall/mill-7"),
        ("{address}/sensor/speed/state", "mill-7/sensor/speed/state", "mill-7"),
        ("home/+/BTtoMQTT/{address}", "home/omg-1/BTtoMQTT/C00000000001", "C00000000001"),
        ("ha/sensor/{address}_speed/state", "ha/sensor/rower_2_speed/state", "rower_2"),
        ("acme/{address}/telemetry", "acme/mill-7/telemetry/more", None),
        ("acme/{address}/telemetry", "acme//telemetry", None),
        ("home/+/BTtoMQTT/{address}", "home/a/b/BTtoMQTT/c", None),
        ("a.c/{address}", "abc/x", None),
    ],
)
def test_match(pattern: str, topic: str, address: str | None) -> None:
    assert TopicPattern(pattern).match(topic) == address


@given(LEVELS, LEVELS, LEVELS)
def test_what_is_subscribed_for_an_address_is_what_matches(before: str, address: str, after: str) -> None:
    pattern = TopicPattern(f"{before}/{{address}}/+/{after}")
    topic = f"{before}/{address}/x/{after}"
    assert pattern.match(topic) == address
    for wanted in (address, None):
        assert topic_matches_sub(pattern.filter(wanted), topic)


def test_a_hardware_address_may_be_written_in_any_way() -> None:
    assert TopicPattern("home/+/BTtoMQTT/{address}").filter("c0:00:00:00:00:01") == "home/+/BTtoMQTT/+"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("acme/telemetry", "must hold {address} once"),
        ("{address}/{address}", "must hold {address} once"),
        ("acme/{address}/#", "# cannot be used"),
        ("acme/x+/{address}", "stands alone"),
        ("acme/{address}/{metric}", "the only name in braces"),
        ("$SYS/{address}", "belongs to the broker"),
        ("gymbox/v1/hall/ble/{address}/1826/2acd", "belongs to the broker or to bridges"),
        ("acme/{address}/" + "x" * 300, "at most 256"),
    ],
)
def test_no_pattern(pattern: str, words: str) -> None:
    with pytest.raises(PatternInvalid) as caught:
        TopicPattern(pattern)
    assert words in str(caught.value)


def test_who_shares_a_level_cannot_be_discovered() -> None:
    assert TopicPattern("acme/{address}/x").can_discover
    assert not TopicPattern("acme/{address}_speed/x").can_discover
