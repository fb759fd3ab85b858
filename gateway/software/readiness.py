"""What the box says of itself over HTTP, as anybody would hear it."""

import asyncio
import logging
from ipaddress import ip_address
from typing import Final

import httpx

_log = logging.getLogger(__name__)
_PATIENCE_S: Final = 10.0
_OK: Final = (200, 503)


class Readiness:
    """Asks the box's own `/readyz`."""

    def __init__(self) -> None:
        self._url: str | None = None

    def served_at(self, host: str, port: int) -> None:
        """Say where the box listens; until then nobody can be asked."""
        self._url = f"http://{_reachable(host)}:{port}/readyz"

    async def failing(self) -> frozenset[str] | None:
        """The parts that have failed, by name; None when there is no answer."""
        if self._url is None:
            return None
        try:
            async with asyncio.timeout(_PATIENCE_S), httpx.AsyncClient(trust_env=False) as http:
                answer = await http.get(self._url)
            parts = answer.json()["parts"] if answer.status_code in _OK else None
            return None if parts is None else frozenset(_failed(parts))
        except (httpx.HTTPError, TimeoutError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("the box does not answer itself: %s", error)
            return None


def _failed(parts: dict[str, dict[str, str]]) -> list[str]:
    return [name for name, part in parts.items() if part["state"] == "failed"]


def _reachable(host: str) -> str:
    """An address that reaches who listens on the host."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"  # noqa: PLR2004 - the version's own number
    return f"[{host}]" if address.version == 6 else host  # noqa: PLR2004 - likewise
