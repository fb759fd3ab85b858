"""Treadmill Data against recorded frames, the table of the standard, and itself."""

import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import treadmill
from devices.codecs.fields import Block, Number
from devices.rejection import FrameRejected


def raws(number: Number) -> st.SearchStrategy[float]:
    """Every value of a number that a frame can state."""
    bits = 8 * number.octets
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if number.signed else (0, (1 << bits) - 1)
    raw = st.integers(low, high).filter(lambda raw: raw != number.unavailable)
    return raw.map(lambda raw: raw * number.resolution.numerator / number.resolution.denominator)


def block_values(block: Block, width: int) -> st.SearchStrategy[dict[str, float]]:
    """What one block of a frame can state: at least one number, and all that cannot be unavailable."""
    numbers = [n if isinstance(n, Number) else n.of_width(width) for n in block.numbers]
    needed = {n.name: raws(n) for n in numbers if n.unavailable is None}
    optional = {n.name: raws(n) for n in numbers if n.unavailable is not None}
    return st.fixed_dictionaries(needed, optional=optional).filter(bool)


@st.composite
def records(draw: st.DrawFn) -> dict[str, float]:
    width = draw(st.sampled_from([1, 2]))
    values: dict[str, float] = {}
    for block in treadmill.LAYOUT.blocks:
        if draw(st.booleans()):
            values |= draw(block_values(block, width))
    return values


@given(records())
def test_decode_of_encode_is_the_same(values: dict[str, float]) -> None:
    frame = treadmill.decode(treadmill.encode(values))
    assert frame.values == values
    assert frame.more == ("speed_kmh" not in values)


@given(records())
def test_one_octet_more_is_never_taken_for_the_same_frame(values: dict[str, float]) -> None:
    try:
        frame = treadmill.decode(treadmill.encode(values) + b"\x00")
    except FrameRejected:
        return
    # A one-octet pace and a stray octet read as a two-octet pace; only the width can tell.
    assert frame.width == 2
    assert any(name.endswith("km_per_min") for name in values)


@given(st.binary(max_size=64))
def test_any_octets_decode_or_are_refused(payload: bytes) -> None:
    with suppress(FrameRejected):
        treadmill.decode(payload)


@given(st.integers(0, 0x1FFF), st.binary(max_size=40))
def test_what_was_decoded_survives_being_encoded_and_decoded(flags: int, body: bytes) -> None:
    with suppress(FrameRejected):
        frame = treadmill.decode(flags.to_bytes(2, "little") + body)
        assert treadmill.decode(treadmill.encode(frame.values)).values == frame.values


def test_a_hundred_thousand_random_frames_raise_nothing_else() -> None:
    chance = random.Random(2)  # noqa: S311 - repeatable chance, not a secret
    taken = 0
    for _ in range(100_000):
        # Half the time flags that are defined, or nearly every frame would fail at the first check.
        flags = chance.getrandbits(16 if chance.random() < 0.5 else 13)
        payload = (flags.to_bytes(2, "little") + chance.randbytes(chance.randrange(36)))[
            : chance.randrange(38)
        ]
        try:
            treadmill.decode(payload)
        except FrameRejected:
            continue
        taken += 1
    assert taken > 100


def test_full_frame() -> None:
    frame = treadmill.decode(bytes.fromhex("8c05d2048813000f00ff7f3200ffffff962c01"))
    assert frame.values == {
        "speed_kmh": 12.34,
        "distance_m": 5000.0,
        "incline_percent": 1.5,
        "energy_kcal": 50.0,
        "heart_rate_bpm": 150.0,
        "elapsed_s": 300.0,
    }
    assert not frame.more


def test_every_field_stands_where_the_table_puts_it() -> None:
    payload = bytes.fromhex(
        "fe1f"  # all fields
        "d204"  # 12.34 km/h
        "e803"  # 10.00 km/h on average
        "881300"  # 5000 m
        "f1ff 0f00"  # -1.5 %, 1.5 degrees
        "7b00 2d00"  # 12.3 m up, 4.5 m down
        "2c01"  # 300 s per 500 m
        "4001"  # 320 s per 500 m
        "3200 5802 0a"  # 50 kcal, 600 per hour, 10 per minute
        "96"  # 150 bpm
        "55"  # 8.5 MET
        "2c01"  # 300 s gone
        "5802"  # 600 s left
        "9cff fa00"  # -100 N, 250 W
    )
    assert treadmill.decode(payload).values == {
        "speed_kmh": 12.34,
        "average_speed_kmh": 10.0,
        "distance_m": 5000.0,
        "incline_percent": -1.5,
        "ramp_angle_degrees": 1.5,
        "elevation_gain_m": 12.3,
        "elevation_loss_m": 4.5,
        "pace_s_per_500m": 300.0,
        "average_pace_s_per_500m": 320.0,
        "energy_kcal": 50.0,
        "energy_kcal_per_h": 600.0,
        "energy_kcal_per_min": 10.0,
        "heart_rate_bpm": 150.0,
        "metabolic_equivalent": 8.5,
        "elapsed_s": 300.0,
        "remaining_s": 600.0,
        "belt_force_n": -100.0,
        "power_w": 250.0,
    }


@pytest.mark.parametrize(
    ("payload", "values"),
    [
        ("2000 d204 50", {"speed_kmh": 12.34, "pace_km_per_min": 8.0}),
        ("2000 d204 2c01", {"speed_kmh": 12.34, "pace_s_per_500m": 300.0}),
        ("6000 d204 50 46", {"speed_kmh": 12.34, "pace_km_per_min": 8.0, "average_pace_km_per_min": 7.0}),
    ],
)
def test_pace_in_both_editions(payload: str, values: dict[str, float]) -> None:
    assert treadmill.decode(bytes.fromhex(payload)).values == values


def test_marks_for_not_available() -> None:
    payload = bytes.fromhex("8810 d204 ff7f ff7f ffff ffff ff ff7f ff7f")
    assert treadmill.decode(payload).values == {"speed_kmh": 12.34}


def test_speed_has_no_mark_for_not_available() -> None:
    assert treadmill.decode(bytes.fromhex("0000ffff")).values == {"speed_kmh": 655.35}


@pytest.mark.parametrize("length", range(19))
def test_every_truncation_of_the_full_frame_is_refused(length: int) -> None:
    payload = bytes.fromhex("8c05d2048813000f00ff7f3200ffffff962c01")
    with pytest.raises(FrameRejected) as caught:
        treadmill.decode(payload[:length])
    assert caught.value.kind == "truncated"


@pytest.mark.parametrize("bit", [13, 14, 15])
def test_reserved_bits_are_refused(bit: int) -> None:
    with pytest.raises(FrameRejected, match=f"reserved flag bits {bit} are set"):
        treadmill.decode((1 << bit).to_bytes(2, "little") + b"\xd2\x04")
