"""MQTT topics on which bridges relay BLE notifications.

    gymbox/v1/<bridge>/ble/<address>/<service>/<characteristic>         payload: the raw octets
    gymbox/v1/<bridge>/ble/<address>/<service>/<characteristic>/json    payload: {"ts_ms","seq","hex","rssi"}

Service and characteristic are 16-bit UUIDs as four lower-case hex digits.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from devices.rejection import FrameRejected

Form = Literal["raw", "json"]

PREFIX: Final = "gymbox/v1"

# Everything that a bridge sends up; `/set` (control point writes) goes down and matches neither.
SUBSCRIPTIONS: Final = (f"{PREFIX}/+/ble/+/+/+", f"{PREFIX}/+/ble/+/+/+/json")

MAX_TOPIC_CHARACTERS: Final = 256

_TOPIC = re.compile(
    r"gymbox/v1/(?P<bridge>[A-Za-z0-9._:-]{1,64})/ble/(?P<address>[A-Za-z0-9._:-]{1,64})"
    r"/(?P<service>[0-9a-f]{4})/(?P<characteristic>[0-9a-f]{4})(?P<json>/json)?"
)
_MAC = re.compile(r"(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class BleTopic:
    """Where a relayed notification comes from, and how its payload is written."""

    bridge: str
    address: str
    service: str
    characteristic: str
    form: Form = "raw"

    def __str__(self) -> str:
        suffix = "/json" if self.form == "json" else ""
        return f"{PREFIX}/{self.bridge}/ble/{self.address}/{self.service}/{self.characteristic}{suffix}"


def normal_address(text: str) -> str:
    """Write an address in its one form: lower case, a MAC with colons.

    `C0-00-00-00-00-01`, `c00000000001` and `c0:00:00:00:00:01` are the same device; anything that
    is not a MAC (some stacks hide it) is only lower-cased.
    """
    lower = text.lower()
    if not _MAC.fullmatch(lower):
        return lower
    digits = re.sub("[:-]", "", lower)
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def parse_ble_topic(topic: str) -> BleTopic:
    """Take a topic apart.

    Raises:
        FrameRejected: kind `topic`, when it is not one of the two forms above.
    """
    match = _TOPIC.fullmatch(topic) if len(topic) <= MAX_TOPIC_CHARACTERS else None
    if match is None:
        raise FrameRejected(
            "topic",
            f"topic {quoted(topic)} is not {PREFIX}/<bridge>/ble/<address>/<service>/<characteristic>[/json]",
        )
    return BleTopic(
        bridge=match["bridge"],
        address=normal_address(match["address"]),
        service=match["service"],
        characteristic=match["characteristic"],
        form="json" if match["json"] else "raw",
    )


def status_topic(client_id: str) -> str:
    """Topic on which a client's birth and will stand, retained: `online` or `offline`."""
    return f"{PREFIX}/{client_id}/status"


def quoted(text: str, limit: int = 120) -> str:
    """Text from outside, made safe and short for a message."""
    return repr(text if len(text) <= limit else text[:limit] + "…")
