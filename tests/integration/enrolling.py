"""The cloud behind TLS with an authority of its own, on a thread; what boxes do to it is real."""

import asyncio
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path

from sync.cloud.app import Cloud
from sync.cloud.est import files
from sync.cloud.server import CloudServer
from sync.cloud.settings import load


class RunningCloud:
    """A service that boxes enrol at; `root` is what they trust."""

    def __init__(self, folder: Path, **settings: str) -> None:
        if not files.exists(folder / "ca"):
            files.create(folder / "ca", name="Gym", hosts=["127.0.0.1", "localhost"], now=datetime.now(UTC))
        self.root = folder / "ca" / "root.pem"
        environ = {f"GYMBOX_CLOUD_{name}": value for name, value in settings.items()}
        self.cloud = Cloud(load(None, folder=folder, environ=environ))
        self.cloud.start()
        self._server = CloudServer(self.cloud.api, self.cloud.tls)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._server.serve(sockets=[self._listening])), name="cloud"
        )
        self._thread.start()

    def claim(self, box: str, *, approval: bool = False) -> str:
        """What lets a box enrol."""
        return self.cloud.enrolments.claim(box, gym_id="gym", tenant_id="tenant", approval=approval)

    def revoke(self, box: str) -> None:
        """Send a box away, and have the handshake know at once."""
        self.cloud.gateways.revoke(box)
        self.cloud.identities.look()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(15)
        self._listening.close()
        self.cloud.stop()
