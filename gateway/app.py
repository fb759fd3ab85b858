"""The composition root of the box: builds the parts, wires them, starts and stops them in order. No logic."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from devices.mqtt.session import Link
from devices.reading import Reading
from gateway.adoption import Adoption
from gateway.api import ApiSettings, BoxServices, create_api
from gateway.cameras import CameraFleet, VisionMessage
from gateway.clock import Clock, LocalDays
from gateway.commands.grants import record_grants
from gateway.commands.plans import Plans
from gateway.commands.service import Commands
from gateway.config.model import BoxConfig
from gateway.dispatch import CountWhileTraining, Dispatch
from gateway.events.log import EventLog
from gateway.health import Health
from gateway.heart_metrics import of_hearts
from gateway.hearts.hearts import Hearts
from gateway.homeassistant import HomeAssistant
from gateway.inbox import Inbox
from gateway.inference.recommenders import Recommenders
from gateway.inference.service import Inference
from gateway.live.board import LiveBoard
from gateway.machines import Machines
from gateway.members.key import MemberKey
from gateway.members.members import Members
from gateway.members.wellbeing import WellbeingDiary
from gateway.metrics import Metrics
from gateway.model_supply import ModelSupply
from gateway.models import Models
from gateway.monitoring.monitor import PlanMonitor
from gateway.planning.floor import Floor
from gateway.planning.nightly import Nightly
from gateway.planning.planner import Planner
from gateway.planning.steps import StepsOfTheDay
from gateway.processes.supervisor import Supervisor
from gateway.replays import Replays
from gateway.sessions.service import SessionService
from gateway.stations import stations_of
from gateway.store.store import Store, StoreError, StoreState
from gateway.store.tables import MIGRATIONS, store_path
from gateway.tokens import Tokens
from gateway.tuning import Tuning
from recommender.coach import Coach
from sync import outbox

KEY_FILE: Final = "pseudonym.key"
MODELS_FOLDER: Final = "models"
STORE: Final = "store"
# Four cameras at 12 views a second fill this in five seconds; a loop that slow has worse troubles.
_VISION_INBOX: Final = 256
# Three hundred devices at 4 Hz fill this in seven seconds.
_READINGS_INBOX: Final = 2048
_GATHER_READINGS_S: Final = 0.005
# Longer than any turn of the loop should take; meanwhile a flood waits at the broker.
_READINGS_PATIENCE_S: Final = 0.05

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
        loop = asyncio.get_running_loop()
        self._vision_inbox = Inbox(loop=loop, handle=self._on_vision, maxsize=_VISION_INBOX, name="vision")
        self._readings_inbox = self._create_readings_inbox(loop)
        self._config = config
        self.machines = self._create_machines(data_dir)
        self.tuning = Tuning(config=config, store=self.store)
        self.cameras = self._create_cameras(models_dir)
        pose = config.vision.pose if config.cameras else None
        self.recommenders = Recommenders(models_dir=models_dir, health=self.health)
        self.inference = Inference(self.recommenders)
        self.models = Models(
            pose=pose, models_dir=models_dir, looking=self.cameras, recommenders=self.recommenders
        )
        self._model_supply = self._create_model_supply(models_dir)
        self._needs_model = pose is not None
        self.stations = stations_of(config)
        key = MemberKey(data_dir / KEY_FILE)
        self.members = Members(store=self.store, pseudonym=key)
        self._days = LocalDays(ZoneInfo(config.box.timezone), Clock())
        self.wellbeing = WellbeingDiary(store=self.store, days=self._days)
        self._floor = Floor(config, self.machines.profiles)
        self.planner = self._create_planner(key)
        self._nightly = Nightly(planner=self.planner, hour=config.gym.plans_hour, days=self._days)
        self.hearts = self._create_hearts()
        self.sessions = self._create_sessions(key)
        self.adoption = self._create_adoption()
        self.tokens = Tokens(store=self.store)
        self.events = EventLog(store=self.store)
        self._monitor = self._create_monitor()
        self.commands = self._create_commands()
        self.plans = Plans(commands=self.commands)
        self._steps = self._create_steps()
        self.board = self._create_board()
        self._home_assistant = self._create_home_assistant()
        self._dispatch = Dispatch(board=self.board, sessions=self.sessions, commands=self.commands)
        self.sessions.add_listener(self.commands)
        self.sessions.add_listener(self.plans)
        self.sessions.add_listener(self._steps)
        self.sessions.add_listener(self.hearts.watch)
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
        self._restore_adopted()
        self.machines.start()
        self.cameras.start()
        self.supervisor.start()
        await asyncio.to_thread(self.recommenders.load)
        if self._needs_model:
            self._model_supply.start()
        with suppress(StoreError):  # the store's own state tells of it
            await self.sessions.resume()
            await record_grants(self._config, self.events)
        parts = (
            self.board,
            self.sessions,
            self.events,
            self.commands,
            self.plans,
            self._steps,
            self._nightly,
            self._monitor,
            self.hearts,
            self._home_assistant,
        )
        self._tasks = [asyncio.create_task(part.run()) for part in parts]

    async def stop(self) -> None:
        """Stop everything in reverse; running sessions are written down and go on at the next start."""
        self.board.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self.inference.close()
            await self.sessions.close()
            with suppress(StoreError):  # the process log has what the store does not take
                await self.events.close()
        finally:
            await asyncio.to_thread(self._stop_threads)

    def _stop_threads(self) -> None:
        self._model_supply.stop()
        self.machines.stop()
        self.supervisor.stop(timeout_s=3.0)
        self.cameras.stop()
        self._vision_inbox.close()
        self._readings_inbox.close()
        self.commands.close()
        self.store.stop()

    def _create_readings_inbox(self, loop: asyncio.AbstractEventLoop) -> Inbox[tuple[str, Sequence[Reading]]]:
        return Inbox(
            loop=loop,
            handle=self._on_readings,
            maxsize=_READINGS_INBOX,
            name="readings",
            gather_s=_GATHER_READINGS_S,
            patience_s=_READINGS_PATIENCE_S,
        )

    def _create_machines(self, data_dir: Path) -> Machines:
        return Machines(
            config=self._config,
            data_dir=data_dir,
            supervisor=self.supervisor,
            health=self.health,
            on_readings=lambda device_id, readings: self._readings_inbox.post((device_id, readings)),
            on_link=self._on_link,
            on_machine_frame=self._on_machine_frame,
        )

    def _create_cameras(self, models_dir: Path) -> CameraFleet:
        return CameraFleet(
            config=self._config,
            models_dir=models_dir,
            supervisor=self.supervisor,
            health=self.health,
            counting=self.tuning.counting,
            on_message=self._vision_inbox.post,
        )

    def _create_model_supply(self, models_dir: Path) -> ModelSupply:
        return ModelSupply(
            model=self._config.vision.pose,
            models_dir=models_dir,
            health=self.health,
            on_installed=self.cameras.model_installed,
        )

    def _create_sessions(self, key: MemberKey) -> SessionService:
        return SessionService(
            store=self.store,
            stations=self.stations,
            devices=self.machines.registry,
            members=self.members,
            pseudonym=key,
            models=self.models.counting,
            outcome=self.planner.outcome,
        )

    def _create_commands(self) -> Commands:
        return Commands(
            config=self._config,
            devices=self.machines.registry,
            publish=self.machines.publish,
            events=self.events,
        )

    def _create_monitor(self) -> PlanMonitor:
        return PlanMonitor(
            store=self.store,
            events=self.events,
            health=self.health,
            effect=lambda: self.recommenders.effect,
            days=self._days,
        )

    def _create_planner(self, key: MemberKey) -> Planner:
        return Planner(
            store=self.store,
            floor=self._floor,
            coach=lambda: Coach(self.recommenders.intensity, self.recommenders.effect),
            rules=Coach(),
            training=lambda: [(each.station.id, each.member_id) for each in self.sessions.active()],
            pseudonym=key,
            days=self._days,
            health=self.health,
            keep_days=self._config.storage.telemetry_days,
            language=self._config.box.language,
        )

    def _create_hearts(self) -> Hearts:
        return Hearts(store=self.store, devices=self.machines.registry, floor=self._floor, days=self._days)

    def _create_steps(self) -> StepsOfTheDay:
        return StepsOfTheDay(
            planner=self.planner,
            floor=self._floor,
            store=self.store,
            plans=self.plans,
            opened=self.hearts.opened,
        )

    def _create_adoption(self) -> Adoption:
        return Adoption(
            store=self.store,
            registry=self.machines.registry,
            profiles=self.machines.profiles,
            on_change=self.machines.resubscribe,
            in_use=lambda: {device for session in self.sessions.active() for device in session.devices},
        )

    def _create_board(self) -> LiveBoard:
        return LiveBoard(
            stations=self.stations,
            devices=self.machines.registry,
            health=self.health,
            started_at=_utc_now(),
            control_of=self.commands.shown,
        )

    def _create_home_assistant(self) -> HomeAssistant:
        return HomeAssistant(
            config=self._config,
            stations=self.stations,
            devices=self.machines.registry,
            board=self.board,
            store=self.store,
            publish=self.machines.publish,
            connections=lambda: self.machines.connections,
        )

    def _create_api(self, settings: ApiSettings | None) -> FastAPI:
        metrics = Metrics()
        replays = Replays(self.cameras.requests)
        metrics.watch_health(self.health)
        metrics.watch_supervisor(self.supervisor)
        metrics.watch_machines(self.machines)
        metrics.watch_cameras(self.cameras)
        metrics.watch_inboxes(self._vision_inbox, self._readings_inbox, self.commands.inbox)
        metrics.watch_sessions(
            active=lambda: len(self.sessions.active()), started=lambda: self.sessions.started
        )
        metrics.watch_outbox(self._outbox)
        metrics.watch_models(self.models, replays)
        metrics.watch_inference(self.inference)
        metrics.watch_plans(self.planner, self._monitor)
        metrics.add(*of_hearts(self.hearts))
        return create_api(
            BoxServices(
                stations=self.stations,
                store=self.store,
                board=self.board,
                sessions=self.sessions,
                members=self.members,
                wellbeing=self.wellbeing,
                planner=self.planner,
                hearts=self.hearts,
                tokens=self.tokens,
                health=self.health,
                devices=self.machines.registry,
                adoption=self.adoption,
                commands=self.commands,
                plans=self.plans,
                events=self.events,
                cameras=self.cameras,
                tuning=self.tuning,
                replays=replays,
                models=self.models,
                inference=self.inference,
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

    def _on_readings(self, news: tuple[str, Sequence[Reading]]) -> None:
        self._dispatch.on_readings(*news)

    def _on_machine_frame(self, device_id: str, characteristic: str, payload: bytes, now_s: float) -> None:
        self.commands.hear(device_id, characteristic, payload, now_s)

    def _on_link(self, link: Link) -> None:
        self.commands.link_changed(link)

    def _on_store(self, state: StoreState) -> None:
        self.health.set(STORE, state.level, state.reason)
        if state.level != "failed":
            self._restore_adopted()

    def _restore_adopted(self) -> None:
        with suppress(StoreError):  # the store's own state tells of it, and of when to try again
            self.adoption.restore()


def _utc_now() -> datetime:
    return datetime.now(UTC)
