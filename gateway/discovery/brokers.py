"""Looking for MQTT brokers that announce themselves (mDNS, RFC 6762; DNS-SD, RFC 6763)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf

WAIT_S: Final = 3.0
MOST: Final = 32
_SCHEMES: Final[dict[str, Literal["mqtt", "mqtts"]]] = {
    "_mqtt._tcp.local.": "mqtt",
    "_secure-mqtt._tcp.local.": "mqtts",
}
_ANSWER_S: Final = 1.5
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class FoundBroker:
    """A broker that announces itself: what it is called, and the `[mqtt] url` that reaches it."""

    name: str
    url: str


async def find_brokers(
    *, wait_s: float = WAIT_S, interfaces: Sequence[str] | None = None
) -> list[FoundBroker]:
    """Listen for announcements for `wait_s` and return the brokers by name.

    Args:
        wait_s: how long to listen, seconds.
        interfaces: addresses of this machine to ask at; None: all.

    Raises:
        OSError: this machine has no network.
    """
    from zeroconf import InterfaceChoice  # noqa: PLC0415 - a box is set up once, and runs without it
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415 - as above

    heard: dict[str, str] = {}

    def on_change(
        zeroconf: "Zeroconf", service_type: str, name: str, state_change: "ServiceStateChange"
    ) -> None:
        del zeroconf
        if state_change.name != "Removed" and len(heard) < MOST:
            heard[name] = service_type

    found: list[FoundBroker] = []
    async with AsyncZeroconf(
        interfaces=InterfaceChoice.All if interfaces is None else list(interfaces)
    ) as network:
        browser = AsyncServiceBrowser(network.zeroconf, list(_SCHEMES), handlers=[on_change])
        await asyncio.sleep(wait_s)
        await browser.async_cancel()
        infos = [AsyncServiceInfo(service_type, name) for name, service_type in heard.items()]
        known = await asyncio.gather(
            *(each.async_request(network.zeroconf, _ANSWER_S * 1000) for each in infos)
        )
        for info, is_known in zip(infos, known, strict=True):
            addresses = info.parsed_addresses()
            if is_known and addresses and info.port:
                scheme = _SCHEMES[info.type]
                # A certificate names the host, not its address of today.
                host = (info.server or "").rstrip(".") if scheme == "mqtts" else addresses[0]
                found.append(FoundBroker(_plain(info.get_name()), _url(scheme, host, info.port)))
    return sorted(found, key=lambda each: (each.name, each.url))


def _url(scheme: str, host: str, port: int) -> str:
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _plain(name: str) -> str:
    return "".join(each for each in name if each.isprintable())[:_LONGEST_NAME]
