"""The table-driven core on frames recorded from machines whose codecs are not shipped yet.

The tables are those of FTMS 1.0.1 (4.6 cross trainer, 4.9 rower, 4.10 indoor bike); the frames come from
public reports. What holds for them holds for any machine of the family: one more table, no more code.
"""

from fractions import Fraction

import pytest

from devices.codecs.fields import Block, Layout, Number, Variable
from devices.rejection import FrameRejected

TENTH, HALF, HUNDREDTH = Fraction(1, 10), Fraction(1, 2), Fraction(1, 100)
RESISTANCE = Variable(Number("resistance_tens", 1, Fraction(10)), Number("resistance", 2, signed=True))
ENERGY = (
    Number("energy_kcal", 2, unavailable=0xFFFF),
    Number("energy_kcal_per_h", 2, unavailable=0xFFFF),
    Number("energy_kcal_per_min", 1, unavailable=0xFF),
)


def power(name: str) -> Number:
    return Number(name, 2, signed=True)


BIKE = Layout(
    "Indoor Bike Data",
    2,
    (
        Block(0, (Number("speed_kmh", 2, HUNDREDTH),)),
        Block(1, (Number("average_speed_kmh", 2, HUNDREDTH),)),
        Block(2, (Number("cadence_rpm", 2, HALF),)),
        Block(3, (Number("average_cadence_rpm", 2, HALF),)),
        Block(4, (Number("distance_m", 3),)),
        Block(5, (RESISTANCE,)),
        Block(6, (power("power_w"),)),
        Block(7, (power("average_power_w"),)),
        Block(8, ENERGY),
        Block(9, (Number("heart_rate_bpm", 1),)),
        Block(10, (Number("metabolic_equivalent", 1, TENTH),)),
        Block(11, (Number("elapsed_s", 2),)),
        Block(12, (Number("remaining_s", 2),)),
    ),
)
ROWER = Layout(
    "Rower Data",
    2,
    (
        Block(0, (Number("stroke_rate_spm", 1, HALF), Number("strokes", 2))),
        Block(1, (Number("average_stroke_rate_spm", 1, HALF),)),
        Block(2, (Number("distance_m", 3),)),
        Block(3, (Number("pace_s_per_500m", 2),)),
        Block(4, (Number("average_pace_s_per_500m", 2),)),
        Block(5, (power("power_w"),)),
        Block(6, (power("average_power_w"),)),
        Block(7, (RESISTANCE,)),
        Block(8, ENERGY),
        Block(9, (Number("heart_rate_bpm", 1),)),
        Block(10, (Number("metabolic_equivalent", 1, TENTH),)),
        Block(11, (Number("elapsed_s", 2),)),
        Block(12, (Number("remaining_s", 2),)),
    ),
)
CROSS_TRAINER = Layout(
    "Cross Trainer Data",
    3,
    (
        Block(0, (Number("speed_kmh", 2, HUNDREDTH),)),
        Block(2, (Number("distance_m", 3),)),
        Block(7, (RESISTANCE,)),
    ),
    bits_without_field=1 << 15,  # moving backward
)


def test_jetblack_volt_bike() -> None:
    frame = BIKE.decode(bytes.fromhex("64 02 00 00 00 00 14 00 00 00 00"))
    assert frame.values == {
        "speed_kmh": 0,
        "cadence_rpm": 0,
        "resistance": 20,
        "power_w": 0,
        "heart_rate_bpm": 0,
    }
    assert frame.width == 2


def test_elite_bike() -> None:
    frame = BIKE.decode(bytes.fromhex("54 08 00 00 00 00 00 00 00 00 00 31 00"))
    assert frame.values == {"speed_kmh": 0, "cadence_rpm": 0, "distance_m": 0, "power_w": 0, "elapsed_s": 49}


def test_a_bike_that_a_reader_without_length_check_gives_minus_14336_watts() -> None:
    frame = BIKE.decode(bytes.fromhex("60 00 d2 04 0f 00 c8 00"))
    assert frame.values == {"speed_kmh": 12.34, "resistance": 15, "power_w": 200}


def test_the_same_in_todays_edition() -> None:
    frame = BIKE.decode(bytes.fromhex("60 00 d2 04 0f c8 00"))
    assert (frame.values, frame.width) == ({"speed_kmh": 12.34, "resistance_tens": 150, "power_w": 200}, 1)


def test_huawei_rower() -> None:
    payload = "7e19 00 2700 d6 9c0000 0000 6100 0000 e400 0d00 0000 00 2400 0000"
    assert ROWER.decode(bytes.fromhex(payload)).values == {
        "stroke_rate_spm": 0,
        "strokes": 39,
        "average_stroke_rate_spm": 107,
        "distance_m": 156,
        "pace_s_per_500m": 0,
        "average_pace_s_per_500m": 97,
        "power_w": 0,
        "average_power_w": 228,
        "energy_kcal": 13,
        "energy_kcal_per_h": 0,
        "energy_kcal_per_min": 0,
        "elapsed_s": 36,
        "remaining_s": 0,
    }


def test_flags_of_three_octets() -> None:
    assert CROSS_TRAINER.decode(bytes.fromhex("00 00 00 d2 04")).values == {"speed_kmh": 12.34}
    assert CROSS_TRAINER.decode(bytes.fromhex("00 80 00 d2 04")).values == {"speed_kmh": 12.34}
    with pytest.raises(FrameRejected, match="reserved flag bits 16 are set"):
        CROSS_TRAINER.decode(bytes.fromhex("00 00 01 d2 04"))
    with pytest.raises(FrameRejected, match="flags need 3 octets"):
        CROSS_TRAINER.decode(bytes.fromhex("00 00"))


@pytest.mark.parametrize(
    ("layout", "payload"),
    [
        (BIKE, "64 02 00 00 00 00 14 00 00 00 00"),
        (BIKE, "54 08 00 00 00 00 00 00 00 00 00 31 00"),
        (BIKE, "60 00 d2 04 0f 00 c8 00"),
        (BIKE, "60 00 d2 04 0f c8 00"),
        (ROWER, "7e19 00 2700 d6 9c0000 0000 6100 0000 e400 0d00 0000 00 2400 0000"),
        (CROSS_TRAINER, "00 00 00 d2 04"),
    ],
)
def test_encoding_what_was_decoded_gives_the_recorded_octets(layout: Layout, payload: str) -> None:
    octets = bytes.fromhex(payload)
    assert layout.encode(layout.decode(octets).values) == octets
