"""What a bridge may wrap around a notification: `{"ts_ms", "seq", "hex", "rssi"}`."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from devices.rejection import FrameRejected

# A bridge without a clock sends milliseconds since it started; such a stamp is worth nothing.
MAX_CLOCK_DIFFERENCE_S: Final = 10.0

_MAX_INTEGER: Final = 1 << 53  # what every JSON implementation keeps exact
_MIN_RSSI_DBM, _MAX_RSSI_DBM = -127, 20


class Envelope(NamedTuple):
    """A notification and what its bridge knows of it; what the bridge left out is None."""

    octets: bytes
    ts_ms: int | None = None
    seq: int | None = None
    rssi_dbm: int | None = None


def measured_at(ts_ms: int | None, received_at: datetime) -> datetime:
    """The sender's stamp (Unix ms) when its clock agrees with ours, otherwise the time of receipt."""
    if ts_ms is None or abs(ts_ms / 1000 - received_at.timestamp()) > MAX_CLOCK_DIFFERENCE_S:
        return received_at
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ts_ms)


def parse_envelope(payload: bytes) -> Envelope:
    """Read the JSON form. Unknown keys are the bridge's own business.

    Raises:
        FrameRejected: kinds `encoding`, `json`.
    """
    document = parse_json(payload)
    if not isinstance(document, dict):
        raise FrameRejected("json", f"the document is {type(document).__name__}, not an object")
    rssi = _integer(document, "rssi")
    return Envelope(
        octets=_octets(document.get("hex")),
        ts_ms=_integer(document, "ts_ms"),
        seq=_integer(document, "seq"),
        rssi_dbm=rssi if rssi is not None and _MIN_RSSI_DBM <= rssi <= _MAX_RSSI_DBM else None,
    )


def parse_json(payload: bytes) -> Any:
    """Read any JSON.

    Raises:
        FrameRejected: kinds `encoding`, `json`.
    """
    try:
        return json.loads(payload.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise FrameRejected("encoding", f"not UTF-8 at octet {error.start}") from error
    except ValueError as error:
        raise FrameRejected("json", f"not JSON: {str(error)[:120]}") from error
    except RecursionError as error:
        raise FrameRejected("json", "not JSON of ours: nested too deeply") from error


def _octets(text: Any) -> bytes:
    if not isinstance(text, str):
        raise FrameRejected("json", f"'hex' is {type(text).__name__}, not a string of hex digits")
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise FrameRejected("json", f"'hex' is not pairs of hex digits: {error}") from error


def _integer(document: dict[str, Any], key: str) -> int | None:
    value = document.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MAX_INTEGER:
        raise FrameRejected("json", f"{key!r} is not a number that fits")
    return int(value)
