"""Structures that always have the same numbers."""

from fractions import Fraction

import pytest

from devices.codecs.fields import Number, Structure, Variable
from devices.rejection import FrameRejected

PAIR = Structure(
    "Pair", (Number("low", 2, Fraction(1, 100)), Number("high", 2, Fraction(1, 10), signed=True))
)
LEVEL = Structure("Level", (Variable(Number("level", 1, Fraction(10)), Number("level", 2, signed=True)),))
CHOICE = Structure("Choice", (Number("choice", 1),), frozenset({1.0, 2.0}))


def test_numbers_in_order_with_sign_and_resolution() -> None:
    assert PAIR.decode(bytes.fromhex("d204f6ff")) == {"low": 12.34, "high": -1.0}
    assert PAIR.encode({"low": 12.34, "high": -1.0}) == bytes.fromhex("d204f6ff")
    assert PAIR.names == ("low", "high")


def test_a_structure_may_begin_after_an_op_code() -> None:
    assert PAIR.decode(bytes.fromhex("07d204f6ff"), start=1) == {"low": 12.34, "high": -1.0}


def test_length_decides_the_edition() -> None:
    assert LEVEL.decode(b"\x05") == {"level": 50.0}
    assert LEVEL.decode(b"\x05\x00") == {"level": 5.0}
    assert LEVEL.encode({"level": 50}, width=1) == b"\x05"
    assert LEVEL.encode({"level": 50}) == b"\x32\x00"


@pytest.mark.parametrize(
    ("structure", "payload", "kind", "words"),
    [
        (PAIR, "", "truncated", "low needs octets 0 to 1, the frame ends after 0"),
        (PAIR, "d204f6", "truncated", "high needs octets 2 to 3, the frame ends after 3"),
        (PAIR, "d204f6ff00", "trailing", "1 octets follow the last field, which ends at 4"),
        (LEVEL, "", "width", "0 octets are left for 1 fields"),
        (LEVEL, "000000", "width", "3 octets are left for 1 fields"),
        (CHOICE, "00", "value", "Choice: 0 means nothing in the standard"),
        (CHOICE, "03", "value", "Choice: 3 means nothing in the standard"),
    ],
)
def test_what_does_not_add_up_is_refused(structure: Structure, payload: str, kind: str, words: str) -> None:
    with pytest.raises(FrameRejected) as caught:
        structure.decode(bytes.fromhex(payload))
    assert caught.value.kind == kind
    assert words in caught.value.reason


@pytest.mark.parametrize(
    ("structure", "values", "words"),
    [
        (PAIR, {"low": 1, "hihg": 2}, "Pair has no field hihg"),
        (PAIR, {"low": 1}, "high: the standard has no way to say"),
        (PAIR, {"low": 655.36, "high": 0}, "low: 655.36 does not fit"),
        (LEVEL, {"level": -32769}, "does not fit"),
        (CHOICE, {"choice": 3}, "Choice: one of"),
    ],
)
def test_encode_refuses_what_cannot_be_said(
    structure: Structure, values: dict[str, float], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        structure.encode(values)


def test_a_value_is_rounded_to_the_resolution() -> None:
    assert Number("speed_kmh", 2, Fraction(1, 100)).write(8.299) == (830).to_bytes(2, "little")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_not_written(value: float) -> None:
    with pytest.raises(ValueError, match=r"speed_kmh: .* is not a number"):
        Number("speed_kmh", 2, Fraction(1, 100)).write(value)
