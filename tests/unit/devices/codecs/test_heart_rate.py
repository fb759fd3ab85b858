"""Heart Rate Measurement against recorded frames, the standard, and itself."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import heart_rate
from devices.codecs.heart_rate import HeartRate
from devices.rejection import FrameRejected

uint16 = st.integers(0, 0xFFFF)

measurements = st.builds(
    HeartRate,
    rate_bpm=uint16,
    contact=st.none() | st.booleans(),
    energy_kj=st.none() | uint16,
    rr_1024=st.lists(uint16, max_size=20).map(tuple),
)


@given(measurements)
def test_decode_of_encode_is_the_same(measurement: HeartRate) -> None:
    assert heart_rate.decode(heart_rate.encode(measurement)) == measurement


@given(st.binary(max_size=600))
def test_any_octets_decode_or_are_refused(payload: bytes) -> None:
    with suppress(FrameRejected):
        heart_rate.decode(payload)


def test_recorded_frame() -> None:
    beat = heart_rate.decode(bytes.fromhex("164800040002"))
    assert beat == HeartRate(72, contact=True, rr_1024=(1024, 512))
    assert beat.rr_ms == (1000.0, 500.0)


def test_wide_rate() -> None:
    assert heart_rate.decode(bytes.fromhex("012c01")).rate_bpm == 300
    assert heart_rate.encode(HeartRate(300)) == bytes.fromhex("012c01")


def test_energy_is_kilojoule() -> None:
    assert heart_rate.decode(bytes.fromhex("08486400")).energy_kj == 100


@pytest.mark.parametrize(
    ("flags", "contact"),
    [
        (0b000, None),
        (0b010, None),  # not supported: the other bit means nothing
        (0b100, False),
        (0b110, True),
    ],
)
def test_contact_is_known_only_where_it_is_supported(flags: int, *, contact: bool | None) -> None:
    assert heart_rate.decode(bytes([flags, 72])).contact is contact


@pytest.mark.parametrize("rate", [0, 255])
def test_what_a_sensor_says_is_decoded_even_if_no_heart_does_it(rate: int) -> None:
    assert heart_rate.decode(bytes([0, rate])).rate_bpm == rate


@pytest.mark.parametrize(
    ("payload", "kind", "words"),
    [
        ("", "truncated", "empty"),
        ("00", "truncated", "announce 2 octets, the frame has 1"),
        ("0148", "truncated", "announce 3 octets"),
        ("084864", "truncated", "announce 4 octets"),
        ("1048", "truncated", "announce RR intervals, none follow"),
        ("104800", "truncated", "two octets each, 1 follow"),
        ("10480004ff", "truncated", "two octets each, 3 follow"),
        ("004800", "trailing", "1 octets follow"),
        ("2048", "flags", "0x20"),
        ("8048", "flags", "0x80"),
    ],
)
def test_what_does_not_add_up_is_refused(payload: str, kind: str, words: str) -> None:
    with pytest.raises(FrameRejected) as caught:
        heart_rate.decode(bytes.fromhex(payload))
    assert caught.value.kind == kind
    assert words in caught.value.reason


def test_too_long_is_refused() -> None:
    with pytest.raises(FrameRejected, match="at most 512"):
        heart_rate.decode(b"\x10\x48" + bytes(512))


@pytest.mark.parametrize("bad", [HeartRate(65_536), HeartRate(-1), HeartRate(60, energy_kj=65_536)])
def test_encode_refuses_what_does_not_fit(bad: HeartRate) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        heart_rate.encode(bad)
