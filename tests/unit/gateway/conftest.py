"""A live board and all that feeds it, with time moved by hand; and new stores that are there at once."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from devices.dialects.heard import Heard
from devices.profile import load_profiles
from devices.reading import UNITS, Metric, Reading
from devices.registry import DeviceRegistry, KnownDevice
from gateway.clock import Clock
from gateway.health import Health
from gateway.live.board import LiveBoard
from gateway.live.snapshot import StationSnapshot
from gateway.sessions.active import ActiveSession
from gateway.sessions.progress import Progress
from gateway.stations import Station
from gateway.store import store
from gateway.store.file import Opened, open_for_writing
from gateway.store.tables import MIGRATIONS
from vision.counting.counter import CountStatus
from vision.counting.form import Form
from vision.counting.reps import Rep
from vision.keypoints import Pose
from vision.processes.messages import StationView

PROFILES = load_profiles()
BELT, BAND = "aa:00:00:00:00:01", "aa:00:00:00:00:02"
MAT = Station("mat", "Mat", camera="cam1", exercises=("pushup", "squat"))
RUN = Station("run", "Treadmill 1", treadmill="belt")
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@dataclass
class Gym:
    """A board and all that feeds it, with time moved by hand."""

    now_s: float = 1000.0
    health: Health = field(default_factory=Health)
    registry: DeviceRegistry = field(init=False)
    board: LiveBoard = field(init=False)

    def __post_init__(self) -> None:
        known = [KnownDevice("belt", "ble-treadmill", BELT), KnownDevice("band", "ble-heart-rate", BAND)]
        self.registry = DeviceRegistry(known, profiles=PROFILES)
        self.board = LiveBoard(
            stations={"mat": MAT, "run": RUN},
            devices=self.registry,
            health=self.health,
            started_at=START,
            clock=Clock(lambda: self.now_s, lambda: START + timedelta(seconds=self.now_s)),
        )

    def frame(self, address: str, **values: float) -> None:
        profile = PROFILES["ble-treadmill" if address == BELT else "ble-heart-rate"]
        metrics: dict[Metric, float] = values  # type: ignore[assignment]  # the names are metrics
        readings = [Reading(address, m, v, UNITS[m], START, START) for m, v in metrics.items()]
        device = self.registry.track(address, profile, self.now_s)
        self.registry.hear(device, readings, Heard(), self.now_s)

    def session(self, station: Station, *, maximum_bpm: float | None = 180.0) -> ActiveSession:
        session = ActiveSession(
            id="s1",
            station=station,
            member_id="ada",
            display_name="Ada",
            band_id="band",
            exercise=None,
            started_at=START,
            began_s=self.now_s,
            progress=Progress(maximum_bpm=maximum_bpm),
        )
        self.board.session_started(session)
        return session

    def view(self, *, pose: bool = True, exercise: str | None = "squat", refused: int = 0) -> None:
        points = np.full((17, 3), [101.25, 50.0, 0.987], np.float32)
        self.board.on_view(
            StationView(
                station_id="mat",
                camera_id="cam1",
                captured_s=self.now_s,
                width=960,
                height=540,
                pose=Pose(points, 0.9) if pose else None,
                status=CountStatus(exercise, "down", 0.62),
                refused=refused,
            )
        )

    def rep(
        self, session: ActiveSession | None = None, *, partial: bool = False, form: Form | None = None
    ) -> None:
        rep = Rep("squat", self.now_s - 2.1, self.now_s - 1, self.now_s, 0.9, partial, form)
        if session is not None:
            session.add_rep(rep)
        self.board.on_rep("mat", rep)

    def mat(self) -> StationSnapshot:
        return self.board.snapshot("mat")

    def run(self) -> StationSnapshot:
        return self.board.snapshot("run")


@pytest.fixture(scope="session", autouse=True)
def _new_stores_are_copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A new file of the box begins as a copy of one with every table: migrations write a hundred times."""
    template = tmp_path_factory.mktemp("store") / "template.sqlite3"
    open_for_writing(template, MIGRATIONS, now=START, check=False, owner=True).db.close()

    def open_a_copy(path: Path, migrations: Sequence[Any], *, owner: bool, **options: Any) -> Opened:
        if owner and migrations is MIGRATIONS and not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(template, path)
        return open_for_writing(path, migrations, owner=owner, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "open_for_writing", open_a_copy)
        yield


@pytest.fixture
def new_gym() -> type[Gym]:
    """For tests that need many."""
    return Gym


@pytest.fixture
def gym() -> Gym:
    return Gym()
