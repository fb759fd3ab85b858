"""Counting a whole video, with a scripted pose model on real files."""

from __future__ import annotations

import json
import logging
import wave
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.counting.exercises import UnknownExerciseError
from vision.offline.clip import Clip, FrameClock
from vision.offline.count import count_source, pose_threads
from vision.offline.overlay import OverlayError
from vision.offline.plot import PlotError, draw
from vision.pose import load_estimator
from vision.source import SourceFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.keypoints import Pose
    from vision.offline.count import Progress
    from vision.pose import PoseEstimator
    from vision.pose.sought import Sought

FIELDS = [
    "exercise", "reps", "partials", "reps_at_s", "frames", "frames_with_person", "source_fps",
    "processing_fps", "pose_model", "runtime", "phase_model", "refused", "form",
]  # fmt: skip


class FilmActor:
    """A pose model that sees the stick figure of a film, whatever the frame shows."""

    name = "actor"
    runtime = "script"
    trouble = ""

    def __init__(self, film: Any) -> None:
        self._film = list(film)
        self.times_s: list[float] = []
        self.sizes: set[tuple[int, ...]] = set()

    def reset(self) -> None:
        self.times_s.clear()

    def estimate(
        self, frame_bgr: NDArray[np.uint8], time_s: float, _sought: Sought | None = None
    ) -> Pose | None:
        self.times_s.append(time_s)
        self.sizes.add(frame_bgr.shape[:2])
        return next((pose for at_s, pose in self._film if abs(at_s - time_s) < 0.03), None)

    def twin(self) -> FilmActor:
        return FilmActor(self._film)


def write(path: Path, frames: int, *, size: tuple[int, int] = (160, 120), fps: float = 25.0) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, size)
    assert writer.isOpened()
    for number in range(frames):
        writer.write(np.full((size[1], size[0], 3), number % 200, dtype=np.uint8))
    writer.release()
    return path


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write(tmp_path / "film.mp4", 231)


def test_counts_a_video_and_gives_the_promised_fields(video: Path, film: Any) -> None:
    result = count_source(video, "pushup", FilmActor(film))
    told = json.loads(json.dumps(result.to_json()))
    assert list(told) == FIELDS
    assert (told["exercise"], told["reps"], told["partials"]) == ("pushup", 4, 0)
    assert told["reps_at_s"] == pytest.approx([1.6, 3.6, 5.6, 7.6], abs=0.15)
    assert told["frames"] == told["frames_with_person"] == 231
    assert told["source_fps"] == 25.0
    assert told["processing_fps"] > 0
    assert (told["pose_model"], told["runtime"]) == ("actor", "script")


def test_a_video_with_nobody_counts_nothing(video: Path) -> None:
    result = count_source(str(video), "squat", FilmActor([]))
    assert (result.reps, result.frames, result.frames_with_person) == (0, 231, 0)


def test_portrait_frames_come_upright(tmp_path: Path, film: Any) -> None:
    actor = FilmActor(film)
    count_source(write(tmp_path / "portrait.mp4", 10, size=(120, 160)), "pushup", actor)
    assert actor.sizes == {(160, 120)}


def test_slow_frame_rates_keep_their_times(tmp_path: Path) -> None:
    actor = FilmActor([])
    result = count_source(write(tmp_path / "slow.mp4", 5, fps=1.0), "pushup", actor)
    assert actor.times_s == pytest.approx([0, 1, 2, 3, 4])
    assert result.source_fps == 1.0


def test_progress_is_told_and_a_stop_is_heard(video: Path, film: Any) -> None:
    told: list[Progress] = []
    result = count_source(
        video, "pushup", FilmActor(film), on_progress=told.append, should_stop=lambda: len(told) >= 100
    )
    assert result.frames == len(told) == 100
    assert (told[-1].frames, told[-1].frames_expected, told[-1].reps) == (100, 231, 1)


def test_a_cut_off_file_counts_what_is_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (160, 120))
    random = np.random.default_rng(1)
    for _ in range(100):
        writer.write(random.integers(0, 255, (120, 160, 3), dtype=np.uint8))
    writer.release()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with caplog.at_level(logging.WARNING):
        result = count_source(path, "pushup", FilmActor([]))
    assert 30 < result.frames < 60
    assert result.frames < 60


@pytest.mark.parametrize(("cores", "threads"), [(None, 1), (1, 1), (2, 2), (64, 2)])
def test_a_count_takes_a_second_core_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, threads: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert pose_threads() == threads


@pytest.mark.parametrize("exercise", ["burpee"])
def test_an_exercise_that_is_not_counted_is_refused_before_anything(tmp_path: Path, exercise: str) -> None:
    with pytest.raises(UnknownExerciseError, match="choose from"):
        count_source(tmp_path / "absent.mp4", exercise, FilmActor([]))


def test_an_absent_file(tmp_path: Path) -> None:
    with pytest.raises(SourceFailedError, match=r"absent\.mp4: no such file"):
        count_source(tmp_path / "absent.mp4", "pushup", FilmActor([]))


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceFailedError, match="is a folder"):
        count_source(tmp_path, "pushup", FilmActor([]))


