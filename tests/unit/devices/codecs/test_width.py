"""The width that a device keeps to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.width import FRAMES_TO_PIN, FRAMES_TO_REPIN, DeviceWidths, WidthPin
from devices.rejection import FrameRejected


def refused(pin: WidthPin, width: int) -> bool:
    try:
        pin.check(width)
    except FrameRejected:
        return True
    return False


def pinned(width: int) -> WidthPin:
    pin = WidthPin()
    for _ in range(FRAMES_TO_PIN):
        pin.check(width)
    return pin


def test_a_refusal_says_why() -> None:
    with pytest.raises(FrameRejected, match="fields of 1 octets, but this device always sends 2") as caught:
        pinned(2).check(1)
    assert caught.value.kind == "width"


@pytest.mark.parametrize(("width", "other"), [(1, 2), (2, 1)])
def test_the_width_is_learned_and_another_is_then_refused(width: int, other: int) -> None:
    pin = WidthPin()
    for _ in range(FRAMES_TO_PIN):
        assert pin.octets is None
        pin.check(width)
    assert pin.octets == width
    assert refused(pin, other)
    assert not refused(pin, width)


def test_before_the_width_is_learned_both_pass_and_only_a_run_teaches() -> None:
    pin = WidthPin()
    for _ in range(10):
        pin.check(1)
        pin.check(2)
    assert pin.octets is None


def test_the_device_says_it_itself() -> None:
    pin = WidthPin()
    pin.settle(2)
    assert refused(pin, 1)


def test_what_the_frames_have_taught_stands() -> None:
    pin = pinned(1)
    pin.settle(2)
    assert pin.octets == 1


def test_new_firmware_with_the_other_width_is_believed_in_the_end() -> None:
    pin = pinned(2)
    assert sum(refused(pin, 1) for _ in range(FRAMES_TO_REPIN)) == FRAMES_TO_REPIN - 1
    assert not refused(pin, 1)
    assert refused(pin, 2)


@given(st.lists(st.integers(1, FRAMES_TO_REPIN - 1), max_size=20))
def test_truncated_frames_never_unpin_while_good_ones_come(bursts: list[int]) -> None:
    pin = pinned(2)
    for burst in bursts:
        assert all(refused(pin, 1) for _ in range(burst))
        assert not refused(pin, 2)
    assert pin.octets == 2


def test_pace_and_resistance_are_learned_apart() -> None:
    widths = DeviceWidths()
    widths.resistance.settle(1)
    for characteristic in ("2ace", "2ad1", "2ad2"):
        assert refused(widths.of(characteristic), 2)
    assert not refused(widths.of("2acd"), 2)
