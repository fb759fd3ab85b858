"""Records in several notifications, and the width that a device keeps to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import Notification, decode_notification
from devices.codecs.merger import MAX_RECORD_AGE_S, FragmentMerger
from devices.codecs.width import FRAMES_TO_PIN, DeviceWidths
from devices.reading import Measurement
from devices.rejection import FrameRejected

SPEED = Measurement("speed_kmh", 10.0)
DISTANCE = Measurement("distance_m", 500.0)
ENERGY = Measurement("energy_kcal", 50.0)


def part(*measurements: Measurement) -> Notification:
    return Notification(measurements, more=True)


def last(*measurements: Measurement) -> Notification:
    return Notification(measurements)


def wide() -> Notification:
    return decode_notification("2acd", bytes.fromhex("2000d2042c01"))


def narrow() -> Notification:
    return decode_notification("2acd", bytes.fromhex("2000d20450"))


def test_a_record_of_one_notification_passes() -> None:
    assert FragmentMerger().add(last(SPEED), 0.0) == (SPEED,)


def test_parts_wait_for_the_last() -> None:
    merger = FragmentMerger()
    assert merger.add(part(DISTANCE), 0.0) is None
    assert merger.add(part(ENERGY), 0.1) is None
    assert merger.add(last(SPEED), 0.2) == (DISTANCE, ENERGY, SPEED)
    assert merger.add(last(SPEED), 1.0) == (SPEED,)


def test_a_field_that_returns_begins_a_new_record() -> None:
    merger = FragmentMerger()
    merger.add(part(DISTANCE, ENERGY), 0.0)
    later = Measurement("distance_m", 503.0)
    merger.add(part(later), 1.0)
    assert merger.add(last(SPEED), 1.1) == (later, SPEED)


def test_a_record_whose_end_never_came_is_dropped() -> None:
    merger = FragmentMerger()
    merger.add(part(DISTANCE), 0.0)
    assert merger.add(last(SPEED), MAX_RECORD_AGE_S + 0.1) == (SPEED,)


def test_discard_forgets_a_record_begun() -> None:
    merger = FragmentMerger()
    merger.add(part(DISTANCE), 0.0)
    merger.discard()
    assert merger.add(last(SPEED), 0.1) == (SPEED,)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([SPEED, DISTANCE, ENERGY])), max_size=200))
def test_never_keeps_more_than_one_of_each_field(arrivals: list[tuple[bool, Measurement]]) -> None:
    merger = FragmentMerger()
    for more, measurement in arrivals:
        record = merger.add(Notification((measurement,), more=more), 0.0)
        if record is not None:
            metrics = [m.metric for m in record]
            assert len(metrics) == len(set(metrics))


def test_intervals_between_beats_are_a_list_not_a_repetition() -> None:
    beats = (Measurement("rr_interval_ms", 800.0), Measurement("rr_interval_ms", 810.0))
    assert FragmentMerger().add(last(*beats), 0.0) == beats


def test_the_width_is_learned_and_another_is_then_refused() -> None:
    merger = FragmentMerger()
    for n in range(FRAMES_TO_PIN):
        assert merger.add(wide(), float(n)) is not None
    with pytest.raises(FrameRejected) as caught:
        merger.add(narrow(), 5.0)
    assert caught.value.kind == "width"
    assert merger.add(wide(), 6.0) is not None


def test_frames_without_variable_fields_teach_nothing() -> None:
    merger = FragmentMerger()
    for n in range(10):
        merger.add(last(SPEED), float(n))
    assert merger.add(narrow(), 11.0) is not None


def test_a_resistance_range_that_came_first_settles_the_width_of_a_bike() -> None:
    widths = DeviceWidths()
    settled = decode_notification("2ad6", bytes.fromhex("000064000100")).width
    assert settled is not None
    widths.resistance.settle(settled)
    merger = FragmentMerger(widths.of("2ad2"))
    whole = bytes.fromhex("2000 d204 0f00")
    assert merger.add(decode_notification("2ad2", whole), 0.0) is not None
    with pytest.raises(FrameRejected, match="probably truncated"):
        merger.add(decode_notification("2ad2", whole[:-1]), 1.0)


def test_a_refused_part_does_not_spoil_the_record() -> None:
    merger = FragmentMerger()
    for n in range(FRAMES_TO_PIN):
        merger.add(wide(), float(n))
    merger.add(part(DISTANCE), 5.0)
    with pytest.raises(FrameRejected):
        merger.add(narrow(), 5.1)
    assert merger.add(last(SPEED), 5.2) == (DISTANCE, SPEED)


def test_a_record_of_real_fragments() -> None:
    merger = FragmentMerger()
    first = decode_notification("2ad1", bytes.fromhex("2500 9c0000 c800"))
    assert merger.add(first, 0.0) is None
    assert merger.add(decode_notification("2ad1", bytes.fromhex("0000 37 2700")), 0.1) == (
        Measurement("distance_m", 156.0),
        Measurement("power_w", 200.0),
        Measurement("stroke_rate_spm", 27.5),
    )
