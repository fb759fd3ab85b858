"""What Homie devices say of themselves."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.dialects.homie import parse_description, parse_state
from devices.rejection import FrameRejected


def described(properties: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"homie": "5.0", "nodes": {"belt": {"properties": properties}}, **more}).encode()


def metrics(payload: bytes, **extra: Any) -> dict[str, str]:
    return {key: each.metric for key, each in parse_description(payload, extra).properties.items()}


def test_names_and_units_of_the_field_are_understood() -> None:
    description = parse_description(
        described(
            {
                "speed": {"datatype": "float", "unit": "mph", "settable": True, "format": "0:12:0.1"},
                "incline-percent": {"datatype": "float"},
                "heart-rate": {"datatype": "integer", "unit": ""},
                "door": {"datatype": "boolean"},
            },
            root="hall",
        ),
        {},
    )
    assert description.root == "hall"
    assert {key: each.metric for key, each in description.properties.items()} == {
        "belt/speed": "speed_kmh",
        "belt/incline-percent": "incline_percent",
        "belt/heart-rate": "heart_rate_bpm",
    }
    (speed,) = description.properties["belt/speed"].read(b"6.0")
    assert speed.value == pytest.approx(9.656, abs=1e-3)


@pytest.mark.parametrize(
    "attributes",
    [
        {"datatype": "float", "unit": "rpm"},  # a fan's
        {"datatype": "string"},
        {"datatype": "enum", "format": "low,high"},
        {},
    ],
)
def test_what_only_has_the_name_of_a_metric_is_something_else(attributes: dict[str, Any]) -> None:
    assert metrics(described({"speed": attributes})) == {}


def test_a_profile_adds_names() -> None:
    payload = described({"v": {"datatype": "float"}, "w": {"datatype": "float"}})
    assert metrics(payload, **{"belt/v": "speed_kmh", "w": "power_w"}) == {
        "belt/v": "speed_kmh",
        "belt/w": "power_w",
    }


def test_of_two_properties_for_one_metric_the_first_counts() -> None:
    payload = described({"speed": {"datatype": "float"}, "belt-speed": {"datatype": "float"}})
    assert metrics(payload) == {"belt/speed": "speed_kmh"}


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b'{"nodes": 3}', b'{"nodes": {"a": 1}}', described({"speed": 1})]
)
def test_no_description(payload: bytes) -> None:
    with pytest.raises(FrameRejected) as caught:
        parse_description(payload, {})
    assert caught.value.kind in {"json", "mapping"}


@given(st.binary(max_size=60) | st.text().map(lambda text: json.dumps({"nodes": {text: {text: 1}}}).encode()))
def test_nothing_but_a_refusal_ever_comes_out(payload: bytes) -> None:
    for parse in (parse_state, lambda octets: parse_description(octets, {})):
        with contextlib.suppress(FrameRejected):
            parse(payload)


def test_states() -> None:
    assert parse_state(b"ready") == "ready"
    with pytest.raises(FrameRejected, match="no state 'Ready'"):
        parse_state(b"Ready")
