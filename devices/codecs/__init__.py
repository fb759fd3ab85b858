"""From the octets of a GATT characteristic to measurements, one file per characteristic."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from devices.codecs import heart_rate, treadmill
from devices.codecs.fields import Frame
from devices.reading import UNITS, Measurement
from devices.rejection import FrameRejected

__all__ = ["CODECS", "Measurement", "Notification", "decode", "decode_notification", "normal_characteristic"]


@dataclass(frozen=True, slots=True)
class Notification:
    """The measurements of one notification, and what a `FragmentMerger` needs to know of it."""

    measurements: tuple[Measurement, ...]
    more: bool = False
    width: int | None = None


def normal_characteristic(text: str) -> str:
    """The four lower-case hex digits of `2ACD`, `0x2acd` or `2acd`."""
    return text.strip().lower().removeprefix("0x")


def decode_notification(characteristic: str, payload: bytes) -> Notification:
    """Decode one notification of a characteristic, given as four hex digits.

    Raises:
        FrameRejected: no decoder, or the octets do not add up.
    """
    decoder = CODECS.get(normal_characteristic(characteristic))
    if decoder is None:
        raise FrameRejected(
            "unsupported",
            f"no decoder for characteristic {characteristic[:16]!r}; there are {', '.join(sorted(CODECS))}",
        )
    return decoder(payload)


def decode(characteristic: str, payload: bytes) -> tuple[Measurement, ...]:
    """Measurements of one notification, in the order of the frame.

    Raises:
        FrameRejected: no decoder, or the octets do not add up.
    """
    return decode_notification(characteristic, payload).measurements


def _by_name(decoder: Callable[[bytes], Frame]) -> Callable[[bytes], Notification]:
    """Fields whose name is a metric become measurements; the others (averages, pace) end here."""

    def run(payload: bytes) -> Notification:
        frame = decoder(payload)
        known = ((name, value) for name, value in frame.values.items() if name in UNITS)
        measurements = tuple(Measurement(name, value) for name, value in known)
        return Notification(measurements, more=frame.more, width=frame.width)

    return run


def _heart_rate(payload: bytes) -> Notification:
    beat = heart_rate.decode(payload)
    found = [Measurement("heart_rate_bpm", float(beat.rate_bpm))]
    if beat.contact is not None:
        found.append(Measurement("contact", float(beat.contact)))
    if beat.energy_kj is not None:
        found.append(Measurement("energy_kcal", beat.energy_kj / heart_rate.KJ_PER_KCAL))
    found.extend(Measurement("rr_interval_ms", interval) for interval in beat.rr_ms)
    return Notification(tuple(found))


CODECS: Final[Mapping[str, Callable[[bytes], Notification]]] = MappingProxyType(
    {"2acd": _by_name(treadmill.decode), "2a37": _heart_rate}
)