@pytest.mark.parametrize("content", [b"", b"hello", bytes(range(256)) * 50])
def test_no_video(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "thing.mp4"
    path.write_bytes(content)
    with pytest.raises(SourceFailedError, match=r"thing\.mp4 (is empty|holds no video that can be read)"):
        count_source(path, "pushup", FilmActor([]))


def test_sound_only(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    with pytest.raises(SourceFailedError, match=r"sound\.wav"):
        count_source(path, "pushup", FilmActor([]))


def test_zero_frames(tmp_path: Path) -> None:
    with pytest.raises(SourceFailedError, match=r"none\.mp4"):
        count_source(write(tmp_path / "none.mp4", 0), "pushup", FilmActor([]))


def test_a_camera_that_is_not_there() -> None:
    with pytest.raises(SourceFailedError, match="video97"):
        count_source(97, "pushup", FilmActor([]))


def test_a_network_camera_that_refuses_is_named_without_its_password() -> None:
    with pytest.raises(SourceFailedError) as caught:
        count_source("rtsp://me:secret@127.0.0.1:9/live", "pushup", FilmActor([]))
    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_clip_must_be_opened_first(video: Path) -> None:
    with pytest.raises(SourceFailedError, match="not open"):
        next(iter(Clip(video)))


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=50), st.floats(1, 240))
def test_times_rise_whatever_the_stream_claims(claims: list[float], fps: float) -> None:
    clock = FrameClock(fps)
    times_s = [clock.next(claim) for claim in claims if not claim > 1e9]
    assert all(a < b for a, b in pairwise(times_s))
    assert all(np.isfinite(time_s) and time_s >= 0 for time_s in times_s)


def test_uneven_times_are_kept() -> None:
    clock = FrameClock(25.0)
    assert [clock.next(at_s) for at_s in (0.0, 0.04, 0.04, 0.4)] == pytest.approx([0.0, 0.04, 0.08, 0.4])


# What is drawn


def test_an_overlay_never_replaces_the_video_it_is_drawn_from(video: Path, tmp_path: Path) -> None:
    before = video.read_bytes()
    roundabout = tmp_path / "link.mp4"
    roundabout.symlink_to(video)
    for overlay in (video, roundabout):
        with pytest.raises(OverlayError, match="would replace the video itself"):
            count_source(f"file://{video}", "pushup", FilmActor([]), overlay=overlay)
    assert video.read_bytes() == before


def test_overlay_and_plot_are_written(video: Path, film: Any, tmp_path: Path) -> None:
    overlay, plot = tmp_path / "overlay.mp4", tmp_path / "plot.png"
    count_source(video, "pushup", FilmActor(film), overlay=overlay, plot=plot)
    with Clip(overlay) as clip:
        frames = sum(1 for _ in clip)
    assert frames == 231
    assert (clip.width, clip.height) == (160, 120)
    picture = cv2.imread(str(plot))
    assert picture is not None
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 8


def test_overlay_draws_on_a_copy(video: Path, film: Any, tmp_path: Path) -> None:
    class Watcher(FilmActor):
        def estimate(
            self, frame_bgr: NDArray[np.uint8], time_s: float, sought: Sought | None = None
        ) -> Pose | None:
            assert np.ptp(frame_bgr.astype(int)) < 20
            return super().estimate(frame_bgr, time_s, sought)

    count_source(video, "pushup", Watcher(film), overlay=tmp_path / "overlay.mp4")


@pytest.mark.parametrize("name", ["overlay.avi", "missing/overlay.mp4"])
def test_an_overlay_that_cannot_be_written(video: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(OverlayError, match="overlay"):
        count_source(video, "pushup", FilmActor([]), overlay=tmp_path / name)


@pytest.mark.parametrize("name", ["plot.jpg", "missing/plot.png"])
def test_a_plot_that_cannot_be_written(video: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(PlotError, match="plot"):
        count_source(video, "pushup", FilmActor([]), plot=tmp_path / name)


def test_an_empty_plot_is_a_picture() -> None:
    assert draw([], []).shape[2] == 3


# The real thing


class Remembering:
    """A pose model that looks at each moment once; the demo clip is counted twice for one look."""

    def __init__(self, estimator: PoseEstimator) -> None:
        self._estimator = estimator
        self._poses: dict[float, Pose | None] = {}
        self.name, self.runtime, self.trouble = estimator.name, estimator.runtime, estimator.trouble

    def reset(self) -> None:
        self._estimator.reset()

    def estimate(
        self, frame_bgr: NDArray[np.uint8], time_s: float, sought: Sought | None = None
    ) -> Pose | None:
        if time_s not in self._poses:
            self._poses[time_s] = self._estimator.estimate(frame_bgr, time_s, sought)
        return self._poses[time_s]

    def twin(self) -> Remembering:
        return Remembering(self._estimator.twin())


@pytest.fixture(scope="module")
def remembering(blazepose: Path) -> Remembering:
    return Remembering(load_estimator("blazepose", blazepose.parent, threads=2))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("exercise", ["pushup", "squat"])
def test_the_demo_clip_gives_its_true_counts(
    exercise: str, remembering: Remembering, footage_dir: Path
) -> None:
    clip, truth = footage_dir / "athlete.mp4", footage_dir / "athlete.json"
    result = count_source(clip, exercise, remembering)
    assert result.reps == reps_of(json.loads(truth.read_text()), exercise)
    assert result.frames_with_person > 0.9 * result.frames


def reps_of(truth: Any, exercise: str) -> int:
    return sum(bout["reps"] for bout in truth["exercises"] if bout["exercise"] == exercise)
