"""Frames, estimators and counters that the test plays; what the box is told about them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from vision.counting.counter import CountingSettings, CountStatus
from vision.counting.reps import Rep
from vision.keypoints import Pose
from vision.pose.sought import Sought
from vision.processes.messages import (
    CameraView,
    Declined,
    RepCounted,
    Replay,
    Replayed,
    SetRate,
    StationView,
    Tally,
    Tune,
    Unwatch,
    Watch,
    Zone,
)
from vision.processes.replay import Replays
from vision.processes.ring import Frame
from vision.processes.watching import Watching

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
IMAGE = np.zeros((100, 200, 3), np.uint8)
STRICT = CountingSettings(min_score=0.9)


class Camera:
    """A ring of one."""

    def __init__(self) -> None:
        self.frame: Frame | None = None
        self.shown: list[Frame] = []

    def show(self, captured_s: float, *, seq: int | None = None, shot: int = 1) -> None:
        self.frame = Frame(seq or (self.frame.seq + 1 if self.frame else 1), captured_s, shot, IMAGE)
        self.shown.append(self.frame)

    def latest(self, after_seq: int = 0) -> Frame | None:
        return self.frame if self.frame and self.frame.seq > after_seq else None

    def following(self, after_seq: int) -> Frame | None:
        kept = [frame for frame in self.shown[-3:] if frame.seq > after_seq]
        return kept[0] if kept else None


@dataclass
class Estimator:
    """Sees one person where it is told, or none, and follows whoever is sought."""

    x: float | None = 50.0
    seen_s: list[float] = field(default_factory=list)
    resets: int = 0

    def estimate(self, frame_bgr: np.ndarray, time_s: float, sought: Sought | None = None) -> Pose | None:
        assert frame_bgr.shape == (100, 200, 3)
        self.seen_s.append(time_s)
        if self.x is None:
            return None
        pose = Pose(np.full((17, 3), (self.x, 50, 0.9), np.float32), 0.9)
        return pose if sought is None or sought.accepts(pose) else None

    def reset(self) -> None:
        self.resets += 1


@dataclass
class Counter:
    """Counts a rep for every second pose."""

    exercises: tuple[str, ...]
    settings: list[CountingSettings | None]
    poses: list[Pose | None] = field(default_factory=list)
    resets: int = 0
    refused: int = 0

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

    def tune(self, settings: CountingSettings) -> None:
        self.settings.append(settings)

    def replace_recogniser(self, recogniser: object) -> None:
        raise NotImplementedError(recogniser)


class Bench:
    """Watching with everything around it played."""

    def __init__(self, *cameras: str, idle_fps: float = 2.0) -> None:
        self.cameras = {name: Camera() for name in cameras}
        self.estimators: list[Estimator] = []
        self.counters: list[Counter] = []
        self.sent: list[object] = []
        self.keys: list[Hashable] = []
        self.now_s = 0.0
        self.replays = Replays(outbox=self, clock=self._clock)
        self.watching = Watching(
            rings=self.cameras,
            new_estimator=self._estimator,
            new_counter=self._counter,
            new_recogniser=cast("Any", object),
            outbox=self,
            replays=self.replays,
            clock=self._clock,
            pose_model="played",
            idle_fps=idle_fps,
        )

    def _estimator(self) -> Estimator:
        self.estimators.append(Estimator())
        return self.estimators[-1]

    def _counter(self, exercises: Sequence[str], counting: CountingSettings | None, _: object) -> Counter:
        self.counters.append(Counter(tuple(exercises), [counting]))
        return self.counters[-1]

    def _clock(self) -> float:
        self.now_s += 0.005
        return self.now_s

    def post(self, message: object, *, key: Hashable | None = None) -> None:
        self.sent.append(message)
        self.keys.append(key)

    def watch(self, station: str = "bay", camera: str = "cam", zone: Zone = (), *exercises: str) -> None:
        self.watching.handle(
            Watch(station_id=station, camera_id=camera, exercises=exercises or ("pushup",), zone=zone)
        )

    def play(self, seconds: float, fps: float = 25, start_s: float = 0.0, camera: str = "cam") -> None:
        for n in range(round(seconds * fps)):
            self.cameras[camera].show(start_s + n / fps)
            self.watching.step(start_s + n / fps)

    def of(self, kind: type) -> list[Any]:
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
    assert [len(estimator.seen_s) for estimator in bench.estimators] == [10, 10], "each looks for its own"
    left, right = bench.counters
    assert all(pose is not None for pose in left.poses)
    assert right.poses == [None] * 10
    assert all(view.pose is None for view in bench.of(StationView) if view.station_id == "right")
    assert {rep.station_id for rep in bench.of(RepCounted)} == {"left"}
    for estimator in bench.estimators:
        estimator.x = 150.0
    bench.play(0.4, start_s=0.4)
    assert all(pose is not None for pose in right.poses[10:])
    assert left.poses[10:] == [None] * 10


def test_two_people_count_at_two_stations_of_one_camera() -> None:
    bench = Bench("cam")
    bench.watch("left", "cam", LEFT)
    bench.watch("right", "cam", RIGHT)
    bench.play(0.04)
    bench.estimators[1].x = 150.0
    bench.play(2, start_s=0.04)
    left, right = ([pose for pose in counter.poses if pose] for counter in bench.counters)
    assert {float(pose.points[0, 0]) for pose in left} == {50.0}
    assert {float(pose.points[0, 0]) for pose in right} == {150.0}
    assert bench.watching.status(dropped=0, runtime="test").frames == 51, "a frame is one, however many look"


def test_nobody_is_at_two_stations_at_once() -> None:
    bench = Bench("cam")
    bench.watch("first", "cam")
    bench.watch("second", "cam")
    bench.play(1)
    first, second = bench.counters
    assert None not in first.poses
    assert second.poses == [None] * 25
    bench.watching.handle(Unwatch("first"))
    bench.play(1, start_s=1)
    assert None not in second.poses[25:]


def test_somebody_else_elsewhere_for_a_moment_is_left_out() -> None:
    bench = Bench("cam")
    bench.watch()
    bench.play(2)
    bench.estimators[0].x = 150.0
    bench.play(0.8, start_s=2)
    bench.estimators[0].x = 50.0
    bench.play(1, start_s=2.8)
    poses = bench.counters[0].poses
    assert poses[50:70] == [None] * 20
    assert None not in poses[:50] + poses[70:]
    assert bench.counters[0].resets == 1, "the first frame alone"


def test_whoever_looked_while_nobody_trained_goes_on_afterwards() -> None:
    bench = Bench("cam")
    bench.play(2)
    bench.watch()
    bench.play(2, start_s=2)
    bench.watching.handle(Unwatch("bay"))
    bench.play(2, start_s=4)
    idle, watching = bench.estimators
    assert len(watching.seen_s) == 50
    assert len(idle.seen_s) == pytest.approx(8, abs=1)


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
    assert bench.estimators[0].resets == 2, "made at the first frame, reset at each cut"
    assert len(bench.counters[0].poses) == 5


def test_watching_anew_with_other_exercises_starts_a_new_count() -> None:
    bench = Bench("cam")
    bench.watch()
    bench.play(1)
    bench.watch("bay", "cam", (), "squat", "lunge")
    bench.play(1, start_s=1)
    assert [counter.exercises for counter in bench.counters] == [("pushup",), ("squat", "lunge")]
    assert len(bench.counters[0].poses) == 25
    assert [len(estimator.seen_s) for estimator in bench.estimators] == [25, 25]


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


def test_a_station_is_counted_by_the_settings_it_is_watched_with_and_by_others_at_once() -> None:
    bench = Bench("cam")
    bench.watching.handle(Watch(station_id="bay", camera_id="cam", exercises=("squat",), counting=STRICT))
    bench.watch("other")
    bench.play(1)
    assert [counter.settings for counter in bench.counters] == [[STRICT], [None]]
    looser = CountingSettings(min_score=0.1)
    bench.watching.handle(Tune(station_id="bay", counting=looser))
    bench.watching.handle(Tune(station_id="nobody's", counting=looser))
    bench.play(1, start_s=1)
    assert [counter.settings for counter in bench.counters] == [[STRICT, looser], [None]]
    assert len(bench.counters[0].poses) == 50, "the counter goes on"


def test_a_replay_counts_the_same_poses_anew_and_leaves_the_count_alone() -> None:
    bench = Bench("cam")
    bench.watch()
    bench.play(2)
    bench.watching.handle(Replay(request_id=7, station_id="bay", counting=STRICT))
    bench.play(1, start_s=2)
    live, again = bench.counters
    assert again.settings == [STRICT]
    assert again.poses == []
    while bench.replays.busy:
        bench.replays.work(0.02)
    (answer,) = bench.of(Replayed)
    assert (answer.request_id, answer.exercises, answer.window_s) == (7, ("pushup",), 1.96)
    assert answer.as_counted == answer.would_count == Tally(25, 0)
    assert answer.reps_at_s[:2] == (0.04, 0.12)
    assert len(again.poses) == 50
    assert len(live.poses) == 75


def test_nothing_is_left_to_replay_when_the_session_is_over() -> None:
    bench = Bench("cam")
    bench.watch()
    bench.play(1)
    bench.watching.handle(Unwatch("bay"))
    bench.watching.handle(Replay(request_id=8, station_id="bay", counting=STRICT))
    assert bench.of(Declined) == [Declined(request_id=8, reason="nobody trains at bay")]


def test_a_replay_knows_where_the_camera_cut() -> None:
    bench = Bench("cam")
    bench.watch()
    for n, shot in enumerate([1, 1, 2, 2]):
        bench.cameras["cam"].show(n / 25, shot=shot)
        bench.watching.step(n / 25)
    bench.watching.handle(Replay(request_id=1, station_id="bay", counting=STRICT))
    bench.replays.work(10)
    assert bench.counters[1].resets == bench.counters[0].resets == 2


def test_another_model_takes_over_between_two_frames_and_the_counter_goes_on() -> None:
    bench = Bench("one", "two")
    bench.watch("a", "one")
    bench.watch("b", "two")
    bench.play(1, camera="one")
    bench.play(1, camera="two")
    bench.watching.replace_estimator(SimpleNamespace(twin=bench._estimator))
    bench.play(1, start_s=1, camera="one")
    bench.play(1, start_s=1, camera="two")
    assert [len(twin.seen_s) for twin in bench.estimators] == [25, 25, 25, 25]
    assert [len(counter.poses) for counter in bench.counters] == [50, 50]
    assert [counter.resets for counter in bench.counters] == [1, 1], "the first frame of each alone"
    assert bench.watching.status(dropped=0, runtime="test").skipped == 0


def test_frames_that_waited_for_a_model_are_looked_at_in_order() -> None:
    bench = Bench("cam")
    bench.watch()
    bench.play(1)
    for n in range(25, 28):
        bench.cameras["cam"].show(n / 25)
    bench.watching.every_frame = True
    while bench.watching.step(1.2):
        pass
    assert bench.estimators[0].seen_s == [n / 25 for n in range(28)]
    assert bench.watching.status(dropped=0, runtime="test").skipped == 0


def test_the_newest_picture_is_of_a_camera_that_is_watched() -> None:
    bench = Bench("idle", "cam")
    assert bench.watching.newest_image() is None
    bench.watch()
    bench.cameras["cam"].show(0.0)
    bench.watching.step(0.0)
    bench.cameras["idle"].show(1.0)
    shown = np.ones_like(IMAGE)
    bench.cameras["cam"].frame = Frame(2, 0.5, 1, shown)
    assert bench.watching.newest_image() is shown
