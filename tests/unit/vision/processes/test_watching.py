"""Frames, estimators and counters that the test plays; what the box is told about them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from vision.counting.counter import CountStatus
from vision.counting.reps import Rep
from vision.keypoints import Pose
from vision.processes.messages import CameraView, RepCounted, SetRate, StationView, Unwatch, Watch
from vision.processes.ring import Frame
from vision.processes.watching import Watching

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
IMAGE = np.zeros((100, 200, 3), np.uint8)


class Camera:
    """A ring of one."""

    def __init__(self) -> None:
        self.frame: Frame | None = None

    def show(self, captured_s: float, *, seq: int | None = None, shot: int = 1) -> None:
        self.frame = Frame(seq or (self.frame.seq + 1 if self.frame else 1), captured_s, shot, IMAGE)

    def latest(self, after_seq: int = 0) -> Frame | None:
        return self.frame if self.frame and self.frame.seq > after_seq else None


@dataclass
class Estimator:
    """Sees one person where it is told, or none."""

    x: float | None = 50.0
    seen_s: list[float] = field(default_factory=list)
    resets: int = 0

    def estimate(self, frame_bgr: np.ndarray, time_s: float) -> Pose | None:
        assert frame_bgr.shape == (100, 200, 3)
        self.seen_s.append(time_s)
        if self.x is None:
            return None
        return Pose(np.full((17, 3), (self.x, 50, 0.9), np.float32), 0.9)

    def reset(self) -> None:
        self.resets += 1


@dataclass
class Counter:
    """Counts a rep for every second pose."""

    exercises: tuple[str, ...]
    poses: list[Pose | None] = field(default_factory=list)
    resets: int = 0

    @property
    def status(self) -> CountStatus:
        return CountStatus(self.exercises[0], "up", 0.5)

    def update(self, time_s: float, pose: Pose | None) -> list[Rep]:
        self.poses.append(pose)
        seen = sum(p is not None for p in self.poses)
        if pose is None or seen % 2:
            return []
        return [Rep(self.exercises[0], time_s - 1, time_s - 0.5, time_s, 0.9, partial=False)]

    def reset_track(self) -> None:
        self.resets += 1


class Bench:
    """Watching with everything around it played."""

    def __init__(self, *cameras: str, idle_fps: float = 2.0) -> None:
        self.cameras = {name: Camera() for name in cameras}
        self.estimators: list[Estimator] = []
        self.counters: list[Counter] = []
        self.sent: list[object] = []
        self.keys: list[Hashable] = []
        self.now_s = 0.0
        self.watching = Watching(
            rings=self.cameras,
            new_estimator=self._estimator,
            new_counter=self._counter,
            outbox=self,
            clock=self._clock,
            pose_model="played",
            idle_fps=idle_fps,
        )

    def _estimator(self) -> Estimator:
        self.estimators.append(Estimator())
        return self.estimators[-1]

    def _counter(self, exercises: Sequence[str]) -> Counter:
        self.counters.append(Counter(tuple(exercises)))
        return self.counters[-1]

    def _clock(self) -> float:
        self.now_s += 0.005
        return self.now_s

    def post(self, message: object, *, key: Hashable | None = None) -> None:
        self.sent.append(message)
        self.keys.append(key)

    def watch(self, station: str = "bay", camera: str = "cam", zone: tuple = (), *exercises: str) -> None:
        self.watching.handle(
            Watch(station_id=station, camera_id=camera, exercises=exercises or ("pushup",), zone=zone)
        )

    def play(self, seconds: float, fps: float = 25, start_s: float = 0.0, camera: str = "cam") -> None:
        for n in range(round(seconds * fps)):
            self.cameras[camera].show(start_s + n / fps)
            self.watching.step(start_s + n / fps)

    def of(self, kind: type) -> list:
        return [message for message in self.sent if type(message) is kind]


def test_a_watched_camera_is_looked_at_in_full() -> None:
    bench = Bench("cam")
    bench.watch()
    bench.play(4)
    assert len(bench.estimators[0].seen_s) == 100
    assert len(bench.counters[0].poses) == 100
    assert bench.watching.busy


def test_an_unwatched_camera_is_looked_at_now_and_then_for_its_skeleton() -> None:
    bench = Bench("cam")
    bench.play(10)
    assert len(bench.estimators[0].seen_s) == pytest.approx(20, abs=1)
    views = bench.of(CameraView)
    assert len(views) == len(bench.estimators[0].seen_s)
    assert (views[0].camera_id, views[0].width, views[0].height) == ("cam", 200, 100)
    assert views[0].pose is not None
    assert not bench.watching.busy
    assert bench.counters == []


def test_an_idle_rate_of_zero_looks_at_nothing() -> None:
    bench = Bench("cam", idle_fps=0)
    bench.play(5)
    assert bench.sent == []
    bench.watch()
    bench.play(1, start_s=5)
    assert len(bench.counters[0].poses) == 25


def test_views_are_rarer_than_frames_and_reps_are_not() -> None:
    bench = Bench("cam")
    bench.watch()
    bench.play(10)
    assert len(bench.of(StationView)) == pytest.approx(120, abs=12)
    reps = bench.of(RepCounted)
    assert len(reps) == 125
    assert reps[0].station_id == "bay"
    keys = {type(message): key for message, key in zip(bench.sent, bench.keys, strict=True)}
    assert keys[RepCounted] is None
    assert keys[StationView] == ("station", "bay")


def test_a_view_tells_what_was_seen() -> None:
    bench = Bench("cam")
    bench.watch()
    bench.cameras["cam"].show(3.25)
    bench.watching.step(3.3)
    (view,) = bench.of(StationView)
    assert (view.station_id, view.camera_id, view.captured_s) == ("bay", "cam", 3.25)
    assert (view.width, view.height) == (200, 100)
    assert view.status == CountStatus("pushup", "up", 0.5)
    assert view.pose is not None


def test_the_person_counts_at_the_station_they_stand_in() -> None:
    bench = Bench("cam")
    bench.watch("left", "cam", LEFT)
    bench.watch("right", "cam", RIGHT)
    bench.play(0.4)
    assert len(bench.estimators[0].seen_s) == 10, "one look serves both stations"
    left, right = bench.counters
    assert all(pose is not None for pose in left.poses)
    assert right.poses == [None] * 10
    assert all(view.pose is None for view in bench.of(StationView) if view.station_id == "right")
    assert {rep.station_id for rep in bench.of(RepCounted)} == {"left"}
    bench.estimators[0].x = 150.0
    bench.play(0.4, start_s=0.4)
    assert all(pose is not None for pose in right.poses[10:])
    assert left.poses[10:] == [None] * 10


def test_nobody_there_is_told_too() -> None:
    bench = Bench("cam")
    bench.watch()
    bench.play(0.04)
    bench.estimators[0].x = None
    bench.play(1, start_s=1)
    assert bench.counters[0].poses[-1] is None
    assert bench.of(StationView)[-1].pose is None


def test_each_camera_has_an_estimator_of_its_own() -> None:
    bench = Bench("one", "two")
    bench.watch("a", "one")
    bench.watch("b", "two")
    bench.play(0.4, camera="one")
    bench.play(0.4, camera="two")
    assert [len(estimator.seen_s) for estimator in bench.estimators] == [10, 10]


def test_one_camera_without_frames_does_not_hold_up_another() -> None:
    bench = Bench("dead", "cam")
    bench.watch("a", "dead")
    bench.watch("b", "cam")
    bench.play(1)
    assert len(bench.counters[1].poses) == 25
    assert bench.counters[0].poses == []


def test_a_cut_forgets_the_person_and_keeps_the_station() -> None:
    bench = Bench("cam")
    bench.watch()
    for n, shot in enumerate([4, 4, 5, 5, 6]):
        bench.cameras["cam"].show(n / 25, shot=shot)
        bench.watching.step(n / 25)
    assert bench.counters[0].resets == 3
    assert bench.estimators[0].resets == 3
    assert len(bench.counters[0].poses) == 5


def test_watching_anew_with_other_exercises_starts_a_new_count() -> None:
    bench = Bench("cam")
    bench.watch()
    bench.play(1)
    bench.watch("bay", "cam", (), "squat", "lunge")
    bench.play(1, start_s=1)
    assert [counter.exercises for counter in bench.counters] == [("pushup",), ("squat", "lunge")]
    assert len(bench.counters[0].poses) == 25
    assert len(bench.estimators) == 1


def test_unwatching_ends_the_count() -> None:
    bench = Bench("cam")
    bench.watch()
    bench.play(1)
    bench.watching.handle(Unwatch("bay"))
    bench.watching.handle(Unwatch("never watched"))
    bench.play(10, start_s=1)
    assert len(bench.counters[0].poses) == 25
    assert len(bench.of(CameraView)) == pytest.approx(20, abs=2)


def test_frames_overtaken_are_counted_for_watched_cameras_alone() -> None:
    bench = Bench("cam", "idle")
    bench.watch()
    for n in range(0, 100, 4):
        for name in bench.cameras:
            bench.cameras[name].show(n / 25, seq=n + 1)
        bench.watching.step(n / 25)
    status = bench.watching.status(dropped=7, runtime="test")
    assert status.skipped == 24 * 3
    assert status.dropped == 7


def test_frames_nobody_wanted_before_the_watch_are_not_skipped_ones() -> None:
    bench = Bench("cam")
    bench.play(4)
    bench.watch()
    bench.play(1, start_s=4)
    assert bench.watching.status(dropped=0, runtime="test").skipped == 0


def test_trouble_with_the_accelerator_is_a_degraded_state() -> None:
    bench = Bench()
    status = bench.watching.status(dropped=0, runtime="litert", trouble="edgetpu failed")
    assert (status.state, status.reason, status.runtime) == ("degraded", "edgetpu failed", "litert")


def test_the_status_tells_the_pace_since_the_last() -> None:
    bench = Bench("cam")
    bench.watch()
    bench.play(1)
    first = bench.watching.status(dropped=0, runtime="test")
    assert (first.pose_model, first.runtime, first.state) == ("played", "test", "ok")
    assert first.frames == 25
    assert first.mean_ms == pytest.approx(5.0)
    second = bench.watching.status(dropped=0, runtime="test")
    assert (second.frames, second.mean_ms) == (25, 0.0)


def test_a_station_on_a_camera_that_is_not_there_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench("cam")
    bench.watch("ghost", "nowhere")
    bench.watch()
    bench.play(1)
    assert "no camera 'nowhere'" in caplog.text
    assert len(bench.counters[1].poses) == 25


def test_a_command_unknown_here_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    Bench("cam").watching.handle(SetRate(1.0))
    assert "does not know the command SetRate" in caplog.text


def test_step_says_whether_there_was_anything_to_do() -> None:
    bench = Bench("cam")
    bench.watch()
    assert not bench.watching.step(0.0)
    bench.cameras["cam"].show(0.0)
    assert bench.watching.step(0.0)
    assert not bench.watching.step(0.0)
