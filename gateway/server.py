"""The HTTP server: its port is bound before anything starts, and its end waits for no browser."""

import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

_BACKLOG = 128
_GRACE_S = 2


class PortUnavailable(Exception):  # noqa: N818 - named by what happened
    """The address cannot be listened on; the text says why and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """Take the port, or say who could have it.

    Raises:
        PortUnavailable: it is taken, privileged, or the host is not this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise PortUnavailable(
            f"cannot listen on {host}:{port}: {error.strerror or error}. Choose another port, "
            "or end the program that holds this one."
        ) from error
    # Connections inherit it; asyncio sets it only where a socket names its protocol, which this one does not.
    # Without it the body of an answer waits 40 ms until the client has acknowledged the head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class Server(uvicorn.Server):
    """Runs the API until a signal; `on_exit` is called at once, to end the streams that would hold it up."""

    def __init__(self, app: FastAPI, *, on_exit: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",  # whatever faster parser another package has brought along
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=_GRACE_S,
                server_header=False,
                proxy_headers=False,  # the throttle goes by the peer that really asks
            )
        )
        self._on_exit = on_exit

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop, on SIGINT or SIGTERM; unlike uvicorn's own way, a clean end is then no failure."""
        del sig, frame
        self.force_exit = self.should_exit  # asked twice
        self.stop()

    def stop(self) -> None:
        """Begin to stop, from inside."""
        self._on_exit()
        self.should_exit = True
