"""Battery level."""

import pytest

from devices.codecs import battery
from devices.rejection import FrameRejected


@pytest.mark.parametrize("percent", range(101))
def test_decode_of_encode_is_the_same(percent: int) -> None:
    assert battery.decode(battery.encode(percent)) == percent


@pytest.mark.parametrize(
    ("payload", "kind"), [("", "truncated"), ("6400", "trailing"), ("65", "value"), ("ff", "value")]
)
def test_what_does_not_add_up_is_refused(payload: str, kind: str) -> None:
    with pytest.raises(FrameRejected) as caught:
        battery.decode(bytes.fromhex(payload))
    assert caught.value.kind == kind


@pytest.mark.parametrize("percent", [-1, 100.6, 255])
def test_more_than_full_is_not_written(percent: float) -> None:
    with pytest.raises(ValueError, match="not between 0 and 100"):
        battery.encode(percent)
