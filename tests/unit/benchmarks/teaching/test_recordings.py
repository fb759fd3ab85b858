from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.counting.clips import LabelledClip, Truth
from benchmarks.counting.poses import PoseSeries
from benchmarks.teaching.recordings import WAYS, cut, labels, teachable
from vision.counting.exercises import KNOWN_EXERCISES

if TYPE_CHECKING:
    from pathlib import Path

FPS = 25
BOTTOMS_S = (2.0, 4.0, 6.0, 8.0)
FALLING = ("pushup", "squat", "lunge")


def set_of(exercise: str, seconds: int = 12) -> PoseSeries:
    """Everything moves down and up again within two seconds, from a start posture at even ones plus one."""
    times_s = np.arange(seconds * FPS) / FPS
    way = (1 + np.cos(np.pi * times_s)) / 2  # 1 at the bottoms
    heights = 200 + 100 * (way if exercise in FALLING else 1 - way)
    points = np.zeros((len(times_s), 17, 3), np.float32)
    points[..., 1], points[..., 2] = heights[:, None], 0.9
    return PoseSeries(times_s, points, np.full(len(times_s), 0.9, np.float32))


def clip(path: Path, **truth: Truth) -> LabelledClip:
    return LabelledClip(path, "somebody", "reps", truth)


def test_every_exercise_has_a_way() -> None:
    assert WAYS.keys() == set(KNOWN_EXERCISES)


@pytest.mark.parametrize("exercise", WAYS)
def test_frames_show_how_far_the_body_has_come(exercise: str) -> None:
    poses = set_of(exercise)
    found = labels(exercise, BOTTOMS_S, poses)
    assert {found[round(time_s * FPS)] for time_s in BOTTOMS_S} == {"down"}
    assert {found[round(time_s * FPS)] for time_s in (1, 3, 5, 7, 9)} == {"up"}
    assert {found[round(time_s * FPS)] for time_s in (1.5, 2.5, 3.5)} == {"else"}
    assert all(label is None for label in found[: round(0.5 * FPS)] + found[round(9.6 * FPS) :])


def test_nobody_shows_nothing() -> None:
    poses = set_of("squat")
    poses.scores[:] = 0
    assert set(labels("squat", BOTTOMS_S, poses)) == {None}


def test_slips_of_the_pose_model_do_not_stretch_the_way() -> None:
    poses = set_of("squat")
    poses.points[60, :, 1] = 5000
    assert labels("squat", BOTTOMS_S, poses)[round(2.0 * FPS)] == "down"


@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_is_seen_each_frame_has_one_label_or_none(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 60))
    poses = PoseSeries(
        np.sort(rng.uniform(0, 12, count)),
        rng.normal(0, 300, (count, 17, 3)).astype(np.float32),
        rng.choice(np.array([0.0, 0.8], np.float32), count),
    )
    found = labels("curl", BOTTOMS_S, poses)
    assert len(found) == count
    assert set(found) <= {"up", "down", "else", None}


def test_only_exercises_with_enough_known_repetitions_teach(tmp_path: Path) -> None:
    found = clip(
        tmp_path,
        pushup=Truth(4, 4, 4, BOTTOMS_S),
        squat=Truth(6, 6, 6),
        lunge=Truth(3, 3, 3, BOTTOMS_S[:3]),
        curl=Truth(9, 9, 9, BOTTOMS_S * 2),
    )
    assert [exercise for _, exercise in teachable([found])] == ["pushup", "curl"]


def test_pictures_go_to_the_folders_of_their_labels(tmp_path: Path) -> None:
    path = tmp_path / "room.mp4"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (64, 48))
    for _ in range(12 * FPS):
        video.write(np.zeros((48, 64, 3), np.uint8))
    video.release()
    poses = set_of("squat")
    cut(clip(path, squat=Truth(4, 4, 4, BOTTOMS_S)), "squat", poses, tmp_path / "frames")
    written = {
        int(picture.stem): picture.parent.name for picture in (tmp_path / "frames" / "squat").rglob("*.jpg")
    }
    assert written == {
        number: label for number, label in enumerate(labels("squat", BOTTOMS_S, poses)) if label is not None
    }
    assert set(written.values()) == {"up", "down", "else"}
