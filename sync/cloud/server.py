"""The service behind a port: TLS ends here or in a proxy before it; a client's certificate is handed on."""

import asyncio
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

import uvicorn
from cryptography import x509
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from provisioning.identity.messages import common_name
from sync.cloud.api.identity import PEER
from sync.cloud.gateways import Peer
from sync.cloud.tls import Tls

_GRACE_S: Final = 10
_KEEP_ALIVE_S: Final = 75
_YOUNG_OBJECTS: Final = 5_000
_TURN_S: Final = 0.001


@contextmanager
def short_pauses() -> Iterator[None]:
    """Keep the interpreter from making requests wait; for a process that does nothing but serve.

    The collector of garbage walks over everything that lives, while nobody else does anything: a fifth of a
    second for all that the service has loaded. What is there by now stays, so it is left out from here on.
    And who waits for the interpreter while a chore computes gets it after a millisecond rather than five;
    a request waits for it several times.
    """
    thresholds, turn_s = gc.get_threshold(), sys.getswitchinterval()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *thresholds[1:])
    sys.setswitchinterval(_TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(turn_s)
        gc.set_threshold(*thresholds)
        gc.unfreeze()


class PeerProtocol(H11Protocol):
    """HTTP that tells the app whose certificate the connection showed; TLS has verified it by then."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Note the peer once: it is the same for every request of the connection."""
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        peer = None if connection is None else peer_of(connection.getpeercert(binary_form=True))
        if peer is not None:
            self.app = _Named(self.app, peer)


class _Named:
    """Sets the peer in the scope of every request."""

    def __init__(self, app: Any, peer: Peer) -> None:
        self._app: ASGIApp = app
        self._peer = peer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        extensions = {**scope.get("extensions", {}), PEER: self._peer}
        await self._app({**scope, "extensions": extensions}, receive, send)


def peer_of(der: bytes | None) -> Peer | None:
    """Who a verified certificate is of; None without one, of nobody when it cannot be read."""
    if not der:
        return None
    try:
        shown = x509.load_der_x509_certificate(der)
        name, issuer = common_name(shown.subject) or "", shown.issuer.rfc4514_string()
        return Peer(name, issuer, f"{shown.serial_number:x}", der)
    except ValueError:  # OpenSSL takes more than the standard allows
        return Peer("")


class CloudServer(uvicorn.Server):
    """Runs the API until a signal; TLS from 1.2 on, when there is a certificate."""

    def __init__(self, api: ASGIApp, tls: Tls | None) -> None:
        super().__init__(
            uvicorn.Config(
                api,
                http=PeerProtocol,
                ws="none",
                ssl_context_factory=None if tls is None else lambda _config, _default: tls.context,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=_GRACE_S,
                timeout_keep_alive=_KEEP_ALIVE_S,
                server_header=False,
                proxy_headers=False,
            )
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop, on SIGINT or SIGTERM; unlike uvicorn's own way, a clean end is then no failure."""
        del sig, frame
        self.force_exit = self.should_exit  # asked twice
        self.should_exit = True
