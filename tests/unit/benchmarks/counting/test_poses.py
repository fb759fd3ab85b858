from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.counting.poses import BadCacheError, PoseCache, PoseSeries, look
from vision.keypoints import Pose


class EverySecondFrame:
    """Sees somebody in every second frame that it is shown."""

    def __init__(self) -> None:
        self.shown = 0

    def reset(self) -> None:
        self.shown = 0

    def estimate(self, frame_bgr: Any, time_s: float) -> Pose | None:
        assert frame_bgr.shape == (48, 64, 3)
        self.shown += 1
        points = np.full((17, 3), time_s, np.float32)
        return Pose(points, 0.5) if self.shown % 2 else None


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds at 25 frames a second."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, (64, 48))
    for number in range(50):
        video.write(np.full((48, 64, 3), number, np.uint8))
    video.release()
    return path


def test_every_frame_is_looked_at_and_nobody_is_none(clip: Path) -> None:
    series = look(clip, EverySecondFrame())  # type: ignore[arg-type]
    assert len(series.times_s) == 50
    poses = list(series)
    assert [pose is None for _, pose in poses] == [False, True] * 25
    time_s, pose = poses[10]
    assert pose is not None
    assert pose.points == pytest.approx(time_s)
    assert time_s == pytest.approx(0.4)


@pytest.mark.parametrize("fps", [5.0, 10.0])
def test_a_lower_rate_takes_frames_as_a_camera_would(clip: Path, fps: float) -> None:
    series = look(clip, EverySecondFrame(), fps)  # type: ignore[arg-type]
    assert len(series.times_s) == pytest.approx(2 * fps, abs=1)
    assert np.diff(series.times_s).mean() == pytest.approx(1 / fps, rel=0.1)


def some_series() -> PoseSeries:
    random = np.random.default_rng(1)
    return PoseSeries(
        np.arange(4.0), random.random((4, 17, 3), np.float32), np.array([0.9, 0.0, 0.4, 0.5], np.float32)
    )


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    cache, series = PoseCache.at(tmp_path, "movenet", None), some_series()
    assert cache.load(Path("a.mp4")) is None
    cache.save(Path("a.mp4"), series)
    again = cache.load(Path("a.mp4"))
    assert again is not None
    for name in ("times_s", "points", "scores"):
        assert np.array_equal(getattr(again, name), getattr(series, name))


def test_models_and_rates_do_not_share_a_place(tmp_path: Path) -> None:
    PoseCache.at(tmp_path, "movenet", None).save(Path("a.mp4"), some_series())
    for pose, fps in (("movenet", 5.0), ("movenet", 10.0), ("blazepose", None)):
        assert PoseCache.at(tmp_path, pose, fps).load(Path("a.mp4")) is None
    assert (tmp_path / "movenet" / "full" / "a.mp4.npz").is_file()


def test_a_damaged_file_is_named_and_not_used(tmp_path: Path) -> None:
    cache = PoseCache.at(tmp_path, "movenet", 5.0)
    cache.save(Path("a.mp4"), some_series())
    kept = tmp_path / "movenet" / "5fps" / "a.mp4.npz"
    kept.write_bytes(kept.read_bytes()[:100])
    with pytest.raises(BadCacheError, match=r"a\.mp4\.npz holds no poses .*delete it"):
        cache.load(Path("a.mp4"))
    np.savez(kept, times_s=np.arange(3.0), points=np.zeros((2, 17, 3)), scores=np.zeros(3))
    with pytest.raises(BadCacheError, match=r"shape \(2, 17, 3\)"):
        cache.load(Path("a.mp4"))
