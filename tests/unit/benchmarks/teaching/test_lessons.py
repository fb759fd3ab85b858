"""Its peer and its table; that frames teach is tested in tests/unit/vision/training and by the command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vision.training.frames import Frame, Picture

if TYPE_CHECKING:
    from vision.training.frames import Label

pytest.importorskip("keras", reason="the extra `train` is not installed")
pytestmark = pytest.mark.slow


def frame(label: Label, number: int, tall: float) -> Frame:
    """A body of a random shape, as tall as told."""
    points = np.random.default_rng(7).random((17, 3)) * (100, tall, 0) + (0, 0, 0.9)
    points[:, 0] += number % 3
    picture = Picture(Path("frames") / label / f"{number}.jpg", "squat", label)
    return Frame(picture, points.astype(np.float32))


def test_the_nearest_taught_poses_name_what_looks_like_them() -> None:
    from benchmarks.teaching.lessons import nearest  # noqa: PLC0415 - loads TensorFlow

    frames = [frame("up", number, 300) for number in range(40)]
    frames += [frame("down", number, 60) for number in range(40)]
    assert nearest(frames) == 1.0
    swapped = [*frames[:-5], *(frame("down", number, 300) for number in range(35, 40))]
    assert nearest(swapped) == pytest.approx(15 / 20)


def test_nobody_is_neither_up_nor_down() -> None:
    from benchmarks.teaching.lessons import nearest  # noqa: PLC0415 - as above

    frames = [frame("up", number, 300) for number in range(16)]
    frames += [frame("else", number, 60) for number in range(12)]
    frames += [Frame(Picture(Path(f"else/{number}.jpg"), "squat", "else"), None) for number in range(4)]
    assert nearest(frames) == 1.0


def test_every_frame_counts_the_same_in_all_together() -> None:
    from benchmarks.teaching.lessons import Lesson, pooled, table  # noqa: PLC0415 - as above

    lessons = [Lesson("a.mp4 squat", 30, 10, 0.5, 0.9, 0.7), Lesson("b.mp4 curl", 90, 30, 0.9, 0.7, 0.7)]
    together = pooled(lessons)
    assert (together.learned, together.judged) == (120, 40)
    assert (together.before, together.after, together.nearest) == pytest.approx((0.8, 0.75, 0.7))
    lines = list(table(lessons))
    assert [line.split()[0] for line in lines[1:4]] == ["a.mp4", "b.mp4", "all"]
    assert "75.0%" in lines[3]
    assert "90.76%" in lines[-1]
