"""The one door to all codecs."""

import pytest

from devices.codecs import CODECS, decode, decode_notification
from devices.reading import Measurement
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
    with pytest.raises(FrameRejected, match="2a19, 2a37, 2acc, 2acd") as caught:
        decode("2a00", b"")
    assert caught.value.kind == "unsupported"


def test_a_part_of_a_record_says_so() -> None:
    notification = decode_notification("2acd", bytes.fromhex("0500881300"))
    assert notification.more
    assert notification.measurements == (Measurement("distance_m", 5000.0),)


def test_every_codec_is_there_under_its_short_name() -> None:
    characteristics = ["2a19", "2a37", "2acc", *(f"2a{n:02x}" for n in range(0xCD, 0xDB))]
    assert sorted(CODECS) == characteristics


@pytest.mark.parametrize(
    ("characteristic", "payload", "stated"),
    [
        ("2acd", "0200 d204 e803", [("speed_kmh", 12.34), ("average_speed_kmh", 10.0)]),
        # The metrics first, whatever their place in the frame.
        (
            "2ad1",
            "0000 37 2700",
            [("stroke_rate_spm", 27.5), ("stroke_count", 39.0)],
        ),
        ("2ace", "000000 d204", [("speed_kmh", 12.34), ("moving_backward", 0.0)]),
        ("2acf", "0000 0c00 f000", [("floors", 12.0), ("step_count", 240.0)]),
        ("2ad0", "0200 0c00 3c00", [("floors", 12.0), ("step_rate_spm", 60.0)]),
        ("2ad2", "2000 d204 0f00", [("speed_kmh", 12.34), ("resistance_level", 15.0)]),
        (
            "2acc",
            "0c000000 03000000",
            [
                ("measures_distance", 1.0),
                ("measures_incline", 1.0),
                ("takes_speed", 1.0),
                ("takes_incline", 1.0),
            ],
        ),
        ("2ad3", "000d", [("training_status", "manual")]),
        ("2ad3", "010d 576172", [("training_status", "manual"), ("text", "War")]),
        (
            "2ad4",
            "5000 d007 0a00",
            [("minimum_speed_kmh", 0.8), ("maximum_speed_kmh", 20.0), ("increment_speed_kmh", 0.1)],
        ),
        ("2ad9", "02 d204", [("request", "set_speed"), ("target_speed_kmh", 12.34)]),
        ("2ad9", "80 07 05", [("response_to", "start"), ("result", "not_permitted")]),
        ("2ad9", "80 7f 02", [("response_to", 127), ("result", "not_supported")]),
        (
            "2ad9",
            "80 13 01 2c01 f401",
            [("response_to", "spin_down"), ("result", "success"), ("parameters", "2c01f401")],
        ),
        ("2ada", "03", [("machine_status", "stopped_by_safety_key")]),
        ("2ada", "05 d204", [("machine_status", "speed_changed"), ("target_speed_kmh", 12.34)]),
        ("2a19", "55", [("battery_percent", 85.0)]),
        (
            "2a37",
            "16 48 0004 0002",
            [
                ("heart_rate_bpm", 72.0),
                ("contact", 1.0),
                ("rr_interval_ms", 1000.0),
                ("rr_interval_ms", 500.0),
            ],
        ),
    ],
)
def test_all_that_a_frame_states(
    characteristic: str, payload: str, stated: list[tuple[str, float | str]]
) -> None:
    assert list(decode_notification(characteristic, bytes.fromhex(payload)).stated) == stated


def test_metrics_are_stated_before_the_rest() -> None:
    names = [name for name, _ in decode_notification("2acd", bytes.fromhex("0204 d204 e803 2c01")).stated]
    assert names == ["speed_kmh", "elapsed_s", "average_speed_kmh"]


@pytest.mark.parametrize(("payload", "width"), [("000064000100", 2), ("010a01", 1)])
def test_a_resistance_range_tells_the_width(payload: str, width: int) -> None:
    assert decode_notification("2ad6", bytes.fromhex(payload)).width == width
    assert decode_notification("2ad4", bytes.fromhex("5000d0070a00")).width is None


@pytest.mark.parametrize("characteristic", sorted(CODECS))
@pytest.mark.parametrize("length", [0, 513])
def test_an_empty_frame_and_one_that_no_radio_can_send_are_refused(characteristic: str, length: int) -> None:
    with pytest.raises(FrameRejected) as caught:
        decode(characteristic, bytes(length))
    assert caught.value.reason
