"""The fleet, with a supervisor that starts nothing by itself: who is told what, and when."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway import camera_processes
from gateway.camera_demand import IDLE_FPS, SHOWN_FPS
from gateway.camera_news import VISION, VisionMessage, camera_part
from gateway.cameras import CameraFleet
from gateway.config.change import between
from gateway.config.model import BoxConfig
from gateway.health import Health
from gateway.processes.pipes import ChildPipes
from gateway.processes.spawning import Spawner
from gateway.processes.supervisor import Child, ChildChange, StartRefused, Supervisor
from gateway.vision_requests import NotRunning
from provisioning.models import ModelFolder
from vision.counting.counter import CountingSettings
from vision.processes.messages import (
    EXIT_HUNG,
    EXIT_NO_MODEL,
    CameraStatus,
    InferenceStatus,
    LookThrough,
    Overlook,
    SetRate,
    SwapModel,
    Swapped,
    Tune,
    Unwatch,
    Watch,
)
from vision.processes.ring import FrameRing, RingError

ZONE = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0))
CONFIG = BoxConfig.model_validate(
    {
        "camera": [
            {"id": "cam1", "url": "rtsp://u:MARKER@127.0.0.1:1/x", "fps": 12},
            {"id": "cam2", "url": 9},
        ],
        "station": [
            {"id": "s1", "camera": "cam1", "zone": ZONE},
            {"id": "s2", "camera": "cam1"},
            {"id": "s3"},
        ],
    }
)


class Recorder(Supervisor):
    """A supervisor that only notes."""

    def __init__(self) -> None:
        super().__init__()
        self.children: dict[str, Child] = {}
        self.killed: list[tuple[str, str]] = []
        self.hurried: list[str] = []

    def add(self, child: Child) -> None:
        self.children[child.name] = child

    def remove(self, name: str, *, then: Callable[[], object] = lambda: None) -> None:
        del self.children[name]
        then()

    def kill(self, name: str, reason: str) -> None:
        self.killed.append((name, reason))

    def restart_now(self, name: str) -> None:
        self.hurried.append(name)


class Fixture:
    def __init__(self, models_dir: Path, monkeypatch: pytest.MonkeyPatch, config: BoxConfig = CONFIG) -> None:
        self.health = Health()
        self.supervisor = Recorder()
        self.heard: list[VisionMessage] = []
        self.sent: list[tuple[str, object]] = []
        self.tuned = {"s1": CountingSettings(min_score=0.4), "s2": CountingSettings()}
        monkeypatch.setattr(ChildPipes, "send", lambda _pipes, name, command: self._note(name, command))
        self.fleet = CameraFleet(
            config=config,
            models_dir=models_dir,
            supervisor=self.supervisor,
            health=self.health,
            counting=lambda station_id: self.tuned[station_id],
            on_message=self.heard.append,
        )

    def _note(self, name: str, command: object) -> bool:
        self.sent.append((name, command))
        return True

    def change(self, name: str, state: Any, reason: str = "", **more: Any) -> None:
        self.supervisor.children[name].on_change(ChildChange(name=name, state=state, reason=reason, **more))

    def say(self, name: str, message: object) -> None:
        self.fleet._heard(name, message)

    def state(self, part: str) -> tuple[str, str]:
        found = self.health.get(part)
        assert found is not None
        return found.state, found.reason


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fixture]:
    fixture = Fixture(tmp_path, monkeypatch)
    fixture.fleet.start()
    yield fixture
    fixture.fleet.stop()


def test_without_cameras_nothing_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Fixture(tmp_path, monkeypatch, BoxConfig.model_validate({"station": [{"id": "s1"}]}))
    box.fleet.start()
    assert box.supervisor.children == {}
    assert box.health.snapshot() == {}
    assert not box.fleet.watch("s1", ["squat"])
    box.fleet.stop()


def test_one_child_per_camera_and_one_for_all(box: Fixture) -> None:
    assert list(box.supervisor.children) == ["camera:cam1", "camera:cam2", VISION]
    assert box.state("camera:cam1") == ("degraded", "starting")
    assert box.state(VISION) == ("degraded", "loading the pose model blazepose")


def test_watching_tells_the_model_and_speeds_the_camera_up(box: Fixture) -> None:
    assert box.fleet.watch("s1", ["pushup"])
    counting = CountingSettings(min_score=0.4)
    watch = Watch(station_id="s1", camera_id="cam1", exercises=("pushup",), zone=ZONE, counting=counting)
    assert box.sent == [(VISION, watch), ("camera:cam1", SetRate(12))]
    box.sent.clear()
    assert box.fleet.watch("s2", ["squat", "pushup"])
    box.fleet.unwatch("s1")
    box.fleet.unwatch("s1")
    assert box.sent[2:] == [(VISION, Unwatch("s1")), ("camera:cam1", SetRate(12))]
    box.sent.clear()
    box.fleet.unwatch("s2")
    assert box.sent == [(VISION, Unwatch("s2")), ("camera:cam1", SetRate(IDLE_FPS))]


def test_whoever_looks_at_pictures_is_given_more_of_them(box: Fixture) -> None:
    with box.fleet.shown("cam1"):
        assert box.sent == [("camera:cam1", SetRate(SHOWN_FPS))]
        box.sent.clear()
        box.change("camera:cam1", "running")
        box.fleet.watch("s1", ["pushup"])
        box.fleet.unwatch("s1")
    rates = [command.fps for _, command in box.sent if isinstance(command, SetRate)]
    assert rates == [SHOWN_FPS, 12, SHOWN_FPS, IDLE_FPS]
    box.sent.clear()
    with box.fleet.shown("nowhere"):
        assert box.sent == []


@pytest.mark.parametrize("station", ["s3", "nowhere"])
def test_a_station_without_camera_is_not_watched(box: Fixture, station: str) -> None:
    assert not box.fleet.watch(station, ["squat"])
    box.fleet.unwatch(station)
    assert box.sent == []


def test_an_exercise_that_nobody_counts_is_not_asked_for(box: Fixture) -> None:
    assert not box.fleet.watch("s1", ["plank"])
    assert not box.fleet.watch("s1", [])
    assert box.sent == []
    assert box.fleet.watch("s1", ["plank", "squat"])
    assert isinstance(box.sent[0][1], Watch)
    assert box.sent[0][1].exercises == ("squat",)


def test_after_a_restart_everything_is_told_again(box: Fixture) -> None:
    box.fleet.watch("s1", ["pushup"])
    box.fleet.watch("s2", ["squat"])
    box.sent.clear()
    box.change(VISION, "running")
    assert [(name, command.station_id) for name, command in box.sent if isinstance(command, Watch)] == [
        (VISION, "s1"),
        (VISION, "s2"),
    ]
    box.sent.clear()
    box.change("camera:cam1", "running")
    box.change("camera:cam2", "running")
    assert box.sent == [("camera:cam1", SetRate(12)), ("camera:cam2", SetRate(IDLE_FPS))]


def test_tuned_settings_reach_whoever_trains_and_the_next_process(box: Fixture) -> None:
    box.fleet.watch("s1", ["pushup"])
    box.sent.clear()
    box.tuned = {"s1": CountingSettings(min_score=0.7), "s2": CountingSettings(min_score=0.6)}
    box.fleet.tune("s1")
    box.fleet.tune("s2")
    assert box.sent == [(VISION, Tune(station_id="s1", counting=CountingSettings(min_score=0.7)))]
    box.sent.clear()
    box.change(VISION, "running")
    (watch,) = [command for _, command in box.sent]
    assert isinstance(watch, Watch)
    assert watch.counting == CountingSettings(min_score=0.7)


def test_a_request_is_answered_or_fails_with_the_process(box: Fixture) -> None:
    asked = [
        box.fleet.requests.ask(lambda number: SwapModel(request_id=number, model="toy", version="2"))
        for _ in range(2)
    ]
    box.say(VISION, Swapped(request_id=1, version="2"))
    assert asked[0].result(0) == Swapped(request_id=1, version="2")
    assert box.heard == [], "an answer is for who asked alone"
    box.change(VISION, "restarting", "stopped (killed by signal 9, SIGKILL), restarting in 0.5 s")
    with pytest.raises(NotRunning, match="SIGKILL"):
        asked[1].result(0)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (CameraStatus(camera_id="cam1", state="ok"), ("ok", "")),
        (CameraStatus(camera_id="cam1", state="starting"), ("degraded", "starting")),
        (
            CameraStatus(camera_id="cam1", state="unauthorised", reason="cam refuses this password"),
            ("failed", "cam refuses this password"),
        ),
        (CameraStatus(camera_id="cam1", state="stalled"), ("failed", "stalled")),
    ],
)
def test_what_a_camera_says_is_its_health(
    box: Fixture, status: CameraStatus, expected: tuple[str, str]
) -> None:
    box.say("camera:cam1", status)
    assert box.state("camera:cam1") == expected
    assert box.heard == [status]
    assert box.fleet.camera_status == {"cam1": status}


def test_a_dead_capture_is_told_as_the_cameras_state(box: Fixture) -> None:
    box.say("camera:cam1", CameraStatus(camera_id="cam1", state="ok", frames=9))
    reason = "stopped (killed by signal 9, SIGKILL), restarting in 0.5 s"
    box.change("camera:cam1", "restarting", reason)
    assert box.state("camera:cam1") == ("degraded", f"capture {reason}")
    assert box.heard[-1] == CameraStatus(camera_id="cam1", state="no_video", reason=f"capture {reason}")
    # What the dead process still had in its pipe does not make the camera well again.
    box.say("camera:cam1", CameraStatus(camera_id="cam1", state="ok", frames=10))
    assert box.state("camera:cam1")[0] == "degraded"
    box.change("camera:cam1", "restarting", "stopped (again)", degraded=True)
    assert box.state("camera:cam1")[0] == "failed"


def test_what_the_model_says_is_the_health_of_vision(box: Fixture) -> None:
    box.say(VISION, InferenceStatus(pose_model="blazepose", runtime="litert"))
    assert box.state(VISION) == ("ok", "")
    box.say(VISION, InferenceStatus(pose_model="blazepose", runtime="", state="starting"))
    assert box.state(VISION) == ("degraded", "loading the pose model blazepose")
    box.say(VISION, InferenceStatus(pose_model="blazepose", runtime="", state="failed", reason="broken file"))
    assert box.state(VISION) == ("failed", "broken file")
    child = box.supervisor.children[VISION]
    assert child.explain(EXIT_NO_MODEL) == "broken file"
    lost = "edgetpu failed (no answer within 0.5 s); poses run on the CPU with litert"
    box.say(VISION, InferenceStatus(pose_model="movenet", runtime="litert", state="degraded", reason=lost))
    assert box.state(VISION) == ("degraded", lost)
    box.say(VISION, InferenceStatus(pose_model="movenet", runtime="edgetpu"))
    assert box.state(VISION) == ("ok", "")
    box.say(VISION, InferenceStatus(pose_model="blazepose", runtime="", state="failed", reason="broken file"))
    box.change(VISION, "restarting", "stopped (broken file), restarting in 0.5 s")
    assert box.state(VISION) == ("failed", "counting stopped (broken file), restarting in 0.5 s")


def test_a_dead_inference_is_told_and_late_words_do_not_hide_it(box: Fixture) -> None:
    box.change(VISION, "restarting", "stopped (killed by signal 9, SIGKILL), restarting in 0.5 s")
    box.say(VISION, InferenceStatus(pose_model="blazepose", runtime="litert"))
    assert box.state(VISION)[0] == "degraded"
    assert box.fleet.inference_status is None, "nothing looks now"
    box.say(VISION, InferenceStatus(pose_model="blazepose", runtime="", state="failed", reason="no model"))
    assert box.state(VISION) == ("failed", "no model")


def test_a_missing_model_says_what_to_do_and_a_pulled_one_is_used_at_once(box: Fixture) -> None:
    with pytest.raises(StartRefused, match="run: gymbox models pull blazepose"):
        box.supervisor.children[VISION].start()
    box.change(VISION, "restarting", "cannot start: …", refused=True)
    state, reason = box.state(VISION)
    assert state == "failed"
    assert reason.endswith("run: gymbox models pull blazepose")
    box.fleet.model_installed()
    assert box.supervisor.hurried == [VISION]


@pytest.mark.parametrize(
    ("runtime", "accelerator", "told"),
    [
        ("auto", "auto", "auto"),
        ("auto", "cpu", "cpu"),
        ("auto", "edgetpu", "edgetpu"),
        ("onnx", "auto", "onnx"),
        ("litert", "edgetpu", "litert"),
    ],
)
def test_a_named_runtime_wins_over_a_named_accelerator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: str, accelerator: str, told: str
) -> None:
    started: list[Any] = []
    manifest: Any = SimpleNamespace(version="4")

    def start(*arguments: Any) -> tuple[None, None]:
        started.append(arguments[3])
        return None, None

    monkeypatch.setattr(camera_processes, "read_model", lambda _path: ModelFolder(tmp_path, manifest))
    monkeypatch.setattr(Spawner, "start", start)
    monkeypatch.setattr(ChildPipes, "attach", lambda *_: None)
    vision = {"pose": "movenet", "runtime": runtime, "accelerator": accelerator}
    box = Fixture(tmp_path, monkeypatch, BoxConfig.model_validate({"vision": vision}))
    box.fleet._start_inference()
    assert (started[0].runtime, started[0].version) == (told, "4")


def test_silence_ends_a_child(box: Fixture) -> None:
    box.fleet._silent("camera:cam2")
    assert box.supervisor.killed == [("camera:cam2", "gave no sign of life for 5 s")]


def test_exit_codes_in_words(box: Fixture) -> None:
    capture, inference = box.supervisor.children["camera:cam1"], box.supervisor.children[VISION]
    assert capture.explain(EXIT_HUNG) == "a call into the video library did not return"
    assert capture.explain(-9) == inference.explain(-9) == "killed by signal 9, SIGKILL"
    assert inference.explain(EXIT_NO_MODEL).startswith("it could not load its pose model")


def test_no_memory_for_one_camera_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Fixture(tmp_path, monkeypatch)
    create, calls = FrameRing.create, []

    def short_of_memory() -> FrameRing:
        calls.append(1)
        if len(calls) == 1:
            raise RingError("A camera's frames need 11 MB and the machine has 2 MB free.")
        return create()

    monkeypatch.setattr(FrameRing, "create", short_of_memory)
    box.fleet.start()
    assert box.state(camera_part("cam1"))[0] == "failed"
    assert "2 MB free" in box.state(camera_part("cam1"))[1]
    assert list(box.supervisor.children) == ["camera:cam2", VISION]
    assert not box.fleet.watch("s1", ["squat"])
    box.fleet.stop()


async def follow(box: Fixture, **changes: Any) -> None:
    new = BoxConfig.model_validate({**CONFIG.model_dump(by_alias=True, exclude_unset=True), **changes})
    change = between(box.fleet._config, new)
    await box.fleet.reconfigure(new, change)


CAM1, CAM2 = ({"id": "cam1", "url": "rtsp://u:MARKER@127.0.0.1:1/x", "fps": 12}, {"id": "cam2", "url": 9})


async def test_another_camera_joins_and_one_goes_without_a_restart_of_what_looks(box: Fixture) -> None:
    box.fleet._given = frozenset({"cam1", "cam2"})
    looking = box.supervisor.children[VISION]
    box.fleet.watch("s1", ["pushup"])
    box.sent.clear()
    await follow(box, camera=[CAM1, {"id": "cam3", "url": 3}])
    assert set(box.supervisor.children) == {"camera:cam1", "camera:cam3", VISION}
    assert box.supervisor.children[VISION] is looking
    overlook, look = box.sent
    assert overlook == (VISION, Overlook("cam2"))
    assert isinstance(look[1], LookThrough)
    assert look[1].camera_id == "cam3"
    assert set(box.health.snapshot()) == {"camera:cam1", "camera:cam3", VISION}


async def test_a_camera_at_another_address_is_opened_again_alone(box: Fixture) -> None:
    await follow(box, camera=[{**CAM1, "username": "ana"}, CAM2])
    assert [name for name, _ in box.supervisor.killed] == ["camera:cam1"]
    assert box.state("camera:cam1") == ("degraded", "it is opened in another way now")
    box.say("camera:cam1", CameraStatus(camera_id="cam1", state="ok"))
    assert box.state("camera:cam1")[0] == "degraded", "that was the old process"


async def test_another_rate_is_told_at_once(box: Fixture) -> None:
    box.fleet.watch("s1", ["pushup"])
    box.sent.clear()
    await follow(box, camera=[{**CAM1, "fps": 5}, CAM2])
    assert box.sent == [("camera:cam1", SetRate(5))]
    assert box.supervisor.killed == []


async def test_another_zone_is_counted_in_where_somebody_trains(box: Fixture) -> None:
    box.fleet.watch("s1", ["pushup"])
    box.sent.clear()
    stations = [{"id": "s1", "camera": "cam1"}, {"id": "s2", "camera": "cam1", "zone": ZONE}, {"id": "s3"}]
    await follow(box, station=stations)
    (watch,) = [command for _, command in box.sent if isinstance(command, Watch)]
    assert (watch.station_id, watch.zone, watch.exercises) == ("s1", (), ("pushup",))


async def test_another_model_is_another_process(box: Fixture) -> None:
    looking = box.supervisor.children[VISION]
    await follow(box, vision={"pose": "movenet"})
    assert box.supervisor.children[VISION] is not looking
    assert box.state(VISION) == ("degraded", "loading the pose model movenet")
    await follow(box, vision={"pose": "movenet", "thresholds": {"smoothing": 2}})
    assert box.state(VISION) == ("degraded", "loading the pose model movenet")


async def test_the_last_camera_takes_what_looks_with_it_and_the_first_brings_it(box: Fixture) -> None:
    await follow(box, camera=[], station=[])
    assert (box.supervisor.children, box.health.snapshot()) == ({}, {})
    await follow(box)
    assert set(box.supervisor.children) == {"camera:cam1", "camera:cam2", VISION}
