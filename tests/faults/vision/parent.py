"""A small parent of real vision processes, for tests that kill them or it.

Usage: parent.py SOURCE [MODELS]; with a folder of models, MoveNet on the Edge TPU looks. Commands
come as lines on stdin: ``start capture|inference``, ``watch``, ``deaf`` (stop reading the inference process),
``hear``, ``interrupt``, ``stop``. Every message of a child is printed as a line of JSON.
"""

import json
import multiprocessing
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path

import numpy as np

from vision.counting.counter import CountingSettings, CountStatus
from vision.counting.reps import Rep
from vision.keypoints import Pose
from vision.phase.belief import Recogniser
from vision.pose import PoseEstimator, load_estimator
from vision.pose.sought import Sought
from vision.processes.capture import CaptureSettings, capture_process
from vision.processes.inference import InferenceSettings, inference_process, run_inference
from vision.processes.messages import SetRate, Stop, Watch
from vision.processes.ring import FrameRing, RingHandle

SETTINGS = InferenceSettings(pose="played", models_dir=Path("nowhere"))


class PlayedEstimator:
    """Sees one person in the middle of every picture, whose score is the picture's brightness."""

    name = "played"
    runtime = "test"
    trouble = ""

    def estimate(self, frame_bgr: np.ndarray, _time_s: float, _sought: Sought | None = None) -> Pose:
        height, width = frame_bgr.shape[:2]
        return Pose(np.full((17, 3), (width / 2, height / 2, 0.9), np.float32), float(frame_bgr.mean() / 255))

    def reset(self) -> None:
        """Nothing is followed."""

    def twin(self) -> "PlayedEstimator":
        return self


class PlayedCounter:
    """A rep every five frames."""

    refused = 0

    def __init__(
        self, exercises: Sequence[str], _counting: CountingSettings | None, _recogniser: Recogniser
    ) -> None:
        self.exercise = exercises[0]
        self.frames = 0

    @property
    def status(self) -> CountStatus:
        return CountStatus(self.exercise, "up", None)

    def update(self, time_s: float, _pose: Pose | None) -> list[Rep]:
        self.frames += 1
        return (
            []
            if self.frames % 5
            else [Rep(self.exercise, time_s, time_s, time_s, float(self.frames), partial=False)]
        )

    def reset_track(self) -> None:
        """Nothing is forgotten."""

    def tune(self, settings: CountingSettings) -> None:
        raise NotImplementedError(settings)

    def replace_recogniser(self, recogniser: Recogniser) -> None:
        raise NotImplementedError(recogniser)


def accelerated_inference(models: Path, rings: Mapping[str, RingHandle], connection: Connection) -> None:
    def load(_runtime: str) -> PoseEstimator:
        return load_estimator("movenet", models, "edgetpu", standby=True)

    run_inference(SETTINGS, rings, connection, new_estimator=load, new_counter=PlayedCounter)


def played_inference(rings: Mapping[str, RingHandle], connection: Connection) -> None:
    def load(_runtime: str) -> PoseEstimator:
        return PlayedEstimator()

    run_inference(SETTINGS, rings, connection, new_estimator=load, new_counter=PlayedCounter)


class Parent:
    """Rings, children and their pipes."""

    def __init__(self, context: SpawnContext, source: str, models: str = "") -> None:
        self.source = source
        self.models = models
        self.context = context
        self.ring = FrameRing.create()
        self.pipes: dict[str, Connection] = {}
        self.processes: dict[str, SpawnProcess] = {}
        self.deaf = False

    def start(self, name: str) -> None:
        here, there = self.context.Pipe()
        target: Callable[..., None]
        arguments: tuple[object, ...]
        if name == "capture":
            settings = CaptureSettings(camera_id="cam1", source=self.source)
            target, arguments = capture_process, (settings, self.ring.handle, there)
        elif name == "inference" and self.models:
            target, arguments = accelerated_inference, (Path(self.models), {"cam1": self.ring.handle}, there)
        elif name == "inference":
            target, arguments = played_inference, ({"cam1": self.ring.handle}, there)
        else:
            target, arguments = inference_process, (SETTINGS, {"cam1": self.ring.handle}, there)
        process = self.context.Process(target=target, args=arguments, name=name)
        process.start()
        there.close()
        self.pipes[name], self.processes[name] = here, process
        say(started=name, pid=process.pid)

    def hear(self) -> None:
        for name, pipe in list(self.pipes.items()):
            if name == "inference" and self.deaf:
                continue
            try:
                while pipe.poll(0):
                    message = pipe.recv()
                    fields = {
                        field: getattr(message, field)
                        for field in message.__slots__
                        if isinstance(getattr(message, field), str | int | float)
                    }
                    depth = {"depth": message.rep.depth} if hasattr(message, "rep") else {}
                    say(source=name, kind=type(message).__name__, at=time.monotonic(), **fields, **depth)
            except (EOFError, OSError):
                pipe.close()
                del self.pipes[name]

    def bury(self) -> None:
        for name, process in list(self.processes.items()):
            if process.exitcode is not None:
                say(ended=name, code=process.exitcode)
                del self.processes[name]

    def obey(self, line: str) -> None:
        match line.split():
            case ["start", name]:
                self.start(name)
            case ["watch"]:
                self.pipes["capture"].send(SetRate(25.0))
                self.pipes["inference"].send(Watch(station_id="bay", camera_id="cam1", exercises=("pushup",)))
            case ["deaf" | "hear" as word]:
                self.deaf = word == "deaf"
            case ["interrupt"]:
                for process in self.processes.values():
                    assert process.pid is not None
                    os.kill(process.pid, signal.SIGINT)
            case ["stop"]:
                for pipe in self.pipes.values():
                    pipe.send(Stop())


def say(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def main() -> None:
    parent = Parent(multiprocessing.get_context("spawn"), *sys.argv[1:])
    say(parent=os.getpid())
    told_to_stop = False
    while not (told_to_stop and not parent.processes):
        if select.select([sys.stdin], [], [], 0.01)[0]:
            line = sys.stdin.readline()
            if not line:
                break
            parent.obey(line)
            told_to_stop |= line.strip() == "stop"
        parent.hear()
        parent.bury()
    parent.ring.close()


if __name__ == "__main__":
    main()
