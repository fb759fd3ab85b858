"""The service behind a real port of this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from sync.cloud.app import Cloud


@contextmanager
def listening(service: Cloud) -> Iterator[str]:
    """Yield its address while it serves."""
    with socket.create_server(("127.0.0.1", 0)) as port:
        config = uvicorn.Config(service.api, log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [port]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{port.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)
