"""A box on the real API, board, sessions, commands and store; only machines and cameras are played."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import uvicorn

from devices.codecs import machine_status
from devices.codecs.machine_status import MachineStatus, StatusOp
from devices.dialects.heard import Heard
from devices.profile import load_profiles
from devices.reading import UNITS, Metric, Reading
from devices.registry import DeviceRegistry, KnownDevice
from gateway.api.create import create_api
from gateway.api.services import ApiSettings, BoxServices
from gateway.api.throttle import FailureThrottle
from gateway.clock import Clock, LocalDays
from gateway.commands.plans import Plans, PlanStep
from gateway.commands.service import Caller, Commands
from gateway.config.model import BoxConfig
from gateway.events.log import EventLog
from gateway.handovers import Handovers
from gateway.health import Health
from gateway.live.board import LiveBoard
from gateway.members.consent import Consents
from gateway.members.members import MemberProfile, Members, MemberUnknown
from gateway.members.pins import PINS_A_MINUTE, Pins
from gateway.planning.floor import Floor
from gateway.planning.planner import Planner
from gateway.planning.steps import StepsOfTheDay
from gateway.previews import BLURRED, Previews
from gateway.sessions.admission import CheckIn
from gateway.sessions.service import SessionService, SessionSettings
from gateway.stations import Station
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from gateway.tokens import Tokens
from recommender.coach import Coach
from sync.pseudonym import Pseudonymiser
from vision.counting.counter import CountStatus
from vision.counting.form import Form, Verdict
from vision.counting.reps import Rep
from vision.keypoints import Pose
from vision.processes.messages import CameraState, CameraStatus, StationView
from vision.processes.ring import Frame

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from gateway.live.snapshot import ControlState

T = TypeVar("T")
PROFILES = load_profiles()
BELT, BAND = "aa:00:00:00:00:01", "aa:00:00:00:00:02"
STATIONS = {
    "rack": Station("rack", "Rack 1", treadmill="belt", camera="cam", exercises=("squat", "pushup")),
    "mat": Station("mat", "Mat 2", camera="cam", exercises=("pushup",)),
    "floor": Station("floor", "Floor 4", camera="cam", exercises=("pushup",), stage="blurred_video"),
    "run": Station("run", "Treadmill 3", treadmill="belt"),
}
# What this box has none of.
NOT_ASKED_FOR: Any = {
    each.name: None
    for each in fields(BoxServices)
    if each.default is MISSING and each.default_factory is MISSING
}
BELT_DEVICE = {"id": "belt", "profile": "ble-treadmill", "address": BELT, "limits": {"speed_kmh": 12}}


class Box:
    """A box without processes: what machines and cameras would tell, a test tells. Runs on its own thread."""

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        loopback_operator: bool = True,
        control: bool = False,
        plans: bool = False,
        absence_s: float = 600.0,
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.health = Health()
        self.camera_state: CameraState = "ok"
        self.machines_on = True
        self.speed_kmh = 9.5
        self.bpm = 142.0
        self.moving = True
        self.seen = True
        self.speaking = True
        self.refused = 0
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self.devices = DeviceRegistry(
            [KnownDevice("belt", "ble-treadmill", BELT), KnownDevice("band", "ble-heart-rate", BAND)]
        )
        self.store = Store(path=store_path(folder), migrations=MIGRATIONS)
        pseudonym = Pseudonymiser(bytes(32))
        self.members = Members(store=self.store, pseudonym=pseudonym)
        self.tokens = Tokens(store=self.store)
        self.pins = Pins(store=self.store, throttle=FailureThrottle(limit=PINS_A_MINUTE))
        self.consents = Consents(store=self.store, pseudonym=pseudonym, rule=lambda: "elsewhere")
        self._with_plans = plans
        belt = {**BELT_DEVICE, "control": control}
        station = [{"id": "run", "treadmill": "belt"}, {"id": "mat"}]
        self._config = BoxConfig.model_validate(
            {"device": [belt], "station": station, "http": {"host": "0.0.0.0"}}  # noqa: S104 - it only says so
        )
        self._create_planner(pseudonym)
        self.sessions = SessionService(
            store=self.store,
            stations=STATIONS,
            devices=self.devices,
            members=self.members,
            pseudonym=pseudonym,
            outcome=self.planner.outcome,
            settings=SessionSettings(abandoned_after_s=absence_s),
        )
        self.board = LiveBoard(
            stations=STATIONS,
            devices=self.devices,
            health=self.health,
            started_at=datetime.now(UTC),
            control_of=self._control_of,
            ends_in=self.sessions.ends_in_s,
        )
        self.handovers = Handovers(time.monotonic)
        self.sessions.add_listener(self.board)
        self.sessions.add_listener(self.handovers)
        self.events = EventLog(store=self.store)
        self._settings = ApiSettings(loopback_operator=loopback_operator)

    def _create_planner(self, pseudonym: Pseudonymiser) -> None:
        self.floor = Floor(self._config, PROFILES)
        self.planner = Planner(
            store=self.store,
            floor=self.floor,
            coach=Coach,
            rules=Coach(),
            training=list,
            pseudonym=pseudonym,
            days=LocalDays(ZoneInfo("UTC"), Clock()),
            health=self.health,
            keep_days=30,
        )

    def _control_of(self, device_id: str, now_s: float) -> ControlState | None:
        return self.commands.shown(device_id, now_s)  # there are no commands before there is a loop

    def _services(self) -> BoxServices:
        there: dict[str, Any] = {
            "stations": STATIONS,
            "store": self.store,
            "board": self.board,
            "configuration": SimpleNamespace(config=self._config),
            "sessions": self.sessions,
            "handovers": self.handovers,
            "blurred": Previews(self._picture, time.monotonic, BLURRED),
            "members": self.members,
            "tokens": self.tokens,
            "pins": self.pins,
            "consents": self.consents,
            "planner": self.planner if self._with_plans else _NoPlans(),
            "health": self.health,
            "devices": self.devices,
            "cameras": SimpleNamespace(camera_status={}),
            "metrics": SimpleNamespace(render=lambda: (b"", "text/plain")),
            "commands": self.commands,
            "plans": self.plans,
            "events": self.events,
            "settings": self._settings,
        }
        return BoxServices(**{**NOT_ASKED_FOR, **there})

    def start(self) -> Box:
        self.store.start()
        self._thread.start()
        assert self._up.wait(10)
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._die)
            self._thread.join(10)
            assert not self._thread.is_alive()
            self._loop.close()
            self.store.stop()

    def ask(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def check_in(self, station: str, *, band: str | None = None, exercise: str | None = None) -> None:
        self.ask(self.members.put("ana", MemberProfile(display_name="Ana", maximum_heart_rate_bpm=190)))
        self.ask(self.sessions.start(CheckIn(station, "ana", band, exercise)))

    def rep(
        self,
        station: str,
        *,
        partial: bool = False,
        verdict: Verdict | None = None,
        exercise: str = "squat",
        took_s: float = 0.001,
    ) -> None:
        now_s = time.monotonic()
        form = Form(verdict=verdict, eccentric_s=took_s * 0.6, concentric_s=took_s * 0.4)
        rep = Rep(exercise, now_s - took_s + 0.001, now_s, now_s + 0.001, 0.9, partial, form)

        async def count() -> None:
            self.sessions.on_rep(station, rep)
            self.board.on_rep(station, rep)

        self.ask(count())

    def follow(self, station: str, *steps: PlanStep) -> None:
        async def set_steps() -> None:
            session = self.sessions.active_at(station)
            assert session is not None
            self.plans.set_steps(session.id, steps, Caller("operator", "operator"))

        self.ask(set_steps())

    def belt_says(self, op: StatusOp, *values: float) -> None:
        """Tell what somebody did to the treadmill."""
        octets = machine_status.encode(MachineStatus(op, values))
        self.commands.hear("belt", "2ada", octets, time.monotonic())

    async def _serve(self) -> None:
        self.commands = Commands(
            config=self._config, devices=self.devices, publish=_no_broker, events=self.events
        )
        self.plans = Plans(commands=self.commands)
        self.sessions.add_listener(self.commands)
        self.steps = StepsOfTheDay(planner=self.planner, floor=self.floor, store=self.store, plans=self.plans)
        if self._with_plans:
            self.sessions.add_listener(self.steps)
            self.planner.add_listener(self.steps.plan_changed)
            self._stepping = asyncio.create_task(self.steps.run())
        settings = uvicorn.Config(
            create_api(self._services()),
            port=self._port,
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(settings)
        await self.sessions.resume()
        serving = asyncio.create_task(self._server.serve())
        self._playing = asyncio.create_task(self._play())
        while not self._server.started:  # noqa: ASYNC110 - uvicorn has a flag, no event
            await asyncio.sleep(0.01)
        self._up.set()
        await serving
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _die(self) -> None:
        self.board.close()
        self._server.should_exit = True

    async def _play(self) -> None:
        while True:
            if self.speaking:
                self._tell(time.monotonic())
                await self.sessions.tend()
                self.commands.tick()
                self.plans.turn()
                self.board.tick()
            await asyncio.sleep(0.1)

    def _tell(self, now_s: float) -> None:
        self.board.on_camera(CameraStatus(camera_id="cam", state=self.camera_state))
        if self.camera_state == "ok":
            for station in ("rack", "mat", "floor"):
                view = a_view(station, now_s, self.refused, moving=self.moving, seen=self.seen)
                self.board.on_view(view)
                if self.seen:
                    self.sessions.on_seen(station)
        if self.machines_on:
            self._hear(BELT, now_s, speed_kmh=self.speed_kmh, incline_percent=2.0, distance_m=1240.0)
            self._hear(BAND, now_s, heart_rate_bpm=self.bpm, contact=1.0)

    def _picture(self, _camera_id: str, after_seq: int) -> Frame | None:
        """Somebody light before a dark wall, where the keypoints of `a_view` are."""
        if self.camera_state != "ok" or not self.speaking:
            return None
        picture = np.full((540, 960, 3), (90, 70, 60), dtype=np.uint8)
        picture[390:, :] = (60, 80, 90)
        picture[100:470, 440:530] = (180, 190, 220)
        return Frame(after_seq + 1, time.monotonic(), 1, picture)

    def _hear(self, address: str, now_s: float, **values: float) -> None:
        name, now = self.devices.resolve(address), datetime.now(UTC)
        readings = [a_reading(name, metric, value, now) for metric, value in values.items()]
        profile = PROFILES["ble-treadmill" if address == BELT else "ble-heart-rate"]
        self.devices.hear(self.devices.track(address, profile, now_s), readings, Heard(), now_s)
        self.sessions.on_readings(name, readings)
        self.commands.on_readings(name, readings)


class _NoPlans:
    """A planner that knows nobody: people train without."""

    async def today(self, member_id: str) -> None:
        raise MemberUnknown(member_id)

    async def shown(self, _plan: object, _language: str | None) -> None:
        """Never reached: there is none to show."""

    async def tomorrow(self, member_id: str, language: str | None) -> None:
        raise MemberUnknown(member_id, language)


def _no_broker(topic: str, payload: bytes, *, qos: int, expires_after_s: int) -> bool:  # noqa: ARG001
    return False


def a_reading(device: str, metric: str, value: float, now: datetime) -> Reading:
    known: Metric = next(each for each in UNITS if each == metric)
    return Reading(device, known, value, UNITS[known], now, now)


def a_view(
    station: str, now_s: float, refused: int, *, moving: bool = True, seen: bool = True
) -> StationView:
    depth = 0.5 - 0.5 * math.cos(now_s * 2) if moving else 0.0
    down_px = 60 * depth
    upper = [(480, 60)] * 5 + [(510, 150), (450, 150), (560, 200), (420, 200), (600, 190), (400, 190)]
    lower = [(500, 290), (460, 290), (520, 380), (450, 380), (510, 470), (455, 470)]
    points = [(x, y + down_px, 0.9) for x, y in upper] + [(x, y, 0.9) for x, y in lower]
    return StationView(
        station_id=station,
        camera_id="cam",
        captured_s=now_s,
        width=960,
        height=540,
        pose=Pose(np.array(points, dtype=np.float32), 0.9) if seen else None,
        status=CountStatus("squat" if station == "rack" else "pushup", "down" if moving else "up", depth),
        refused=refused,
    )
