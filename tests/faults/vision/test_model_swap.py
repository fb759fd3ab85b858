"""Another version of a real pose model, taken or refused in the middle of a set that is being counted."""

import json
import shutil
import time
from collections.abc import Iterator
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from vision.counting.counter import CountingSettings
from vision.processes.inference import InferenceSettings, inference_process
from vision.processes.messages import (
    Declined,
    InferenceStatus,
    RepCounted,
    Replay,
    Replayed,
    StationView,
    Stop,
    SwapModel,
    Swapped,
    Tally,
    Tune,
    Watch,
)
from vision.processes.ring import FrameRing

CLIP = Path(__file__).parents[3] / "vision" / "footage" / "athlete.mp4"
EVERY = 2
FRAMES = 96  # the first push-ups, and a little of the next


def frames() -> Iterator[tuple[float, np.ndarray]]:
    video = cv2.VideoCapture(str(CLIP), cv2.CAP_FFMPEG)
    number = 0
    while video.grab():
        number += 1
        if number % EVERY == 0:
            yield number / 25, video.retrieve()[1]
    video.release()


class Counted:
    """A real inference process that is shown frames as fast as it takes them."""

    def __init__(self, models: Path) -> None:
        context = get_context("spawn")
        self.ring = FrameRing.create(max_bytes=960 * 540 * 3)
        self.pipe, theirs = context.Pipe()
        settings = InferenceSettings(pose="blazepose", models_dir=models, version="1", view_hz=1000.0)
        self.process = context.Process(
            target=inference_process, args=(settings, {"cam": self.ring.handle}, theirs), daemon=True
        )
        self.process.start()
        theirs.close()
        self.told: list[Any] = []
        self.shown_s: list[float] = []
        self.pipe.send(Watch(station_id="bay", camera_id="cam", exercises=("pushup",)))
        self.wait(InferenceStatus)

    def show(self, time_s: float, image: np.ndarray, *, ahead: int = 0) -> None:
        """Hand over a frame, and wait until no more than `ahead` wait to be looked at."""
        self.ring.write(image, time_s, cut=not self.shown_s)
        self.shown_s.append(time_s)
        while len(self.shown_s) > ahead and self.looked_at_s() < self.shown_s[-1 - ahead]:
            self.hear()

    def looked_at_s(self) -> float:
        """The newest frame that was looked at; a view may replace one that is not sent yet."""
        return max((view.captured_s for view in self.of(StationView)), default=0.0)

    def hear(self) -> None:
        assert self.pipe.poll(20), (self.process.exitcode, self.told[-3:])
        self.told.append(self.pipe.recv())

    def of(self, kind: type) -> list[Any]:
        return [told for told in self.told if type(told) is kind]

    def wait(self, kind: type) -> Any:
        while not self.of(kind):
            self.hear()
        return self.of(kind)[-1]

    def reps(self) -> int:
        return sum(not told.rep.partial for told in self.of(RepCounted))

    def last_status(self) -> InferenceStatus:
        self.told = [told for told in self.told if type(told) is not InferenceStatus]
        status: InferenceStatus = self.wait(InferenceStatus)
        return status

    def close(self) -> None:
        self.pipe.send(Stop())
        self.process.join(5)
        self.pipe.close()
        self.ring.close()


@pytest.fixture
def models(blazepose: Path, tmp_path: Path) -> Path:
    shutil.copytree(blazepose, tmp_path / "models" / "blazepose")
    return tmp_path / "models"


@pytest.fixture
def counted(models: Path) -> Iterator[Counted]:
    counted = Counted(models)
    yield counted
    counted.close()


def truth(until_s: float) -> int:
    pushup = json.loads(CLIP.with_suffix(".json").read_text())["exercises"][0]
    return sum(bottom_s < until_s - 0.7 for bottom_s in pushup["bottoms_s"])


@pytest.mark.slow
def test_a_version_is_taken_and_another_refused_and_no_frame_or_rep_is_lost(
    counted: Counted, models: Path
) -> None:
    clip = islice(frames(), FRAMES)
    for time_s, image in islice(clip, 24):
        counted.show(time_s, image)
    counted.pipe.send(SwapModel(request_id=1, model="blazepose", version="2"))
    for number, (time_s, image) in enumerate(islice(clip, 24)):
        counted.show(time_s, image, ahead=2 if number in range(8, 11) else 0)  # three wait for the new model
    assert counted.wait(Swapped) == Swapped(request_id=1, version="2")

    landmarks = models / "blazepose" / "landmarks.tflite"
    start = landmarks.read_bytes()[:100_000]
    landmarks.unlink()  # the old file stays whole for the process that has it open
    landmarks.write_bytes(start)
    counted.pipe.send(SwapModel(request_id=2, model="blazepose", version="3"))
    for time_s, image in islice(clip, 24):
        counted.show(time_s, image)
    refusal = counted.wait(Declined)
    assert refusal.request_id == 2
    assert "landmarks.tflite is damaged" in refusal.reason
    for time_s, image in clip:
        counted.show(time_s, image)

    assert counted.reps() == truth(counted.shown_s[-1]) == 4
    status = counted.last_status()
    assert (status.version, status.state) == ("2", "ok")
    assert (status.frames, status.skipped) == (FRAMES, 0)


@pytest.mark.slow
def test_a_replay_counts_what_was_counted_and_tuning_does_not_begin_anew(counted: Counted) -> None:
    clip = list(islice(frames(), 60))
    for time_s, image in clip[:30]:
        counted.show(time_s, image)
    counted.pipe.send(Tune(station_id="bay", counting=CountingSettings(dwell_s=0.05)))
    for time_s, image in clip[30:]:
        counted.show(time_s, image)
    live = Tally(counted.reps(), len(counted.of(RepCounted)) - counted.reps())
    assert live == Tally(truth(clip[-1][0]), 0)
    assert live.reps == 2
    for request_id, score in ((1, 0.3), (2, 1.0)):
        request = Replay(request_id=request_id, station_id="bay", counting=CountingSettings(min_score=score))
        counted.pipe.send(request)
    until_s = time.monotonic() + 20
    while len(counted.of(Replayed)) < 2 and time.monotonic() < until_s:
        counted.hear()
    same, nobody = counted.of(Replayed)
    assert (same.as_counted, same.would_count) == (live, live)
    assert same.window_s == pytest.approx(clip[-1][0] - clip[0][0])
    assert (nobody.as_counted, nobody.would_count) == (live, Tally())
