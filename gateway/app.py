"""The composition root of the box: builds the parts, wires them, starts and stops them in order. No logic."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from fastapi import FastAPI

from devices.reading import Reading
from gateway.api import ApiSettings, BoxServices, create_api
from gateway.cameras import CameraFleet, VisionMessage
from gateway.config.model import BoxConfig
from gateway.dispatch import CountWhileTraining, Dispatch
from gateway.health import Health
from gateway.inbox import Inbox
from gateway.live.board import LiveBoard
from gateway.machines import Machines
from gateway.members.key import MemberKey
from gateway.members.members import Members
from gateway.metrics import Metrics
from gateway.model_supply import ModelSupply
from gateway.models import Models
from gateway.processes.supervisor import Supervisor
from gateway.replays import Replays
from gateway.sessions.service import SessionService
from gateway.stations import stations_of
from gateway.store.store import Store, StoreError, StoreState
from gateway.store.tables import MIGRATIONS, store_path
from gateway.tokens import Tokens
from gateway.tuning import Tuning
from sync import outbox

KEY_FILE: Final = "pseudonym.key"
MODELS_FOLDER: Final = "models"
STORE: Final = "store"
# Four cameras at 12 views a second fill this in five seconds; a loop that slow has worse troubles.
_VISION_INBOX: Final = 256
_READINGS_INBOX: Final = 1024

T = TypeVar("T")


class Box:
    """One box. Build it on the event loop that it is to run on."""

    def __init__(
        self,
        *,
        config: BoxConfig,
        data_dir: Path,
        models_dir: Path | None = None,
        settings: ApiSettings | None = None,
    ) -> None:
        models_dir = models_dir or data_dir / MODELS_FOLDER
        self.health = Health()
        self.supervisor = Supervisor()
        self.store = Store(path=store_path(data_dir), migrations=MIGRATIONS)
        self._vision_inbox = _inbox("vision", self._on_vision, _VISION_INBOX)
        self._readings_inbox = _inbox("readings", self._on_readings, _READINGS_INBOX)
        self.machines = Machines(
            config=config,
            data_dir=data_dir,
            supervisor=self.supervisor,
            health=self.health,
            on_readings=lambda _device, readings: self._readings_inbox.post(readings),
        )
        self.tuning = Tuning(config=config, store=self.store)
        self.cameras = CameraFleet(
            config=config,
            models_dir=models_dir,
            supervisor=self.supervisor,
            health=self.health,
            counting=self.tuning.counting,
            on_message=self._vision_inbox.post,
        )
        pose = config.vision.pose if config.cameras else None
        self.models = Models(pose=pose, models_dir=models_dir, looking=self.cameras)
        self._model_supply = ModelSupply(
            model=config.vision.pose,
            models_dir=models_dir,
            health=self.health,
            on_installed=self.cameras.model_installed,
        )
        self._needs_model = pose is not None
        self.stations = stations_of(config)
        key = MemberKey(data_dir / KEY_FILE)
        self.members = Members(store=self.store, pseudonym=key)
        self.sessions = SessionService(
            store=self.store,
            stations=self.stations,
            devices=self.machines.registry,
            members=self.members,
            pseudonym=key,
            models=self.models.counting,
        )
        self.board = LiveBoard(
            stations=self.stations, devices=self.machines.registry, health=self.health, started_at=_utc_now()
        )
        self.tokens = Tokens(store=self.store)
        self._dispatch = Dispatch(board=self.board, sessions=self.sessions)
        self.sessions.add_listener(self.board)
        self.sessions.add_listener(CountWhileTraining(self.cameras))
        self.api = self._create_api(settings)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start everything; returns without waiting for a broker, a camera, a model or a writable disk.

        Raises:
            StoreInUse: another box runs on the same data folder.
        """
        self.store.subscribe(self._on_store)
        self.tuning.subscribe(self.cameras.tune)
        self.store.start()
        self.machines.start()
        self.cameras.start()
        self.supervisor.start()
        if self._needs_model:
            self._model_supply.start()
        with suppress(StoreError):  # the store's own state tells of it
            await self.sessions.resume()
        self._tasks = [asyncio.create_task(self.board.run()), asyncio.create_task(self.sessions.run())]

    async def stop(self) -> None:
        """Stop everything in reverse; running sessions are written down and go on at the next start."""
        self.board.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self.sessions.close()
        finally:
            await asyncio.to_thread(self._stop_threads)

    def _stop_threads(self) -> None:
        self._model_supply.stop()
        self.machines.stop()
        self.supervisor.stop(timeout_s=3.0)
        self.cameras.stop()
        self._vision_inbox.close()
        self._readings_inbox.close()
        self.store.stop()

    def _create_api(self, settings: ApiSettings | None) -> FastAPI:
        metrics = Metrics()
        replays = Replays(self.cameras.requests)
        metrics.watch_health(self.health)
        metrics.watch_supervisor(self.supervisor)
        metrics.watch_machines(self.machines)
        metrics.watch_cameras(self.cameras)
        metrics.watch_inboxes(self._vision_inbox, self._readings_inbox)
        metrics.watch_sessions(
            active=lambda: len(self.sessions.active()), started=lambda: self.sessions.started
        )
        metrics.watch_outbox(self._outbox)
        metrics.watch_models(self.models, replays)
        return create_api(
            BoxServices(
                stations=self.stations,
                store=self.store,
                board=self.board,
                sessions=self.sessions,
                members=self.members,
                tokens=self.tokens,
                health=self.health,
                devices=self.machines.registry,
                cameras=self.cameras,
                tuning=self.tuning,
                replays=replays,
                models=self.models,
                metrics=metrics,
                settings=settings or ApiSettings(),
            )
        )

    def _outbox(self) -> tuple[int, float] | None:
        try:
            status = self.store.read_now(lambda db: outbox.status(db.conn))
        except StoreError:  # the store's own state tells of it
            return None
        return status.depth, status.oldest_age_s(_utc_now()) or 0.0

    def _on_vision(self, message: VisionMessage) -> None:
        self._dispatch.on_vision(message)

    def _on_readings(self, readings: Sequence[Reading]) -> None:
        self._dispatch.on_readings(readings)

    def _on_store(self, state: StoreState) -> None:
        self.health.set(STORE, state.level, state.reason)


def _inbox(name: str, handle: Callable[[T], None], maxsize: int) -> Inbox[T]:
    return Inbox(loop=asyncio.get_running_loop(), handle=handle, maxsize=maxsize, name=name)


def _utc_now() -> datetime:
    return datetime.now(UTC)
