"""The one door to all codecs."""

import pytest

from devices.codecs import CODECS, decode, decode_notification
from devices.reading import UNITS, Measurement
from devices.rejection import FrameRejected


def test_treadmill_frame_becomes_measurements_with_units() -> None:
    found = decode("2acd", bytes.fromhex("8c05d2048813000f00ff7f3200ffffff962c01"))
    assert [(m.metric, m.value, m.unit) for m in found] == [
        ("speed_kmh", 12.34, "km/h"),
        ("distance_m", 5000.0, "m"),
        ("incline_percent", 1.5, "%"),
        ("energy_kcal", 50.0, "kcal"),
        ("heart_rate_bpm", 150.0, "bpm"),
        ("elapsed_s", 300.0, "s"),
    ]


def test_fields_that_are_no_metric_are_left_out() -> None:
    assert decode("2acd", bytes.fromhex("0200d204e803")) == (Measurement("speed_kmh", 12.34),)


def test_band_frame_keeps_the_whole_list_of_intervals_in_order() -> None:
    assert decode("2a37", bytes.fromhex("164800040002")) == (
        Measurement("heart_rate_bpm", 72.0),
        Measurement("contact", 1.0),
        Measurement("rr_interval_ms", 1000.0),
        Measurement("rr_interval_ms", 500.0),
    )


def test_a_band_that_cannot_tell_contact_says_nothing_of_it() -> None:
    assert decode("2a37", bytes.fromhex("0048")) == (Measurement("heart_rate_bpm", 72.0),)


def test_no_contact_is_zero() -> None:
    assert Measurement("contact", 0.0) in decode("2a37", bytes.fromhex("0448"))


def test_energy_of_a_band_is_turned_into_kilocalories() -> None:
    energy = [m for m in decode("2a37", bytes.fromhex("0848a201")) if m.metric == "energy_kcal"]
    assert [m.value for m in energy] == [pytest.approx(418 / 4.184)]


@pytest.mark.parametrize("spelling", ["2acd", "2ACD", "0x2ACD", " 0x2acd "])
def test_spellings_of_a_characteristic(spelling: str) -> None:
    assert decode(spelling, bytes.fromhex("0000d204"))


def test_a_characteristic_without_a_decoder_is_refused_and_the_others_are_named() -> None:
    with pytest.raises(FrameRejected, match="2a37, 2acd") as caught:
        decode("2a00", b"")
    assert caught.value.kind == "unsupported"


def test_a_part_of_a_record_says_so() -> None:
    notification = decode_notification("2acd", bytes.fromhex("0500881300"))
    assert notification.more
    assert notification.measurements == (Measurement("distance_m", 5000.0),)


def test_every_metric_has_a_unit_and_every_codec_a_short_name() -> None:
    assert all(isinstance(unit, str) for unit in UNITS.values())
    assert all(len(name) == 4 and name == name.lower() for name in CODECS)
