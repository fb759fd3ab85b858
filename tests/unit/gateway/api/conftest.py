"""A box behind the API: real store, sessions, board and registry, time moved by hand."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import httpx
import pytest
from argon2 import PasswordHasher

from devices.profile import load_profiles
from devices.registry import DeviceRegistry, KnownDevice
from gateway.adoption import Adoption
from gateway.api import ApiSettings, BoxServices, create_api
from gateway.api.throttle import FailureThrottle
from gateway.clock import Clock, LocalDays
from gateway.commands.plans import Plans
from gateway.commands.service import Commands
from gateway.config.layered import LayeredConfig
from gateway.config.model import BoxConfig
from gateway.device_history import DeviceHistory
from gateway.diagnostics.collect import Diagnostics, Resting
from gateway.diagnostics.history import HealthHistory
from gateway.diagnostics.live import Live
from gateway.discovery.surroundings import Surroundings
from gateway.enrolment.agent import IdentityAgent
from gateway.events.log import EventLog
from gateway.handovers import Handovers
from gateway.health import Health
from gateway.hearts.hearts import Hearts
from gateway.inference.recommenders import Recommenders
from gateway.inference.service import Inference as Serving
from gateway.live.board import LiveBoard
from gateway.members.consent import Consents, Rule
from gateway.members.members import Members
from gateway.members.pins import PINS_A_MINUTE, Pins
from gateway.members.wellbeing import WellbeingDiary
from gateway.models import Models
from gateway.operators.accounts import Operators
from gateway.operators.logins import Logins
from gateway.operators.passwords import Passwords
from gateway.operators.setup_code import SetupCode
from gateway.planning.floor import Floor
from gateway.planning.planner import Planner
from gateway.planning.steps import StepsOfTheDay
from gateway.previews import BLURRED, Previews
from gateway.reconfiguration.configuration import Configuration
from gateway.replays import Replays
from gateway.sessions.service import SessionService
from gateway.stations import Station
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from gateway.tokens import Tokens
from gateway.tuning import Tuning
from gateway.vision_requests import VisionRequests
from sync.pseudonym import Pseudonymiser

from ..planning.coaches import PlayedCoach  # noqa: TID252 - test folders are no packages

if TYPE_CHECKING:
    from vision.processes.messages import Answer, CameraStatus, InferenceStatus, Request
    from vision.processes.ring import Frame

STATIONS = {
    "mat": Station("mat", "Mat", camera="cam1", exercises=("pushup", "squat")),
    "run": Station("run", "Treadmill 1", treadmill="belt"),
}
KNOWN = [
    KnownDevice("belt", "ble-treadmill", "aa:00:00:00:00:01"),
    KnownDevice("band1", "ble-heart-rate", "aa:00:00:00:00:02"),
]


CONFIG = BoxConfig.model_validate(
    {
        "camera": [{"id": "cam1", "url": 0}],
        "station": [{"id": "mat", "camera": "cam1"}, {"id": "run", "treadmill": "belt"}],
        "device": [
            {
                "id": "belt",
                "profile": "ble-treadmill",
                "address": "aa:00:00:00:00:01",
                "control": True,
                "limits": {"speed_kmh": 12, "incline_percent": 8},
            }
        ],
        "vision": {"thresholds": {"posture_s": 0.5}},
    }
)


class Cameras:
    """Cameras that only have a status, and the pictures that a test gives them."""

    def __init__(self) -> None:
        self.camera_status: dict[str, CameraStatus] = {}
        self.pictures: dict[str, Frame] = {}

    def picture(self, camera_id: str, after_seq: int) -> "Frame | None":
        frame = self.pictures.get(camera_id)
        return frame if frame is not None and frame.seq > after_seq else None


class Inference:
    """An inference process that the test plays: what it was asked, and how it answers at once, if at all."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answer: Callable[[Request], Answer] | None = None
        self.inference_status: InferenceStatus | None = None
        self.requests = VisionRequests(self._take)

    def _take(self, request: "Request") -> bool:
        self.asked.append(request)
        if self.answer is None:
            return False
        self.requests.answered(self.answer(request))
        return True

    def model_installed(self) -> None:
        """Nothing waits for a model."""


