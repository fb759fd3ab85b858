"""Camera processes are killed and frozen for real: it is told, it heals, and nothing that matters is lost."""

import importlib
import os
import queue
import signal
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import psutil
import pytest

from gateway import camera_processes
from gateway.camera_news import VISION, VisionMessage
from gateway.cameras import CameraFleet
from gateway.config.model import BoxConfig
from gateway.health import Health
from gateway.processes import camera_child
from gateway.processes import pipes as child_pipes
from gateway.processes.supervisor import Supervisor
from tests.waiting import wait_until
from vision.counting.counter import CountingSettings
from vision.processes.messages import CameraStatus, InferenceStatus

# Says every 50 ms which stations it was told to watch; needs no model.
STAND_IN = """
    import time
    from vision.processes.messages import InferenceStatus, Unwatch, Watch

    def inference(level, settings, rings, connection):
        watched = set()
        while True:
            while connection.poll():
                command = connection.recv()
                change = watched.add if isinstance(command, Watch) else watched.discard
                change(command.station_id)
            runtime = ",".join(sorted(watched))
            connection.send(InferenceStatus(pose_model=settings.pose, runtime=runtime, frames=len(rings)))
            time.sleep(0.05)
"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25.0, (64, 48))
    for number in range(50):
        writer.write(np.full((48, 64, 3), number * 5, np.uint8))
    writer.release()
    return path


class Box:
    """Supervisor, fleet and health, as the box has them."""

    def __init__(self, clip: Path, models_dir: Path) -> None:
        config = BoxConfig.model_validate(
            {
                "camera": [{"id": "cam1", "url": str(clip)}, {"id": "cam2", "url": str(clip)}],
                "station": [{"id": "s1", "camera": "cam1"}, {"id": "s2", "camera": "cam2"}],
            }
        )
        self.messages: queue.Queue[VisionMessage] = queue.Queue(100_000)
        self.told: list[tuple[str, str, str]] = []
        self.health = Health()
        self.health.subscribe(lambda part, state: self.told.append((part, state.state, state.reason)))
        self.supervisor = Supervisor()
        self.fleet = CameraFleet(
            config=config,
            models_dir=models_dir,
            supervisor=self.supervisor,
            health=self.health,
            counting=lambda _station: CountingSettings(),
            on_message=self.messages.put,
        )

    def state(self, part: str) -> str:
        found = self.health.get(part)
        return "" if found is None else found.state

    def watched(self) -> str:
        status = self.fleet.inference_status
        return "" if status is None else status.runtime

    def all_well(self) -> bool:
        return {self.state(part) for part in ("camera:cam1", "camera:cam2", VISION)} == {"ok"}


@pytest.fixture
def box(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    (tmp_path / "stand_in_inference.py").write_text(textwrap.dedent(STAND_IN), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    stand_in = importlib.import_module("stand_in_inference")
    monkeypatch.setattr(camera_child, "inference", stand_in.inference)
    monkeypatch.setattr(camera_processes, "read_model", lambda _path: SimpleNamespace(version="1"))
    box = Box(clip, tmp_path)
    box.fleet.start()
    box.supervisor.start()
    wait_until(box.all_well)
    yield box
    pids = list(box.supervisor.pids().values())
    assert box.supervisor.stop(5.0)
    box.fleet.stop()
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
    sys.modules.pop("stand_in_inference", None)


def test_a_killed_capture_is_told_and_heals_while_the_other_goes_on(box: Box) -> None:
    pids = box.supervisor.pids()
    descriptors = psutil.Process().num_fds()
    box.told.clear()
    killed_s = time.monotonic()
    os.kill(pids["camera:cam1"], signal.SIGKILL)
    wait_until(lambda: box.state("camera:cam1") == "degraded")
    assert time.monotonic() - killed_s < 5.0
    wait_until(box.all_well)
    wait_until(lambda: psutil.Process().num_fds() == descriptors, within_s=5)
    assert [part for part, _, _ in box.told if part != "camera:cam1"] == []
    assert box.told[0][2].startswith("capture stopped (killed by signal 9, SIGKILL), restarting in 0.")
    assert box.supervisor.restarts() == {"camera:cam1": 1, "camera:cam2": 0, VISION: 0}
    assert box.supervisor.pids()[VISION] == pids[VISION]


def test_a_killed_inference_is_told_and_watches_again_what_it_watched(box: Box) -> None:
    assert box.fleet.watch("s1", ["pushup"])
    assert box.fleet.watch("s2", ["squat"])
    box.fleet.unwatch("s2")
    wait_until(lambda: box.watched() == "s1")
    os.kill(box.supervisor.pids()[VISION], signal.SIGKILL)
    wait_until(lambda: box.state(VISION) == "degraded", within_s=5)
    assert box.fleet.watch("s2", ["squat"])  # while it is down
    wait_until(lambda: box.watched() == "s1,s2")
    wait_until(box.all_well)


def test_a_frozen_process_is_killed_and_replaced(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_pipes, "SILENT_S", 2.5)
    pids = box.supervisor.pids()
    os.kill(pids["camera:cam2"], signal.SIGSTOP)
    wait_until(lambda: box.supervisor.restarts()["camera:cam2"] == 1, within_s=10)
    assert any("no sign of life" in reason for part, _, reason in box.told if part == "camera:cam2")
    wait_until(box.all_well)
    assert box.supervisor.restarts()["camera:cam1"] == 0


def test_a_watched_camera_is_looked_at_more_often(box: Box) -> None:
    def rate() -> float:
        status = box.fleet.camera_status["cam1"]
        return status.fps

    wait_until(lambda: 0 < rate() < 5)
    box.fleet.watch("s1", ["pushup"])
    wait_until(lambda: rate() > 8)
    os.kill(box.supervisor.pids()["camera:cam1"], signal.SIGKILL)
    wait_until(lambda: box.supervisor.restarts()["camera:cam1"] == 1)
    wait_until(lambda: rate() > 8)
    box.fleet.unwatch("s1")
    wait_until(lambda: 0 < rate() < 5)


def test_messages_come_from_the_processes(box: Box) -> None:
    kinds: set[type[VisionMessage]] = set()
    until_s = time.monotonic() + 10.0
    while kinds != {CameraStatus, InferenceStatus} and time.monotonic() < until_s:
        kinds.add(type(box.messages.get(timeout=5.0)))
    assert kinds == {CameraStatus, InferenceStatus}
