"""What machines say they measure and take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import features
from devices.codecs.features import Feature, Features, Target
from devices.rejection import FrameRejected

uint32 = st.integers(0, 0xFFFFFFFF)


@given(st.builds(Features, measures=uint32.map(Feature), targets=uint32.map(Target)))
def test_decode_of_encode_is_the_same(found: Features) -> None:
    assert features.decode(features.encode(found)) == found


def test_bits_stand_where_the_tables_put_them() -> None:
    found = features.decode(bytes.fromhex("0c560000 03000000"))
    assert found.measures == (
        Feature.DISTANCE
        | Feature.INCLINE
        | Feature.ENERGY
        | Feature.HEART_RATE
        | Feature.ELAPSED
        | Feature.POWER
    )
    assert found.targets == Target.SPEED | Target.INCLINE
    assert Feature.USER_DATA_RETENTION == 1 << 16
    assert Target.CADENCE == 1 << 16
    assert len(Feature) == len(Target) == 17


def test_bits_of_a_later_edition_are_kept_and_do_not_hide_the_others() -> None:
    payload = bytes.fromhex("01000080 01000080")
    found = features.decode(payload)
    assert Feature.AVERAGE_SPEED in found.measures
    assert Target.SPEED in found.targets
    assert features.encode(found) == payload


@pytest.mark.parametrize(
    ("length", "kind"), [(0, "truncated"), (4, "truncated"), (7, "truncated"), (9, "trailing")]
)
def test_any_other_length_is_refused(length: int, kind: str) -> None:
    with pytest.raises(FrameRejected) as caught:
        features.decode(bytes(length))
    assert caught.value.kind == kind


def test_more_than_32_bits_do_not_fit() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        features.encode(Features(Feature(1 << 32), Target(0)))