class Metrics:
    """A counter that stands still."""

    def render(self) -> tuple[bytes, str]:
        return b"gymbox_up 1\n", "text/plain; version=0.0.4"


@dataclass
class ApiBox:
    """Everything behind the API, within a test's reach."""

    data_dir: Path
    loopback_operator: bool = False
    now_s: float = 1000.0
    health: Health = field(default_factory=Health)
    cameras: Cameras = field(default_factory=Cameras)
    inference: Inference = field(default_factory=Inference)
    # Nobody is asked but who a test plays.
    surroundings: Surroundings = field(
        default_factory=lambda: Surroundings(
            interfaces=["127.0.0.1"], camera_group=("127.0.0.1", 9), wait_s=0.2
        )
    )

    def __post_init__(self) -> None:
        started_at = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
        clock = Clock(lambda: self.now_s, lambda: started_at + timedelta(seconds=self.now_s))
        pseudonym = Pseudonymiser(b"k" * 32)
        self.store = Store(path=store_path(self.data_dir), migrations=MIGRATIONS)
        self.registry = DeviceRegistry(KNOWN, profiles=load_profiles())
        self.members = Members(store=self.store, pseudonym=pseudonym, clock=clock)
        self.health_consent: Rule = "elsewhere"
        self.consents = Consents(
            store=self.store, pseudonym=pseudonym, rule=lambda: self.health_consent, clock=clock
        )
        self.tokens = Tokens(store=self.store, clock=clock)
        throttle = FailureThrottle(limit=PINS_A_MINUTE)
        self.pins = Pins(store=self.store, throttle=throttle, clock=clock)
        self.history = DeviceHistory(self.registry, clock)
        self.previews = Previews(self.cameras.picture, clock.now_s)
        self.handovers = Handovers(clock.now_s)
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.operators = Operators(store=self.store, clock=clock, passwords=cheap)
        self.logins = Logins(operators=self.operators, now_s=clock.now_s)
        self.setup_code = SetupCode(self.data_dir)
        self.tuning = Tuning(config=CONFIG, store=self.store, clock=clock)
        models_dir = self.data_dir / "models"
        self.recommenders = Recommenders(models_dir=models_dir, health=self.health)
        self.serving = Serving(self.recommenders)
        self.models = Models(
            pose="toy", models_dir=models_dir, looking=self.inference, recommenders=self.recommenders
        )
        days = LocalDays(ZoneInfo("UTC"), clock)
        self.wellbeing = WellbeingDiary(store=self.store, days=days)
        self.coach = PlayedCoach()
        floor = Floor(CONFIG, load_profiles())
        self.planner = Planner(
            store=self.store,
            floor=floor,
            coach=lambda: self.coach,
            rules=self.coach,
            training=lambda: [(each.station.id, each.member_id) for each in self.sessions.active()],
            pseudonym=pseudonym,
            days=days,
            health=self.health,
            keep_days=30,
        )
        self.sessions = SessionService(
            store=self.store,
            stations=STATIONS,
            devices=self.registry,
            members=self.members,
            pseudonym=pseudonym,
            outcome=self.planner.outcome,
            clock=clock,
        )
        self.hearts = Hearts(store=self.store, devices=self.registry, floor=floor, days=days)
        self.sessions.add_listener(self.hearts.watch)
        self.sessions.add_listener(self.handovers)
        self.resubscribed = 0
        self.adoption = Adoption(
            store=self.store,
            registry=self.registry,
            profiles=load_profiles(),
            on_change=self._resubscribe,
            in_use=lambda: {device for session in self.sessions.active() for device in session.devices},
            clock=clock,
        )
        self.board = LiveBoard(
            stations=STATIONS, devices=self.registry, health=self.health, started_at=started_at, clock=clock
        )
        self.sessions.add_listener(self.board)
        self.events = EventLog(store=self.store, clock=clock)
        self.published: list[tuple[str, bytes]] = []
        self.online = True
        self.commands = Commands(
            config=CONFIG, devices=self.registry, publish=self._publish, events=self.events, clock=clock
        )
        self.plans = Plans(commands=self.commands, clock=clock)
        self.steps = StepsOfTheDay(
            planner=self.planner,
            floor=floor,
            store=self.store,
            plans=self.plans,
            opened=self.hearts.opened,
        )
        for listener in (self.commands, self.plans, self.steps):
            self.sessions.add_listener(listener)
        self.identity = IdentityAgent(
            data_dir=self.data_dir, config=lambda: CONFIG, health=self.health, events=self.events
        )
        configuration = Configuration(
            layers=LayeredConfig.of(CONFIG, data_dir=self.data_dir),
            config=CONFIG,
            health=self.health,
            events=self.events,
        )
        metrics = Metrics()
        resting = Resting(
            config=lambda: CONFIG,
            data_dir=self.data_dir,
            models_dir=self.data_dir / "models",
            read=self.store.read_now,
        )
        live = Live(
            health=self.health,
            history=HealthHistory(self.health),
            cameras=self.cameras,
            devices=self.registry,
            metrics=metrics,
        )
        self.services = BoxServices(
            configuration=configuration,
            stations=STATIONS,
            store=self.store,
            board=self.board,
            sessions=self.sessions,
            handovers=self.handovers,
            members=self.members,
            pins=self.pins,
            wellbeing=self.wellbeing,
            consents=self.consents,
            planner=self.planner,
            hearts=self.hearts,
            tokens=self.tokens,
            previews=self.previews,
            blurred=Previews(self.cameras.picture, clock.now_s, BLURRED),
            history=self.history,
            operators=self.operators,
            logins=self.logins,
            setup_code=self.setup_code,
            surroundings=self.surroundings,
            health=self.health,
            devices=self.registry,
            adoption=self.adoption,
            commands=self.commands,
            plans=self.plans,
            events=self.events,
            cameras=self.cameras,
            tuning=self.tuning,
            replays=Replays(self.inference.requests),
            models=self.models,
            identity=self.identity,
            inference=self.serving,
            metrics=metrics,
            diagnostics=Diagnostics(resting=resting, live=live),
            clock=clock,
            settings=ApiSettings(loopback_operator=self.loopback_operator),
        )
        self.app = create_api(self.services)

    def _publish(self, topic: str, payload: bytes, *, qos: int, expires_after_s: int) -> bool:
        assert (qos, expires_after_s > 0) == (1, True)
        if self.online:
            self.published.append((topic, payload))
        return self.online

    def _resubscribe(self) -> None:
        self.resubscribed += 1

    def client(
        self, token: str | None = None, *, address: str = "192.0.2.7", base_url: str = "http://box.lan"
    ) -> httpx.AsyncClient:
        """A client at an address; a bearer when it has a token."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 50000))
        return httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers)


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[ApiBox]:
    box = ApiBox(tmp_path)
    box.store.start()
    yield box
    await box.sessions.close()
    box.store.stop()


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[ApiBox]:
    """A box whose own machine acts as the operator."""
    box = ApiBox(tmp_path, loopback_operator=True)
    box.store.start()
    yield box
    box.store.stop()


@pytest.fixture
async def operator(box: ApiBox) -> AsyncIterator[httpx.AsyncClient]:
    async with box.client((await box.tokens.create("operator")).token) as client:
        yield client


@pytest.fixture
async def kiosk(box: ApiBox) -> AsyncIterator[httpx.AsyncClient]:
    """The kiosk of the mat."""
    async with box.client((await box.tokens.create("kiosk", "mat")).token) as client:
        yield client


@pytest.fixture
async def stranger(box: ApiBox) -> AsyncIterator[httpx.AsyncClient]:
    async with box.client() as client:
        yield client
