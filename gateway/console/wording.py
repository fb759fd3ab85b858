"""Numbers and moments as people read them."""

from datetime import datetime
from zoneinfo import ZoneInfo

_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86_400
_KB = 1000


def duration(seconds: float) -> str:
    """Write a duration in its two largest units: `42 s`, `3:05 min`, `2 h 05 min`, `3 d 4 h`."""
    whole = max(0, int(seconds))
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S}:{whole % _MINUTE_S:02d} min"
    if whole < _DAY_S:
        return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S:02d} min"
    return f"{whole // _DAY_S} d {whole % _DAY_S // _HOUR_S} h"


def moment(stamp: datetime | str, zone: ZoneInfo) -> str:
    """Write a moment in the gym's time: `2026-01-31 18:05:09`. A text is ISO 8601 with its offset."""
    when = datetime.fromisoformat(stamp) if isinstance(stamp, str) else stamp
    return when.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def size(octets: float) -> str:
    """Write a number of bytes: `512 B`, `12.3 kB`, `4.5 MB`."""
    if octets < _KB:
        return f"{octets:.0f} B"
    if octets < _KB**2:
        return f"{octets / _KB:.1f} kB"
    return f"{octets / _KB**2:.1f} MB"


def ratio(value: float | None) -> str:
    """Write a share of one in percent; nothing when it is not known."""
    return "" if value is None else f"{value * 100:.0f} %"


def number(value: float | None, digits: int = 2) -> str:
    """Write a number without needless zeros; nothing when it is not known."""
    if value is None:
        return ""
    written = f"{value:.{digits}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def signed(value: float, digits: int) -> str:
    """Write by how much something is more or less: `+1.5`, `-0.20`; `0` is too little for the digits."""
    written = f"{value:+.{digits}f}"
    return written if float(written) else "0"
