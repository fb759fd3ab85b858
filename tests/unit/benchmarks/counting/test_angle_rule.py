import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.counting.angle_rule import ANGLES, CHOICES, USUAL, angles_degrees, count
from vision.counting.exercises import KNOWN_EXERCISES
from vision.keypoints import Joint, Pose


def arms(
    left_degrees: float, right_degrees: float, left_score: float = 0.9, right_score: float = 0.9
) -> Pose:
    """Elbows bent to these angles."""
    points = np.zeros((17, 3), np.float32)
    for side, degrees, score in (("LEFT", left_degrees, left_score), ("RIGHT", right_degrees, right_score)):
        turn = math.radians(degrees)
        places = {
            "SHOULDER": (100, 0),
            "ELBOW": (0, 0),
            "WRIST": (100 * math.cos(turn), 100 * math.sin(turn)),
        }
        for name, (x, y) in places.items():
            points[Joint[f"{side}_{name}"]] = (300 + x, 300 + y, score)
    return Pose(points, 0.9)


def series(*poses: Pose | None) -> list[tuple[float, Pose | None]]:
    return [(number / 25, pose) for number, pose in enumerate(poses)]


def test_every_exercise_has_an_angle_to_watch() -> None:
    assert set(ANGLES) == set(KNOWN_EXERCISES)
    assert USUAL in CHOICES


def test_the_right_side_is_taken_whatever_the_left_does() -> None:
    found = angles_degrees(series(arms(60, 170), arms(170, 80)), "pushup", better_side=False)
    assert found == pytest.approx([170, 80], abs=0.01)


def test_the_better_seen_side_is_taken() -> None:
    poses = series(arms(60, 170, left_score=0.8, right_score=0.5), arms(60, 170, left_score=0.4))
    assert angles_degrees(poses, "curl", better_side=True) == pytest.approx([60, 170], abs=0.01)


def test_frames_without_the_joint_are_left_out() -> None:
    poses = series(None, arms(60, 170, right_score=0.2), arms(60, 150))
    assert angles_degrees(poses, "pushup", better_side=False) == pytest.approx([150], abs=0.01)


@pytest.mark.parametrize(
    ("angles", "reps"),
    [
        ([], 0),
        ([160, 80, 160], 1),
        ([160, 80], 1),
        ([80, 160], 0),
        ([160, 80, 120, 80, 160], 1),
        ([160, 95, 160], 0),
        ([140, 80, 140, 80], 0),
        ([160, 80, 160, 80, 160], 2),
        ([145, 80], 0),
        ([160, 90], 0),
    ],
)
def test_a_rep_is_down_after_up(angles: list[float], reps: int) -> None:
    assert count(angles) == reps


@given(reps=st.integers(0, 8), steps=st.integers(1, 20), thresholds=st.sampled_from(CHOICES))
def test_any_threshold_counts_full_swings(reps: int, steps: int, thresholds: tuple[float, float]) -> None:
    down = np.linspace(179, 31, steps + 1)
    swings = np.concatenate([np.array([179.0]), *[np.concatenate([down, down[::-1]])] * reps])
    assert count(list(swings), thresholds) == reps


@given(st.lists(st.floats(0, 180), max_size=60), st.sampled_from(CHOICES))
def test_holding_still_changes_nothing(angles: list[float], thresholds: tuple[float, float]) -> None:
    held = [angle for angle in angles for _ in range(3)]
    assert count(held, thresholds) == count(angles, thresholds)
