"""Messages are small, frozen, and survive the pipe."""

import dataclasses
import multiprocessing
import pickle
import typing

import numpy as np
import pytest

from vision.counting.counter import CountingSettings, CountStatus
from vision.counting.reps import Rep
from vision.keypoints import Pose
from vision.processes import messages
from vision.processes.capture import CaptureSettings
from vision.processes.messages import (
    CameraStatus,
    CameraView,
    Declined,
    InferenceStatus,
    LookThrough,
    Overlook,
    RepCounted,
    Replay,
    Replayed,
    SetRate,
    StationView,
    Stop,
    SwapModel,
    Swapped,
    Tally,
    Tune,
    Unwatch,
    Watch,
)
from vision.processes.ring import RingAddress

POSE = Pose(np.random.default_rng(2).random((17, 3), dtype=np.float32), 0.9)
EVERY = [
    CameraStatus(camera_id="cam1", state="stalled", reason="no picture for more than 3.5 s", fps=14.9),
    CameraView(camera_id="cam1", captured_s=1.5, width=1280, height=720, pose=POSE),
    StationView(
        station_id="bay-1",
        camera_id="cam1",
        captured_s=1.5,
        width=1280,
        height=720,
        pose=POSE,
        status=CountStatus("pushup", "down", 0.8),
    ),
    RepCounted(station_id="bay-1", rep=Rep("pushup", 1.0, 2.0, 3.0, 0.9, partial=False)),
    InferenceStatus(pose_model="movenet", runtime="litert", frames=9, refused={"bay-1": 2}),
    Watch(
        station_id="bay-1",
        camera_id="cam1",
        exercises=("pushup", "squat"),
        zone=((0, 0), (1, 0), (1, 1)),
        counting=CountingSettings(dwell_s=0.1),
    ),
    Tune(station_id="bay-1", counting=CountingSettings(hysteresis=0.5)),
    Replay(request_id=1, station_id="bay-1", counting=CountingSettings()),
    Replayed(
        request_id=1,
        exercises=("pushup",),
        window_s=120.0,
        as_counted=Tally(9, 1),
        would_count=Tally(300, 0),
        reps_at_s=tuple(n * 0.4 for n in range(300)),
    ),
    SwapModel(request_id=2, model="movenet", version="0.10.21"),
    Swapped(request_id=2, version="0.10.21"),
    Declined(request_id=3, reason="nobody trains at bay-1"),
    Unwatch("bay-1"),
    LookThrough(camera_id="cam2", ring=RingAddress(pid=7, fd=9, slots=4, max_bytes=1_000_000)),
    Overlook(camera_id="cam2"),
    SetRate(15.0),
    Stop(),
]


@pytest.mark.parametrize("message", EVERY, ids=lambda message: type(message).__name__)
def test_a_message_goes_through_a_pipe_and_fits_one_page(message: object) -> None:
    assert len(pickle.dumps(message)) < 4000  # the room the kernel promises to who asks before writing
    here, there = multiprocessing.get_context("spawn").Pipe()
    with here, there:
        here.send(message)
        assert there.poll(1)
        received = there.recv()
    for field in dataclasses.fields(message):  # type: ignore[arg-type]
        sent, got = getattr(message, field.name), getattr(received, field.name)
        if isinstance(sent, Pose):
            np.testing.assert_array_equal(sent.points, got.points)
        else:
            assert sent == got


@pytest.mark.parametrize("message", EVERY, ids=lambda message: type(message).__name__)
def test_a_message_cannot_be_changed(message: object) -> None:
    for field in dataclasses.fields(message):  # type: ignore[arg-type]
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(message, field.name, None)


def test_every_message_is_tried_here() -> None:
    named = {
        kind
        for union in (
            messages.CaptureCommand,
            messages.InferenceCommand,
            messages.InferenceMessage,
        )
        for kind in typing.get_args(union)
    } | {messages.CaptureMessage}
    assert named == {type(message) for message in EVERY}


def test_settings_do_not_show_the_password() -> None:
    settings = CaptureSettings(camera_id="cam1", source="rtsp://joe:hunter2@cam/live")
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings)
