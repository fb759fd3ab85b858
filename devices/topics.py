"""MQTT topics on which bridges relay BLE notifications.

    gymbox/v1/<bridge>/ble/<address>/<service>/<characteristic>         payload: the raw octets
    gymbox/v1/<bridge>/ble/<address>/<service>/<characteristic>/json    payload: {"ts_ms","seq","hex","rssi"}
    gymbox/v1/<bridge>/ble/<address>/link                               payload: up or down, retained

Service and characteristic are 16-bit UUIDs as four lower-case hex digits.
"""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from devices.rejection import FrameRejected

Form = Literal["raw", "json"]

PREFIX: Final = "gymbox/v1"

LINK: Final = "link"

# Everything that a bridge sends up; `/set` (control point writes) goes down and matches none.
SUBSCRIPTIONS: Final = (
    f"{PREFIX}/+/ble/+/{LINK}",
    f"{PREFIX}/+/ble/+/+/+",
    f"{PREFIX}/+/ble/+/+/+/json",
)

MAX_TOPIC_CHARACTERS: Final = 256

_TOPIC = re.compile(
    r"gymbox/v1/(?P<bridge>[A-Za-z0-9._:-]{1,64})/ble/(?P<address>[A-Za-z0-9._:-]{1,64})"
    r"/(?:link|(?P<service>[0-9a-f]{4})/(?P<characteristic>[0-9a-f]{4})(?P<json>/json)?)"
)
_MAC = re.compile(r"(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class BleTopic:
    """Where a relayed notification comes from, and how its payload is written.

    News of the link itself has `link` for a characteristic. `written` is the address as the bridge spells it.
    """

    bridge: str
    address: str
    service: str
    characteristic: str
    form: Form = "raw"
    written: str = field(default="", compare=False)

    def __str__(self) -> str:
        if self.characteristic == LINK:
            return f"{PREFIX}/{self.bridge}/ble/{self.address}/{LINK}"
        suffix = "/json" if self.form == "json" else ""
        return f"{PREFIX}/{self.bridge}/ble/{self.address}/{self.service}/{self.characteristic}{suffix}"


def is_mac(text: str) -> bool:
    """Whether this is a hardware address, however it is written."""
    return _MAC.fullmatch(text.lower()) is not None


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
            f"topic {quoted(topic)} is not {PREFIX}/<bridge>/ble/<address>/<service>/<characteristic>[/json]"
            f" nor .../<address>/{LINK}",
        )
    return BleTopic(
        bridge=match["bridge"],
        address=normal_address(match["address"]),
        service=match["service"] or "",
        characteristic=match["characteristic"] or LINK,
        form="json" if match["json"] else "raw",
        written=match["address"],
    )


def control_topic(bridge: str, address: str) -> str:
    """Topic on which a bridge takes writes to a machine's Control Point; QoS 1, never retained.

    The address must be written as the bridge does.
    """
    return f"{PREFIX}/{bridge}/ble/{address}/1826/2ad9/set"


def link_topic(bridge: str, address: str) -> str:
    """Topic on which a bridge takes wishes for its link to a machine; QoS 1, never retained."""
    return f"{PREFIX}/{bridge}/ble/{address}/{LINK}/set"


def status_topic(client_id: str) -> str:
    """Topic on which a client's birth and will stand, retained: `online` or `offline`."""
    return f"{PREFIX}/{client_id}/status"


def quoted(text: str, limit: int = 120) -> str:
    """Text from outside, made safe and short for a message."""
    return repr(text if len(text) <= limit else text[:limit] + "…")
