"""A box with nothing but its API, for tests that need a real server: `python api_server.py DATA_DIR PORT`.

Prints the port and a token once it listens. Each line on standard input is a repetition at the mat.
"""

import asyncio
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from devices.registry import DeviceRegistry
from gateway.api import BoxServices, create_api
from gateway.api.throttle import FailureThrottle
from gateway.clock import Clock
from gateway.health import Health
from gateway.live.board import LiveBoard
from gateway.members.consent import Consents
from gateway.members.members import Members
from gateway.members.pins import PINS_A_MINUTE, Pins
from gateway.sessions.service import SessionService
from gateway.stations import Station
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from gateway.tokens import Tokens
from sync.pseudonym import Pseudonymiser
from vision.counting.reps import Rep
from vision.processes.messages import CameraStatus

STATIONS = {"mat": Station("mat", "Mat", exercises=("pushup",))}


NOT_ASKED_FOR: Any = dict.fromkeys(
    (
        "adoption",
        "commands",
        "plans",
        "events",
        "tuning",
        "replays",
        "models",
        "inference",
        "planner",
        "hearts",
        "wellbeing",
        "configuration",
        "previews",
        "blurred",
        "handovers",
        "history",
        "identity",
        "operators",
        "logins",
        "setup_code",
        "surroundings",
        "diagnostics",
    )
)


class Cameras:
    """No cameras."""

    camera_status: dict[str, CameraStatus] = {}  # noqa: RUF012 - there are none


class Metrics:
    """No counters."""

    def render(self) -> tuple[bytes, str]:
        """Return nothing."""
        return b"", "text/plain"


class Server(uvicorn.Server):
    """A server that ends the streams first, so that each ends properly and none holds it up."""

    def __init__(self, config: uvicorn.Config, board: LiveBoard) -> None:
        super().__init__(config)
        self._board = board

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal to stop."""
        self._board.close()
        super().handle_exit(sig, frame)


async def serve(data_dir: Path, port: int) -> None:
    """Run the box until it is told to stop."""
    store = Store(path=store_path(data_dir), migrations=MIGRATIONS)
    store.start()
    clock, health, registry = Clock(), Health(), DeviceRegistry()
    pseudonym = Pseudonymiser(b"k" * 32)
    members, tokens = Members(store=store, pseudonym=pseudonym), Tokens(store=store)
    sessions = SessionService(
        store=store, stations=STATIONS, devices=registry, members=members, pseudonym=pseudonym
    )
    board = LiveBoard(stations=STATIONS, devices=registry, health=health, started_at=datetime.now(UTC))
    sessions.add_listener(board)
    await sessions.resume()
    app = create_api(
        BoxServices(
            stations=STATIONS,
            store=store,
            board=board,
            sessions=sessions,
            members=members,
            tokens=tokens,
            consents=Consents(store=store, pseudonym=pseudonym, rule=lambda: "elsewhere"),
            pins=Pins(store=store, throttle=FailureThrottle(limit=PINS_A_MINUTE)),
            health=health,
            devices=registry,
            cameras=Cameras(),
            metrics=Metrics(),
            **NOT_ASKED_FOR,
        )
    )
    listener = socket.create_server(("127.0.0.1", port))
    token = (await tokens.create("kiosk", "mat")).token
    sys.stdout.write(f"{listener.getsockname()[1]} {token}\n")
    sys.stdout.flush()

    def on_line() -> None:
        told = os.read(sys.stdin.fileno(), 4096)
        if not told:
            asyncio.get_running_loop().remove_reader(sys.stdin)
        for _ in range(told.count(b"\n")):
            now_s = clock.now_s()
            rep = Rep("pushup", now_s - 0.2, now_s - 0.1, now_s, 0.9, partial=False)
            sessions.on_rep("mat", rep)
            board.on_rep("mat", rep)

    asyncio.get_running_loop().add_reader(sys.stdin, on_line)
    tasks = [asyncio.create_task(board.run()), asyncio.create_task(sessions.run())]
    config = uvicorn.Config(
        app, log_level="warning", server_header=False, proxy_headers=False, timeout_graceful_shutdown=2
    )
    await Server(config, board).serve([listener])
    for task in tasks:
        task.cancel()
    await sessions.close()
    store.stop()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
