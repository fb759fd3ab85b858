"""Which part of a workout a machine plays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import training_status
from devices.codecs.training_status import Training, TrainingStatus
from devices.rejection import FrameRejected

texts = st.text(max_size=100)


@given(
    st.builds(TrainingStatus, training=st.sampled_from(Training))
    | st.builds(TrainingStatus, training=st.sampled_from(Training), text=texts, extended=st.booleans())
)
def test_decode_of_encode_is_the_same(status: TrainingStatus) -> None:
    assert training_status.decode(training_status.encode(status)) == status


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ("0001", TrainingStatus(Training.IDLE)),
        ("000d", TrainingStatus(Training.MANUAL)),
        ("000f", TrainingStatus(Training.POST_WORKOUT)),
        ("010b 48c3bc676c", TrainingStatus(Training.COOL_DOWN, "Hügl")),
        ("010b", TrainingStatus(Training.COOL_DOWN, "")),
        ("0302 57", TrainingStatus(Training.WARMING_UP, "W", extended=True)),
    ],
)
def test_vectors(payload: str, status: TrainingStatus) -> None:
    octets = bytes.fromhex(payload)
    assert training_status.decode(octets) == status
    assert training_status.encode(status) == octets


@pytest.mark.parametrize(
    ("payload", "kind", "words"),
    [
        ("", "truncated", "there are 0"),
        ("00", "truncated", "there are 1"),
        ("0401", "flags", "0x04"),
        ("0201", "flags", "0x02"),
        ("000157", "trailing", "1 octets follow"),
        ("0010", "value", "no status 0x10"),
        ("0101ff", "encoding", "not UTF-8 at octet 0"),
        ("0101" + 511 * "41", "too_large", "at most 512"),
    ],
)
def test_what_does_not_add_up_is_refused(payload: str, kind: str, words: str) -> None:
    with pytest.raises(FrameRejected) as caught:
        training_status.decode(bytes.fromhex(payload))
    assert caught.value.kind == kind
    assert words in caught.value.reason


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (TrainingStatus(Training.IDLE, extended=True), "needs a text"),
        (TrainingStatus(Training.IDLE, "x" * 511), "511 octets, at most 510 fit"),
    ],
)
def test_what_cannot_be_said(bad: TrainingStatus, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        training_status.encode(bad)
