from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from vision.phase.belief import EXERCISES, LOGITS, NONE, PHASES
from vision.training.fine_tuning import EPOCHS, REHEARSED, accuracy, named, teach
from vision.training.frames import Frame, FramesError, Picture
from vision.training.stills import Still, examples_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.training.examples import Examples
    from vision.training.frames import Label

SQUAT = EXERCISES.index("squat")


class Stub:
    """Takes wide bodies for the start of a squat, tall ones for its turn, square ones for nothing."""

    def __init__(self) -> None:
        self.taught: Examples | None = None

    def logits(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        places = windows[:, -1, :26].reshape(-1, 13, 2)
        lengths = np.ptp(places, axis=1)
        answers = np.zeros((len(windows), LOGITS), dtype=np.float32)
        wide = lengths[:, 0] > 1.5 * lengths[:, 1]
        tall = lengths[:, 1] > 1.5 * lengths[:, 0]
        answers[:, SQUAT] = np.where(wide | tall, 6, 0)
        answers[:, EXERCISES.index(NONE)] = np.where(wide | tall, 0, 6)
        answers[:, len(EXERCISES) + PHASES.index("up")] = np.where(wide, 6, 0)
        answers[:, len(EXERCISES) + PHASES.index("down")] = np.where(tall, 6, 0)
        return answers

    def fit(self, examples: Examples, *, epochs: int, on_epoch: Any, **_: object) -> None:
        self.taught = examples
        for epoch in range(epochs):
            on_epoch(epoch + 1)


def frame(label: Label, width: float | None, height: float = 100.0) -> Frame:
    picture = Picture(Path("frames") / label / "1.jpg", "squat", label)
    if width is None:
        return Frame(picture, None)
    points = np.random.default_rng(2).random((17, 3)).astype(np.float32)
    return Frame(picture, (points * (width, height, 0) + (0, 0, 0.9)).astype(np.float32))


FRAMES = [frame("up", 300.0), frame("down", 30.0), frame("else", 100.0), frame("else", None)]


def test_frames_are_named_by_what_is_believed() -> None:
    assert named(Stub(), FRAMES) == ["up", "down", "else", "else"]  # type: ignore[arg-type]
    assert accuracy(Stub(), FRAMES) == 1.0  # type: ignore[arg-type]


def test_nobody_in_a_frame_is_neither_up_nor_down() -> None:
    assert accuracy(Stub(), [frame("up", None), frame("else", None)]) == 0.5  # type: ignore[arg-type]


def test_half_is_learned_anew_and_half_rehearsed() -> None:
    stub = Stub()
    told: list[int] = []
    teach(stub, FRAMES * 4, _rehearsal(72), np.random.default_rng(1), told.append)  # type: ignore[arg-type]
    assert stub.taught is not None
    own = stub.taught[:-72]
    assert len(own) == 72
    assert {EXERCISES[number] for number in own.exercise} == {"squat", NONE}
    assert told == list(range(1, EPOCHS + 1))


def test_no_more_is_rehearsed_than_is_needed() -> None:
    stub = Stub()
    teach(stub, FRAMES * 4, _rehearsal(REHEARSED + 9), np.random.default_rng(1), print)  # type: ignore[arg-type]
    assert stub.taught is not None
    assert len(stub.taught) <= 2 * REHEARSED


def test_the_last_frames_teach_too() -> None:
    stub = Stub()
    frames = [frame("up", 300.0)] * 9 + [frame("down", 30.0)]
    teach(stub, frames, _rehearsal(40), np.random.default_rng(1), lambda _done: None)  # type: ignore[arg-type]
    assert stub.taught is not None
    own = stub.taught[:-40]
    assert (own.phase == PHASES.index("down")).sum() == len(own) / len(frames)


def test_else_is_taught_as_what_the_network_believes_already() -> None:
    stub = Stub()
    frames = [frame("up", 300.0), frame("up", 300.0)] + [frame("else", 300.0), frame("else", 100.0)] * 2
    teach(stub, frames, _rehearsal(8), np.random.default_rng(1), lambda _done: None)  # type: ignore[arg-type]
    assert stub.taught is not None
    taught = {(EXERCISES[e], PHASES[p]) for e, p in zip(stub.taught.exercise, stub.taught.phase, strict=True)}
    assert taught == {("squat", "up"), ("squat", "between"), (NONE, "between")}


def test_copies_differ_and_stay_poses() -> None:
    stub = Stub()
    teach(stub, FRAMES[:1] * 2, _rehearsal(40), np.random.default_rng(1), lambda _done: None)  # type: ignore[arg-type]
    assert stub.taught is not None
    own = stub.taught.windows[:40]
    assert np.isfinite(own).all()
    assert len(np.unique(own, axis=0)) == 40


def test_frames_without_anybody_teach_nothing() -> None:
    nobody = [frame("up", None)] * 2
    with pytest.raises(FramesError, match="nobody"):
        teach(Stub(), nobody, _rehearsal(2), np.random.default_rng(1), print)  # type: ignore[arg-type]


def _rehearsal(count: int) -> Examples:
    points = np.full((17, 3), 0.9, dtype=np.float32)
    return examples_of([Still("a", points, NONE, "between")] * count, np.random.default_rng(0))
