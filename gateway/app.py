"""The composition root of the box: builds the parts, wires them, starts and stops them in order. No logic."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, Protocol
from zoneinfo import ZoneInfo

from devices.mqtt.session import Link
from devices.reading import Reading
from gateway.api import ApiSettings
from gateway.assembly.api import create_box_api, create_console, create_metrics
from gateway.assembly.care import create_diagnostics, create_jobs
from gateway.assembly.cloud import (
    create_config_agent,
    create_health_reports,
    create_link,
    create_software,
    create_updates,
)
from gateway.assembly.floor import (
    create_adoption,
    create_board,
    create_cameras,
    create_commands,
    create_home_assistant,
    create_machines,
    create_model_supply,
    create_readings_inbox,
    create_vision_inbox,
)
from gateway.assembly.training import (
    create_hearts,
    create_monitor,
    create_planner,
    create_sessions,
    create_steps,
)
from gateway.camera_news import VisionMessage
from gateway.clock import Clock, LocalDays
from gateway.cloud.sync import CloudSync
from gateway.commands.grants import record_grants
from gateway.commands.plans import Plans
from gateway.config.layered import LayeredConfig
from gateway.config.model import BoxConfig
from gateway.device_history import DeviceHistory
from gateway.dispatch import CountWhileTraining, Dispatch
from gateway.enrolment.agent import IdentityAgent
from gateway.events.log import EventLog
from gateway.federated.participation import Participation
from gateway.handovers import Handovers
from gateway.health import Health
from gateway.inference.recommenders import Recommenders
from gateway.inference.service import Inference
from gateway.members.consent import Consents
from gateway.members.key import MemberKey
from gateway.members.members import Members
from gateway.members.wellbeing import WellbeingDiary
from gateway.models import Models
from gateway.operators.accounts import Operators
from gateway.operators.logins import Logins
from gateway.operators.setup_code import SetupCode
from gateway.planning.floor import Floor
from gateway.planning.nightly import Nightly
from gateway.processes.supervisor import Supervisor
from gateway.reconfiguration.configuration import PART, Configuration, Used
from gateway.reconfiguration.ledger import Ledger
from gateway.reconfiguration.start import Opened
from gateway.replays import Replays
from gateway.software.program import ProgramCheck
from gateway.stations import Stations
from gateway.store.store import Store, StoreError, StoreState
from gateway.store.tables import MIGRATIONS, store_path
from gateway.tokens import Tokens
from gateway.tuning import Tuning

KEY_FILE: Final = "pseudonym.key"
MODELS_FOLDER: Final = "models"
STORE: Final = "store"
Ending = Literal["restart", "exit"]


class Part(Protocol):
    """What goes on by itself."""

    async def run(self) -> None:
        """Go on until cancelled."""


class Box:
    """One box. Build it on the event loop that it is to run on."""

    def __init__(
        self,
        *,
        config: BoxConfig,
        data_dir: Path,
        models_dir: Path | None = None,
        settings: ApiSettings | None = None,
        opened: Opened | None = None,
    ) -> None:
        """`opened` is what the configuration was made of; without it, `config` is as good as a file."""
        self.models_dir = models_dir = models_dir or data_dir / MODELS_FOLDER
        self.data_dir = data_dir
        self.health = Health()
        self.supervisor = Supervisor()
        self.store = Store(path=store_path(data_dir), migrations=MIGRATIONS)
        self.events = EventLog(store=self.store)
        opened = opened or Opened(LayeredConfig.of(config, data_dir=data_dir), config, Ledger())
        self.configuration = Configuration(
            layers=opened.layers,
            config=config,
            health=self.health,
            events=self.events,
            used=self._used,
            on_restart=self.restart,
        )
        self._left_out = opened.trouble
        self.ending: Ending | None = None
        self._on_ending: Callable[[], object] = _nobody
        self._build_senses()
        self._build_training()
        self._build_access()
        self._build_cloud(opened.ledger)
        self._build_answers()
        self._build_face(settings)
        self._follow_the_configuration()
        self._tasks: list[asyncio.Task[None]] = []

    def _build_senses(self) -> None:
        """What sees and hears, and the models that make something of it."""
        self.vision_inbox = create_vision_inbox(self)
        self.readings_inbox = create_readings_inbox(self)
        self.machines = create_machines(self, self.data_dir)
        self.tuning = Tuning(config=self.config, store=self.store)
        self.cameras = create_cameras(self, self.models_dir)
        pose = self.config.vision.pose if self.config.cameras else None
        self.recommenders = Recommenders(models_dir=self.models_dir, health=self.health)
        self.inference = Inference(self.recommenders)
        self.models = Models(
            pose=pose, models_dir=self.models_dir, looking=self.cameras, recommenders=self.recommenders
        )
        self._model_supply = create_model_supply(self, self.models_dir)
        self._needs_model = pose is not None

    def _build_training(self) -> None:
        """What members train by."""
        self.stations = Stations(self.config)
        key = MemberKey(self.data_dir / KEY_FILE)
        self.members = Members(store=self.store, pseudonym=key)
        self.consents = Consents(store=self.store, pseudonym=key, rule=lambda: self.config.gym.health_consent)
        self.days = LocalDays(ZoneInfo(self.config.box.timezone), Clock())
        self.wellbeing = WellbeingDiary(store=self.store, days=self.days)
        self.floor = Floor(self.config, self.machines.profiles)
        self.planner = create_planner(self, key)
        self._nightly = Nightly(planner=self.planner, hour=self.config.gym.plans_hour, days=self.days)
        self.hearts = create_hearts(self)
        self.sessions = create_sessions(self, key)
        self.history = DeviceHistory(self.machines.registry)

    def _build_access(self) -> None:
        """Who may do what, and with which devices."""
        self.adoption = create_adoption(self)
        self.tokens = Tokens(store=self.store)
        self.operators = Operators(store=self.store)
        self.logins = Logins(operators=self.operators, now_s=time.monotonic)
        self.setup_code = SetupCode(self.data_dir)
        self.handovers = Handovers(time.monotonic)

    def _build_cloud(self, ledger: Ledger) -> None:
        """What speaks to the cloud, or does what is desired there."""
        self.identity = IdentityAgent(
            data_dir=self.data_dir, config=lambda: self.config, health=self.health, events=self.events
        )
        own = self.identity.folder
        self.cloud = CloudSync(
            config=self.config, store=self.store, health=self.health, events=self.events, identity=own
        )
        self._federated = Participation(
            self.config, store=self.store, events=self.events, days=self.days, identity=own
        )
        self.link = create_link(self)
        self._config_agent = create_config_agent(self, ledger)
        self._health_reports = create_health_reports(self)
        self.updates = create_updates(self, self.models_dir)
        self.software = create_software(self, self.data_dir)
        self._program = ProgramCheck(health=self.health, events=self.events)

    def _build_answers(self) -> None:
        """What acts on what was seen and heard."""
        self.monitor = create_monitor(self)
        self.commands = create_commands(self)
        self.plans = Plans(commands=self.commands)
        self._steps = create_steps(self)
        self.board = create_board(self)
        self._home_assistant = create_home_assistant(self)
        self._dispatch = Dispatch(board=self.board, sessions=self.sessions, commands=self.commands)

    def _build_face(self, settings: ApiSettings | None) -> None:
        """What people and programs see of the box."""
        self._listen_to_sessions()
        self.replays = Replays(self.cameras.requests)
        self.metrics = create_metrics(self)
        self.diagnostics = create_diagnostics(self)
        self._jobs = create_jobs(self)
        self.api = create_box_api(self, settings)
        self._console = create_console(self)

    @property
    def config(self) -> BoxConfig:
        """What the box goes by now."""
        return self.configuration.config

    async def start(self) -> None:
        """Start everything; returns without waiting for a broker, a camera, a model or a writable disk.

        Raises:
            StoreInUse: another box runs on the same data folder.
        """
        if self._left_out:
            self.health.set(PART, "degraded", self._left_out)
        self.store.subscribe(self._on_store)
        self.tuning.subscribe(self.cameras.tune)
        self.store.start()
        self._restore_adopted()
        with suppress(StoreError):  # the store's own state tells of it
            await self.updates.recover()
        self.cloud.start()
        self.machines.start()
        self.cameras.start()
        self.supervisor.start()
        await asyncio.to_thread(self.recommenders.load)
        if self._needs_model:
            self._model_supply.start()
        with suppress(StoreError):  # the store's own state tells of it
            await self.sessions.resume()
            await record_grants(self.config, self.events)
        parts: tuple[Part, ...] = (
            self.board,
            self.sessions,
            self.events,
            self.commands,
            self.plans,
            self._steps,
            self._nightly,
            self._federated,
            self.monitor,
            self.hearts,
            self._home_assistant,
            self.identity,
            self.link,
            self._config_agent,
            self._health_reports,
            self.updates,
            self.software,
            self._program,
            self._jobs,
            self.history,
            *self._console,
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

    def when_ending(self, listener: Callable[[], object]) -> None:
        """Call the listener when the box wants to end, as `ending` says."""
        self._on_ending = listener

    def restart(self) -> None:
        """Have the box stopped and started anew, in this process; sessions go on."""
        self._end("restart")

    def leave(self) -> None:
        """Have the process end cleanly; whoever started it may start it again."""
        self._end("exit")

    def _end(self, how: Ending) -> None:
        self.ending = how
        self._on_ending()

    def _stop_threads(self) -> None:
        self.cloud.stop()
        self.updates.close()
        self.software.close()
        self.link.close()
        self._model_supply.stop()
        self.machines.stop()
        self.supervisor.stop(timeout_s=3.0)
        self.cameras.stop()
        self.vision_inbox.close()
        self.readings_inbox.close()
        self.commands.close()
        self.store.stop()

    def _follow_the_configuration(self) -> None:
        self.configuration.follow(
            self.stations,
            self.days,
            self.machines,
            self.adoption,
            self.floor,
            self.tuning,
            self.models,
            self.cameras,
            self._model_supply,
            self.commands,
            self.board,
            self.sessions,
            self.planner,
            self._nightly,
            self._home_assistant,
            self.cloud,
            self.link,
            self._federated,
        )
        self.identity.follow(self.cloud, self.link, self._federated)

    def _used(self) -> Used:
        active = self.sessions.active()
        return Used(
            stations=frozenset(each.station.id for each in active),
            cameras=frozenset(each.station.camera for each in active if each.station.camera),
            devices=frozenset(device for each in active for device in each.devices),
        )

    def _listen_to_sessions(self) -> None:
        self.sessions.add_listener(self.commands)
        self.sessions.add_listener(self.plans)
        self.sessions.add_listener(self._steps)
        self.planner.add_listener(self._steps.plan_changed)
        self.sessions.add_listener(self.hearts.watch)
        self.sessions.add_listener(self.board)
        self.sessions.add_listener(self.handovers)
        self.sessions.add_listener(self.cloud)
        self.sessions.add_listener(CountWhileTraining(self.cameras))

    def on_vision(self, message: VisionMessage) -> None:
        """Take what the camera processes say."""
        self._dispatch.on_vision(message)

    def on_readings(self, news: tuple[str, Sequence[Reading]]) -> None:
        """Take what a machine or a band says."""
        self._dispatch.on_readings(*news)

    def on_machine_frame(self, device_id: str, characteristic: str, payload: bytes, now_s: float) -> None:
        """Take what a machine says of itself; on the thread of the MQTT session."""
        self.commands.hear(device_id, characteristic, payload, now_s)

    def on_link(self, link: Link) -> None:
        """Take how the link to the broker does; on its thread."""
        self.commands.link_changed(link)

    def _on_store(self, state: StoreState) -> None:
        self.health.set(STORE, state.level, state.reason)
        if state.level != "failed":
            self._restore_adopted()

    def _restore_adopted(self) -> None:
        with suppress(StoreError):  # the store's own state tells of it, and of when to try again
            self.adoption.restore()


def _nobody() -> None:
    """Stand in until somebody listens."""
