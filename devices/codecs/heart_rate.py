"""Heart Rate Measurement, characteristic 0x2A37 (Heart Rate Service 1.0 section 3.1)."""

from dataclasses import dataclass
from typing import Final

from devices.codecs.fields import MAX_FRAME_OCTETS
from devices.rejection import FrameRejected

KJ_PER_KCAL: Final = 4.184

_TITLE = "Heart Rate Measurement"
_WIDE, _CONTACT, _CONTACT_SUPPORTED, _ENERGY, _RR = 0x01, 0x02, 0x04, 0x08, 0x10
_RESERVED = 0xE0
_RR_PER_S = 1024
_MAX_UINT8 = 0xFF


@dataclass(frozen=True, slots=True)
class HeartRate:
    """One notification of a band.

    `contact` is None where the band cannot tell; `energy_kj` counts since the band's last reset;
    `rr_1024` are the intervals between beats in 1/1024 s, oldest first, the whole list.
    """

    rate_bpm: int
    contact: bool | None = None
    energy_kj: int | None = None
    rr_1024: tuple[int, ...] = ()

    @property
    def rr_ms(self) -> tuple[float, ...]:
        """The intervals between beats in milliseconds."""
        return tuple(raw * 1000 / _RR_PER_S for raw in self.rr_1024)


def decode(payload: bytes) -> HeartRate:
    """Read one notification.

    Raises:
        FrameRejected: kinds `too_large`, `truncated`, `trailing`, `flags`.
    """
    if not payload:
        raise FrameRejected("truncated", f"{_TITLE}: the frame is empty")
    if len(payload) > MAX_FRAME_OCTETS:
        raise FrameRejected(
            "too_large", f"{_TITLE}: {len(payload)} octets, a characteristic has at most {MAX_FRAME_OCTETS}"
        )
    flags = payload[0]
    if flags & _RESERVED:
        raise FrameRejected("flags", f"{_TITLE}: reserved bits are set in the flags 0x{flags:02x}")
    rate_end = 3 if flags & _WIDE else 2
    fixed_end = rate_end + (2 if flags & _ENERGY else 0)
    if len(payload) < fixed_end:
        raise FrameRejected(
            "truncated", f"{_TITLE}: the flags announce {fixed_end} octets, the frame has {len(payload)}"
        )
    return HeartRate(
        rate_bpm=int.from_bytes(payload[1:rate_end], "little"),
        contact=bool(flags & _CONTACT) if flags & _CONTACT_SUPPORTED else None,
        energy_kj=int.from_bytes(payload[rate_end:fixed_end], "little") if flags & _ENERGY else None,
        rr_1024=_intervals(payload[fixed_end:], announced=bool(flags & _RR)),
    )


def encode(measurement: HeartRate) -> bytes:
    """Write one notification.

    Raises:
        ValueError: a number does not fit its field.
    """
    wide = measurement.rate_bpm > _MAX_UINT8
    flags = _WIDE if wide else 0
    if measurement.contact is not None:
        flags |= _CONTACT_SUPPORTED | (_CONTACT if measurement.contact else 0)
    fields = [(measurement.rate_bpm, 2 if wide else 1)]
    if measurement.energy_kj is not None:
        flags |= _ENERGY
        fields.append((measurement.energy_kj, 2))
    if measurement.rr_1024:
        flags |= _RR
        fields.extend((raw, 2) for raw in measurement.rr_1024)
    try:
        return bytes([flags]) + b"".join(value.to_bytes(octets, "little") for value, octets in fields)
    except OverflowError as error:
        raise ValueError(f"{_TITLE}: a number does not fit its field: {measurement}") from error


def _intervals(octets: bytes, *, announced: bool) -> tuple[int, ...]:
    if not announced:
        if octets:
            raise FrameRejected("trailing", f"{_TITLE}: {len(octets)} octets follow the last announced field")
        return ()
    if not octets:
        raise FrameRejected("truncated", f"{_TITLE}: the flags announce RR intervals, none follow")
    if len(octets) % 2:
        raise FrameRejected("truncated", f"{_TITLE}: RR intervals take two octets each, {len(octets)} follow")
    return tuple(int.from_bytes(octets[i : i + 2], "little") for i in range(0, len(octets), 2))
