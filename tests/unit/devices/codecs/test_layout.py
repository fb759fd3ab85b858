"""The table-driven core, on a small table that has every kind of field."""

from fractions import Fraction

import pytest

from devices.codecs.fields import MAX_FRAME_OCTETS, Number, Variable
from devices.codecs.layout import MAX_PLANS, Block, Layout, Sign
from devices.rejection import FrameRejected

LAYOUT = Layout(
    title="Sample",
    flag_octets=2,
    blocks=(
        Block(0, (Number("first", 2, Fraction(1, 100)),)),
        Block(1, (Number("long", 3),)),
        Block(2, (Number("signed", 2, Fraction(1, 10), signed=True, unavailable=0x7FFF), Number("plain", 1))),
        Block(3, (Variable(Number("level", 1, Fraction(10)), Number("level", 2, signed=True)),)),
        Block(4, (Variable(Number("pace_tens", 1), Number("pace", 2)),)),
    ),
)
SIGNED = Layout("Signed", 2, (Block(0, (Number("first", 2),)),), signs=(Sign(15, "backward"),))


def refusal(payload: bytes) -> FrameRejected:
    with pytest.raises(FrameRejected) as caught:
        LAYOUT.decode(payload)
    return caught.value


def test_bit_zero_announces_inversely() -> None:
    assert LAYOUT.decode(bytes.fromhex("0000d204")).values == {"first": 12.34}
    assert LAYOUT.decode(bytes.fromhex("0100")).values == {}


def test_more_data_is_bit_zero() -> None:
    assert not LAYOUT.decode(bytes.fromhex("0000d204")).more
    assert LAYOUT.decode(bytes.fromhex("0300010000")).more


def test_three_octets() -> None:
    assert LAYOUT.decode(bytes.fromhex("0300563412")).values == {"long": 0x123456}
    assert LAYOUT.decode(bytes.fromhex("0300ffffff")).values == {"long": 0xFFFFFF}


def test_a_mark_for_not_available_makes_the_value_absent_and_leaves_its_neighbour() -> None:
    assert LAYOUT.decode(bytes.fromhex("0500ff7f07")).values == {"plain": 7.0}


def test_negative_numbers() -> None:
    assert LAYOUT.decode(bytes.fromhex("0500f6ff07")).values == {"signed": -1.0, "plain": 7.0}


@pytest.mark.parametrize(
    ("payload", "width", "values"),
    [
        ("090005", 1, {"level": 50.0}),
        ("09000500", 2, {"level": 5.0}),
        ("19000507", 1, {"level": 50.0, "pace_tens": 7.0}),
        ("190005000700", 2, {"level": 5.0, "pace": 7.0}),
    ],
)
def test_length_decides_the_width_of_variable_fields(
    payload: str, width: int, values: dict[str, float]
) -> None:
    octets = bytes.fromhex(payload)
    frame = LAYOUT.decode(octets)
    assert (frame.width, frame.values) == (width, values)
    assert LAYOUT.encode(values, width=width) == octets


@pytest.mark.parametrize("payload", ["0900", "0900050505", "190005", "1900050505"])
def test_any_other_width_is_refused(payload: str) -> None:
    assert refusal(bytes.fromhex(payload)).kind == "width"


@pytest.mark.parametrize(
    ("payload", "kind", "words"),
    [
        ("", "truncated", "flags need 2 octets, the frame has 0"),
        ("00", "truncated", "flags need 2 octets, the frame has 1"),
        ("0000", "truncated", "first needs octets 2 to 3, the frame ends after 2"),
        ("0000d2", "truncated", "first needs octets 2 to 3"),
        ("03000102", "truncated", "long needs octets 2 to 4"),
        ("0000d20400", "trailing", "1 octets follow the last field, which ends at 4"),
        ("2000d204", "flags", "reserved flag bits 5 are set"),
        ("0060d204", "flags", "reserved flag bits 13, 14 are set"),
    ],
)
def test_what_does_not_add_up_is_refused_with_what_and_where(payload: str, kind: str, words: str) -> None:
    rejection = refusal(bytes.fromhex(payload))
    assert rejection.kind == kind
    assert words in rejection.reason
    assert "Sample" in str(rejection)


def test_a_frame_is_refused_as_often_as_it_comes() -> None:
    for _ in range(3):
        assert refusal(bytes.fromhex("0000d2")).kind == "truncated"


def test_a_sign_is_a_statement_and_not_reserved() -> None:
    assert SIGNED.decode(bytes.fromhex("00800100")).values == {"first": 1.0, "backward": 1.0}
    assert SIGNED.decode(bytes.fromhex("00000100")).values == {"first": 1.0, "backward": 0.0}
    assert SIGNED.encode({"first": 1.0, "backward": 1.0}) == bytes.fromhex("00800100")
    assert SIGNED.encode({"first": 1.0}) == bytes.fromhex("00000100")


def test_longer_than_any_characteristic_is_refused_before_anything_else() -> None:
    assert refusal(bytes(MAX_FRAME_OCTETS + 1)).kind == "too_large"


def test_what_is_remembered_of_frames_is_bounded_and_forgetting_changes_nothing() -> None:
    numbers = tuple(Block(bit, (Number(f"n{bit}", 1),)) for bit in range(1, 11))
    wide = Layout("Wide", 2, (Block(0, (Number("first", 1),)), *numbers))
    for flags in range(0, 1 << 11, 2):
        payload = flags.to_bytes(2, "little") + bytes(1 + flags.bit_count())
        assert len(wide.decode(payload).values) == 1 + flags.bit_count()
        assert len(wide._plans) <= MAX_PLANS


def test_encode_marks_the_missing_half_of_a_block() -> None:
    assert LAYOUT.encode({"first": 1.0, "plain": 7}) == bytes.fromhex("04006400ff7f07")


def test_encode_without_the_first_field_says_that_more_follows() -> None:
    assert LAYOUT.encode({"long": 1}) == bytes.fromhex("0300010000")


def test_encode_takes_the_width_from_a_name_that_only_one_edition_has() -> None:
    assert LAYOUT.encode({"first": 0, "level": 50, "pace_tens": 7}) == bytes.fromhex("180000000507")
    assert LAYOUT.encode({"first": 0, "level": 50, "pace": 7}) == bytes.fromhex("1800000032000700")
    assert LAYOUT.encode({"first": 0, "level": 50}) == bytes.fromhex("080000003200")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"first": 1, "speling": 2}, "no field speling"),
        ({"first": 1, "signed": 1.0}, "plain: the standard has no way to say"),
        ({"first": 700}, "first: 700 does not fit in 2 octets"),
        ({"first": -1}, "does not fit"),
        ({"first": 1, "signed": 3276.7, "plain": 1}, "is the mark for 'not available'"),
        ({"first": 1, "pace_tens": 50, "pace": 3}, "no field pace_tens"),
        ({"first": 1, "pace_tens": 50, "long": 1 << 24}, "long: 16777216 does not fit in 3 octets"),
    ],
)
def test_encode_refuses_what_a_frame_cannot_say(values: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LAYOUT.encode(values)
