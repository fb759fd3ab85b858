from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchmarks.counting.nearest_poses import (
    CHOICES,
    LANDMARKS,
    MEAN_K,
    USUAL,
    BadSamplesError,
    LabelledPoses,
    confidences,
    count,
    embed,
    smoothed,
)
from vision.keypoints import Pose

RANDOM = np.random.default_rng(3)
UP, DOWN = RANDOM.random((17, 2)) * 400, RANDOM.random((17, 2)) * 400


def labelled() -> LabelledPoses:
    """Fifteen takes of each of two poses."""
    takes = [pose + RANDOM.normal(0, 2, (17, 2)) for pose in (UP, DOWN) for _ in range(15)]
    return LabelledPoses(["pushups_up"] * 15 + ["pushups_down"] * 15, np.array(takes))


def pose_of(points: NDArray[np.float64]) -> Pose:
    return Pose(np.column_stack([points, np.full(17, 0.9)]).astype(np.float32), 0.9)


@given(scale=st.floats(0.1, 10), x=st.floats(-1000, 1000), y=st.floats(-1000, 1000))
def test_neither_place_nor_size_matter(scale: float, x: float, y: float) -> None:
    assert embed(UP * scale + (x, y)) == pytest.approx(embed(UP), abs=1e-6)


def test_many_poses_embed_as_each_does() -> None:
    both = embed(np.array([UP, DOWN]))
    assert both.shape == (2, 23, 2)
    assert both[1] == pytest.approx(embed(DOWN))


def test_a_point_in_one_place_has_no_size_and_still_embeds() -> None:
    assert np.isfinite(embed(np.zeros((17, 2)))).all()


def test_the_nearest_vote_mirrored_or_not() -> None:
    samples = labelled()
    assert samples.votes(DOWN) == {"pushups_down": MEAN_K}
    assert samples.votes(DOWN * (-1, 1) + (900, 0)) == {"pushups_down": MEAN_K}
    assert samples.votes(UP * 3)["pushups_down"] == 0


def test_fewer_samples_than_votes_are_no_trouble() -> None:
    assert LabelledPoses(["a", "b"], np.array([UP, DOWN])).votes(UP) == {"a": 1, "b": 1}


def test_smoothing_weighs_the_last_results_most() -> None:
    results = [(0.0, 10.0), (0.04, 0.0), (0.08, 0.0)]
    assert list(smoothed(results)) == pytest.approx([10.0, 10 * 0.8 / 1.8, 10 * 0.64 / 2.44])


def test_smoothing_forgets_after_a_window_and_after_a_gap() -> None:
    steady = [(number * 0.04, 10.0 if number == 0 else 0.0) for number in range(11)]
    assert list(smoothed(steady))[-2:] == pytest.approx([10 * 0.8**9 / sum(0.8**k for k in range(10)), 0.0])
    assert list(smoothed([(0.0, 10.0), (0.2, 0.0)])) == [10.0, 0.0]


@pytest.mark.parametrize(
    ("votes", "reps"),
    [
        ([], 0),
        ([0, 10], 0),
        ([0, 10, 0], 1),
        ([10, 5, 10, 0], 1),
        ([6, 0], 0),
        ([7, 4], 0),
        ([7, 3, 7, 3], 2),
    ],
)
def test_a_rep_is_entered_and_left(votes: list[float], reps: int) -> None:
    assert count(votes) == reps


@given(reps=st.integers(0, 8), thresholds=st.sampled_from(CHOICES))
def test_any_threshold_counts_full_swings(reps: int, thresholds: tuple[float, float]) -> None:
    assert USUAL in CHOICES
    assert count([0.0, *([10.0, 5.0, 0.0] * reps)], thresholds) == reps


def test_a_film_of_two_poses_is_counted() -> None:
    frames: list[tuple[float, Pose | None]] = []
    for number in range(200):
        points = DOWN if number % 50 >= 25 else UP
        frames.append((number / 25, None if number == 60 else pose_of(points)))
    found = confidences(frames, labelled())
    assert len(found["pushup"]) == 199, "nobody is asked about a frame without a person"
    assert count(found["pushup"]) == 3, "the fourth is not left"
    assert count(found["squat"]) == 0


def row(name: str, label: str, points: NDArray[np.float64]) -> str:
    return ",".join([name, label, *(f"{value}" for value in points.ravel())])


def test_a_file_of_labelled_poses_is_read(tmp_path: Path) -> None:
    landmarks = np.zeros((33, 3))
    landmarks[LANDMARKS, :2] = DOWN
    path = tmp_path / "poses.csv"
    path.write_text("\n".join(row(f"{k}.jpg", "squats_down", landmarks) for k in range(3)))
    assert LabelledPoses.read(path).votes(DOWN) == {"squats_down": 3}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no labelled poses"),
        ("a,b,1,2", "row 1"),
        (row("a", "b", np.zeros((33, 3))) + "\nx,y,z", "row 2"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "poses.csv"
    path.write_text(text)
    with pytest.raises(BadSamplesError, match=words):
        LabelledPoses.read(path)
    with pytest.raises(BadSamplesError, match="cannot be read"):
        LabelledPoses.read(tmp_path / "nowhere.csv")
