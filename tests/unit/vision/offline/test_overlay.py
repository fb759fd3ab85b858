"""What the overlay draws, and that nothing it is shown can stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.counter import NOTHING, CountStatus
from vision.keypoints import Pose
from vision.offline.clip import Clip
from vision.offline.onlooker import Step
from vision.offline.overlay import SURE, UNSURE, Overlay, OverlayError, draw_count, draw_skeleton

if TYPE_CHECKING:
    from pathlib import Path


def blank(height: int = 720, width: int = 1280) -> Any:
    return np.zeros((height, width, 3), dtype=np.uint8)


def colours(frame: Any) -> set[tuple[int, ...]]:
    return set(map(tuple, frame[frame.any(axis=2)].tolist()))


def step(pose: Pose | None = None, *, frame: Any = None, depth: float | None = None, reps: int = 0) -> Step:
    status = NOTHING if depth is None else CountStatus("squat", "down", depth)
    return Step(0.0, blank(120, 160) if frame is None else frame, pose, status, (), reps)


@pytest.mark.parametrize(("score", "colour", "other"), [(0.9, SURE, UNSURE), (0.3, UNSURE, SURE)])
def test_limbs_are_coloured_by_how_sure_they_are(
    film: Any, score: float, colour: tuple[int, ...], other: tuple[int, ...]
) -> None:
    frame = blank()
    draw_skeleton(frame, film.but(camera_score=score).pose())
    assert colour in colours(frame)
    assert other not in colours(frame)


def test_limbs_that_are_not_seen_are_not_drawn(film: Any) -> None:
    frame = blank()
    draw_skeleton(frame, film.but(camera_score=0.05).pose())
    assert not frame.any()


def test_a_limb_is_drawn_from_joint_to_joint(film: Any) -> None:
    frame, pose = blank(), film.pose()
    draw_skeleton(frame, pose)
    middle = (pose.points[5, :2] + pose.points[7, :2]) / 2  # the left upper arm
    assert frame[round(float(middle[1])), round(float(middle[0]))].any()
    assert not frame[:50].any()


@pytest.mark.parametrize("depth", [0.25, 0.5, 1.0])
def test_the_bar_is_as_long_as_the_rep_is_deep(depth: float) -> None:
    frame = blank(1000, 1000)
    draw_count(frame, step(frame=frame, depth=depth))
    assert np.all(frame == SURE, axis=2).any(axis=1).sum() == pytest.approx(600 * depth, abs=2)


def test_without_an_exercise_there_is_no_bar() -> None:
    frame = blank()
    draw_count(frame, step(frame=frame))
    assert SURE not in colours(frame)


def test_a_hint_is_written_at_the_foot() -> None:
    plain, hinted = blank(), blank()
    draw_count(plain, step(frame=plain))
    draw_count(hinted, step(frame=hinted), "fast: lowered in 0.41 s")
    rows = np.nonzero((plain != hinted).any(axis=(1, 2)))[0]
    assert rows.min() > 0.9 * len(plain)


def test_another_number_looks_different() -> None:
    pictures = []
    for reps in (3, 4, 3):
        pictures.append(blank())
        draw_count(pictures[-1], step(frame=pictures[-1], reps=reps))
    assert (pictures[0] == pictures[2]).all()
    assert (pictures[0] != pictures[1]).any()


@given(
    points=st.lists(st.floats(width=32), min_size=51, max_size=51),
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    depth=st.one_of(st.none(), st.floats(0, 1)),
)
@settings(max_examples=40)
def test_no_pose_and_no_size_stops_the_drawing(
    tmp_path_factory: pytest.TempPathFactory,
    points: list[float],
    height: int,
    width: int,
    depth: float | None,
) -> None:
    overlay = Overlay(tmp_path_factory.mktemp("overlay") / "out.mp4")
    overlay.open(64, 48, 25.0)
    pose = Pose(np.array(points, dtype=np.float32).reshape(17, 3), 0.9)
    overlay.see(step(pose, frame=blank(height, width), depth=depth))
    overlay.close()


def test_every_step_becomes_a_frame_even_when_the_camera_changes_its_size(tmp_path: Path) -> None:
    overlay = Overlay(tmp_path / "out.mp4")
    overlay.open(160, 120, 25.0)
    for height, width in ((120, 160), (240, 320), (120, 160), (90, 60)):
        overlay.see(step(frame=blank(height, width)))
    overlay.close()
    with Clip(tmp_path / "out.mp4") as clip:
        assert [frame.shape for _, frame in clip] == [(120, 160, 3)] * 4


def test_the_frame_that_it_is_shown_stays_as_it_is(film: Any, tmp_path: Path) -> None:
    overlay, frame = Overlay(tmp_path / "out.mp4"), blank()
    overlay.open(1280, 720, 25.0)
    overlay.see(step(film.pose(), frame=frame, depth=0.5, reps=2))
    overlay.close()
    assert not frame.any()


def test_it_may_be_closed_at_any_time_and_shown_nothing_after(tmp_path: Path) -> None:
    overlay = Overlay(tmp_path / "out.mp4")
    overlay.close()
    overlay.open(160, 120, 25.0)
    overlay.close()
    overlay.close()
    overlay.see(step())


def test_opening_gives_the_log_level_back(tmp_path: Path) -> None:
    before = cv2.utils.logging.getLogLevel()
    with pytest.raises(OverlayError):
        Overlay(tmp_path).open(160, 120, 25.0)
    overlay = Overlay(tmp_path / "out.mp4")
    overlay.open(160, 120, 25.0)
    overlay.close()
    assert cv2.utils.logging.getLogLevel() == before
