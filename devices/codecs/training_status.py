"""Training Status, characteristic 0x2AD3: which part of a workout the machine plays (FTMS 1.0.1 4.10)."""

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final

from devices.codecs.fields import MAX_FRAME_OCTETS
from devices.rejection import FrameRejected

_TITLE: Final = "Training Status"
_STRING, _EXTENDED = 0x01, 0x02
_RESERVED = 0xFC


@unique
class Training(IntEnum):
    """What the person is to do now (table 4.13)."""

    OTHER = 0x00
    IDLE = 0x01
    WARMING_UP = 0x02
    LOW_INTENSITY_INTERVAL = 0x03
    HIGH_INTENSITY_INTERVAL = 0x04
    RECOVERY_INTERVAL = 0x05
    ISOMETRIC = 0x06
    HEART_RATE_CONTROL = 0x07
    FITNESS_TEST = 0x08
    TOO_SLOW = 0x09  # speed below the region in which the machine controls
    TOO_FAST = 0x0A
    COOL_DOWN = 0x0B
    WATT_CONTROL = 0x0C
    MANUAL = 0x0D  # quick start
    PRE_WORKOUT = 0x0E
    POST_WORKOUT = 0x0F


@dataclass(frozen=True, slots=True)
class TrainingStatus:
    """One notification.

    `text` is the machine's own words, None when it says nothing; `extended`: they go on, and only a
    read of the characteristic gives them all.
    """

    training: Training
    text: str | None = None
    extended: bool = False


def decode(payload: bytes) -> TrainingStatus:
    """Read one notification.

    Raises:
        FrameRejected: kinds `too_large`, `truncated`, `trailing`, `flags`, `value`, `encoding`.
    """
    if len(payload) > MAX_FRAME_OCTETS:
        raise FrameRejected("too_large", f"{_TITLE}: {len(payload)} octets, at most {MAX_FRAME_OCTETS}")
    if len(payload) < 2:  # noqa: PLR2004 - flags and status
        raise FrameRejected(
            "truncated", f"{_TITLE}: flags and status take 2 octets, there are {len(payload)}"
        )
    flags, training, text = payload[0], payload[1], payload[2:]
    if flags & _RESERVED or flags == _EXTENDED:
        raise FrameRejected("flags", f"{_TITLE}: the flags 0x{flags:02x} are reserved")
    if text and not flags & _STRING:
        raise FrameRejected("trailing", f"{_TITLE}: {len(text)} octets follow, the flags announce no text")
    if training not in set(Training):
        raise FrameRejected("value", f"{_TITLE}: the standard has no status 0x{training:02x}")
    return TrainingStatus(
        Training(training), _text(text) if flags & _STRING else None, extended=bool(flags & _EXTENDED)
    )


def encode(status: TrainingStatus) -> bytes:
    """Write one notification.

    Raises:
        ValueError: extended without a text, or the text is too long for a characteristic.
    """
    if status.text is None:
        if status.extended:
            raise ValueError(f"{_TITLE}: an extended text needs a text")
        return bytes([0, status.training])
    text = status.text.encode()
    if len(text) > MAX_FRAME_OCTETS - 2:
        raise ValueError(f"{_TITLE}: the text has {len(text)} octets, at most {MAX_FRAME_OCTETS - 2} fit")
    return bytes([_STRING | (_EXTENDED if status.extended else 0), status.training]) + text


def _text(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        raise FrameRejected("encoding", f"{_TITLE}: the text is not UTF-8 at octet {error.start}") from error
