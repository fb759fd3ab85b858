"""What labelled frames teach this project's phase model, and a peer: the nearest of them vote."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.counting.nearest_poses import LabelledPoses
from benchmarks.teaching import recordings
from vision.phase.model import PACKAGED
from vision.training import frames as labelled
from vision.training import recipe, train

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.counting.clips import LabelledClip
    from benchmarks.counting.poses import PoseSeries
    from vision.pose import PoseEstimator
    from vision.training.frames import Frame

SEED: Final = 1
PUBLISHED: Final = 0.9076
"""Share of frames that the published classifier of push-up frames names rightly, on frames of its own."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one recording taught.

    Attributes:
        recording: name of the clip, and the exercise.
        learned, judged: how many frames taught, and how many others judge: the last quarter of each label.
        before, after: share of the latter that the phase model names rightly.
        nearest: share that most of the nearest taught poses name rightly.
    """

    recording: str
    learned: int
    judged: int
    before: float
    after: float
    nearest: float


def teach(
    recording: str, clip: LabelledClip, exercise: str, poses: PoseSeries, estimator: PoseEstimator
) -> Lesson:
    """Teach the packaged model frames of a clip, as `gymbox models train-phase --frames` does.

    Args:
        recording: what the table calls it.
        clip: the frames' video.
        exercise: what of it is taught.
        poses: of every frame; they say which shows what.
        estimator: looks at the frames that were chosen.

    Raises:
        vision.source.SourceFailedError: the clip cannot be read.
        vision.training.frames.FramesError: a label has too few frames, or nobody is found.
        vision.training.folder.TrainingError: what was learned cannot be used.
    """
    with tempfile.TemporaryDirectory() as pictures:
        recordings.cut(clip, exercise, poses, Path(pictures))
        try:
            seen = labelled.look(labelled.find(Path(pictures), exercise), estimator, _quietly)
        except labelled.FramesError as error:
            raise labelled.FramesError(str(error).replace(pictures, clip.path.name)) from error
    with tempfile.TemporaryDirectory() as made:
        _, found = train.train_on_frames(
            Path(made),
            start=PACKAGED,
            frames=seen,
            seed=SEED,
            poses=[],
            effort=recipe.FULL,
            on_progress=lambda _step, done, total: _quietly(done, total),
        )
    return Lesson(recording, found.learned, found.judged, found.before, found.after, nearest(seen))


def nearest(frames: Sequence[Frame]) -> float:
    """Share of the judging frames that most of the nearest taught poses name rightly; nobody is `else`."""
    known, unknown = labelled.split(frames)
    shown = [(frame.picture.label, frame.points[:, :2]) for frame in known if frame.points is not None]
    poses = LabelledPoses([label for label, _ in shown], np.stack([points for _, points in shown]))
    right = 0
    for frame in unknown:
        votes = None if frame.points is None else poses.votes(frame.points[:, :2])
        right += frame.picture.label == ("else" if votes is None else votes.most_common(1)[0][0])
    return right / len(unknown)


def pooled(lessons: Sequence[Lesson]) -> Lesson:
    """All recordings together; each frame counts the same."""
    judged = sum(lesson.judged for lesson in lessons)

    def mean(figure: str) -> float:
        return float(sum(getattr(lesson, figure) * lesson.judged for lesson in lessons) / judged)

    learned = sum(lesson.learned for lesson in lessons)
    return Lesson("all", learned, judged, mean("before"), mean("after"), mean("nearest"))


def table(lessons: Sequence[Lesson]) -> Iterator[str]:
    """Every recording, and all of them together."""
    yield f"{'recording':34} {'learned':>8} {'judged':>8} {'before':>8} {'taught':>8} {'nearest poses':>14}"
    for lesson in (*lessons, *([pooled(lessons)] if lessons else [])):
        counts = f"{lesson.recording:34} {lesson.learned:8} {lesson.judged:8}"
        yield f"{counts} {lesson.before:8.1%} {lesson.after:8.1%} {lesson.nearest:14.1%}"
    yield f"published classifier of push-up frames, on frames of its own: {PUBLISHED:.2%}"


def _quietly(_done: int, _total: int) -> None:
    """The recording is told of, not its pictures."""
