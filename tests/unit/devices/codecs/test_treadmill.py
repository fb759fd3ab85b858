"""What is the treadmill's own: pace in two editions, belt and climb."""

import pytest

from devices.codecs import treadmill


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
