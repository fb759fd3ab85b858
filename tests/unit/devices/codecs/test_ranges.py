"""Supported ranges of speed, inclination, resistance, heart rate and power."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import ranges
from devices.codecs.fields import Variable
from devices.codecs.ranges import TABLES, Range
from devices.rejection import FrameRejected


@st.composite
def found(draw: st.DrawFn) -> tuple[str, Range, int]:
    characteristic = draw(st.sampled_from(sorted(TABLES)))
    width = draw(st.sampled_from([1, 2]))
    numbers = [n.of_width(width) if isinstance(n, Variable) else n for n in TABLES[characteristic].numbers]
    values = []
    for number in numbers:
        bits = 8 * number.octets - number.signed
        raw = draw(st.integers(-(1 << bits) if number.signed else 0, (1 << bits) - 1))
        values.append(raw * number.resolution.numerator / number.resolution.denominator)
    low, high = sorted(values[:2])
    return characteristic, Range(low, high, values[2]), width


@given(found())
def test_decode_of_encode_is_the_same(case: tuple[str, Range, int]) -> None:
    characteristic, values, width = case
    payload = ranges.encode(characteristic, values, resistance_octets=width)
    assert ranges.decode(characteristic, payload) == values


@pytest.mark.parametrize(
    ("characteristic", "payload", "values"),
    [
        ("2ad4", "5000 d007 0a00", Range(0.8, 20.0, 0.1)),
        ("2ad5", "e2ff 9600 0500", Range(-3.0, 15.0, 0.5)),
        ("2ad6", "0000 6400 0100", Range(0.0, 10.0, 0.1)),  # JetBlack Volt
        ("2ad6", "01 0a 01", Range(10.0, 100.0, 10.0)),
        ("2ad7", "3c c8 01", Range(60.0, 200.0, 1.0)),
        ("2ad8", "9cff e803 0500", Range(-100.0, 1000.0, 5.0)),
        ("2ad4", "0000 d007 0000", Range(0.0, 20.0, 0.0)),
    ],
)
def test_vectors(characteristic: str, payload: str, values: Range) -> None:
    octets = bytes.fromhex(payload)
    assert ranges.decode(characteristic, octets) == values
    width = ranges.resistance_octets(octets) if characteristic == "2ad6" else 2
    assert ranges.encode(characteristic, values, resistance_octets=width) == octets


@pytest.mark.parametrize(("payload", "octets"), [("000064000100", 2), ("010a01", 1)])
def test_the_length_tells_how_wide_a_resistance_is(payload: str, octets: int) -> None:
    assert ranges.resistance_octets(bytes.fromhex(payload)) == octets


@pytest.mark.parametrize(
    ("characteristic", "payload", "kind", "words"),
    [
        ("2ad4", "", "truncated", "minimum_speed_kmh needs octets 0 to 1"),
        ("2ad4", "5000d0070a", "truncated", "increment_speed_kmh needs octets 4 to 5"),
        ("2ad4", "5000d0070a0000", "trailing", "1 octets follow"),
        ("2ad4", "d00750000a00", "value", "the lowest, 20, is above the highest, 0.8"),
        ("2ad6", "00006400", "width", "4 octets are left for 3 fields"),
        ("2ad6", "", "width", "0 octets"),
        ("2ad9", "00", "unsupported", "is no range"),
    ],
)
def test_what_does_not_add_up_is_refused(characteristic: str, payload: str, kind: str, words: str) -> None:
    with pytest.raises(FrameRejected) as caught:
        ranges.decode(characteristic, bytes.fromhex(payload))
    assert caught.value.kind == kind
    assert words in caught.value.reason


def test_what_does_not_fit_is_not_written() -> None:
    with pytest.raises(ValueError, match="maximum_speed_kmh: 700 does not fit"):
        ranges.encode("2ad4", Range(0, 700, 1))
