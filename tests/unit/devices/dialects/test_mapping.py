"""Payloads of any brand, read by a profile's rule."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.dialects.heard import Heard
from devices.dialects.mapping import MessageReader
from devices.profile import MessageRule
from devices.rejection import FrameRejected


def reader(**rule: Any) -> MessageReader:
    return MessageReader(MessageRule.model_validate({"topic": "acme/{address}", **rule}))


def read(document: object, **rule: Any) -> Heard:
    return reader(**rule).read(json.dumps(document).encode())


def test_paths_scales_and_units() -> None:
    heard = read(
        {
            "belt": {"mph": 6.0, "grade10": 15},
            "hr": "142",
            "meta": {"rssi": -61.4, "fw": "2.1", "ts": 1700000000000},
        },
        readings={
            "speed_kmh": {"path": "belt.mph", "unit": "mph"},
            "incline_percent": {"path": "belt.grade10", "scale": 0.1},
            "heart_rate_bpm": "hr",
            "power_w": "watts",
        },
        rssi_dbm="meta.rssi",
        firmware="meta.fw",
        measured_at_ms="meta.ts",
    )
    assert [(m.metric, round(m.value, 3)) for m in heard.measurements] == [
        ("speed_kmh", 9.656),
        ("incline_percent", 1.5),
        ("heart_rate_bpm", 142.0),
    ]
    assert (heard.rssi_dbm, heard.firmware, heard.ts_ms, heard.alive) == (-61, "2.1", 1700000000000, True)


def test_a_list_gives_several_values() -> None:
    heard = read({"rr": [0.8, None, 0.9]}, readings={"rr_interval_ms": {"path": "rr", "unit": "s"}})
    assert [m.value for m in heard.measurements] == [800.0, 900.0]


@pytest.mark.parametrize(
    ("payload", "value"), [(b"8.50", 8.5), (b" 8 \n", 8.0), (b'"8.5"', 8.5), (b"ON", 1.0), (b"false", 0.0)]
)
def test_a_bare_value_is_a_document(payload: bytes, value: float) -> None:
    (found,) = reader(readings={"speed_kmh": "@"}).read(payload).measurements
    assert found.value == value


@pytest.mark.parametrize("payload", [b"", b"unavailable", b"unknown", b"NaN", b"None", b"null"])
def test_no_value_is_no_fault_and_no_sign_of_life(payload: bytes) -> None:
    heard = reader(readings={"speed_kmh": "@"}).read(payload)
    assert (heard.measurements, heard.alive) == ((), False)


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (b"\xff\xfe", "encoding"),
        (b"{", "json"),
        (b"[" * 100_000, "json"),
        (b'{"v": "fast"}', "mapping"),
        (b'{"v": {}}', "mapping"),
        (b'{"v": 1e999}', "mapping"),
        (b'{"v": Infinity}', "mapping"),
        (b'{"v": ' + b"9" * 400 + b"}", "mapping"),
        (b'{"v": 1e308}', "mapping"),
    ],
)
def test_what_does_not_add_up_is_refused(payload: bytes, kind: str) -> None:
    with pytest.raises(FrameRejected) as caught:
        reader(readings={"speed_kmh": {"path": "v", "unit": "m/s"}}).read(payload)
    assert caught.value.kind == kind
    assert len(caught.value.reason) < 200


def test_an_expression_that_fails_on_this_payload_is_refused() -> None:
    with pytest.raises(FrameRejected, match="speed_kmh cannot be worked out"):
        read({"v": {}}, readings={"speed_kmh": "sum(v)"})


@pytest.mark.parametrize("rssi", [-300, 127, None])
def test_a_signal_strength_that_no_radio_has_is_left_out(rssi: int | None) -> None:
    assert read({"rssi": rssi}, rssi_dbm="rssi").rssi_dbm is None


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("vw"), inner, max_size=3),
    max_leaves=12,
)


@given(DOCUMENTS)
def test_nothing_but_a_refusal_ever_comes_out(document: object) -> None:
    rule = reader(
        readings={"speed_kmh": "v", "power_w": "max(w)", "rr_interval_ms": "v[].w"},
        rssi_dbm="w",
        firmware="v",
        measured_at_ms="w",
    )
    try:
        heard = rule.read(json.dumps(document).encode())
    except FrameRejected:
        return
    values: list[object] = [each.value for each in heard.measurements]
    assert all(isinstance(value, float) and abs(value) < float("inf") for value in values)
