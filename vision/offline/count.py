"""Count a whole video, the same way as a station does."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from vision.counting import exercises
from vision.counting.counter import CountingSettings, StationCounter
from vision.counting.form import Form
from vision.counting.phase import PHASE_MODEL
from vision.offline.clip import Clip
from vision.offline.onlooker import Onlooker, Step
from vision.phase.model import PhaseRecogniser
from vision.source import parse_source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from vision.counting.reps import Rep
    from vision.phase.model import PhaseModel
    from vision.pose import PoseEstimator


_MOST_POSE_THREADS = 2
"""What a second one gains is measured (`benchmarks/vision.py --parts frames`), of more nothing is."""


def pose_threads() -> int:
    """Threads for the pose model where nothing but a count wants the processor."""
    return min(_MOST_POSE_THREADS, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class CountResult:
    """What was counted; its fields are the JSON that `gymbox count --json` prints.

    Attributes:
        exercise: what was asked for.
        reps, partials: how many, full and partial.
        reps_at_s: the deepest moment of each full rep, in the video's time.
        frames, frames_with_person: how many were read, and in how many somebody was found.
        source_fps, processing_fps: the video's frame rate, and how many frames a second were worked through.
        pose_model, runtime, phase_model: what did it.
        refused: movements like full reps that were not counted, the phase model being sure of something else.
        form: how each full rep was done: its depth and the fields of `Form`.
    """

    exercise: str
    reps: int
    partials: int
    reps_at_s: tuple[float, ...]
    frames: int
    frames_with_person: int
    source_fps: float
    processing_fps: float
    pose_model: str
    runtime: str
    phase_model: str
    refused: int
    form: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {**asdict(self), "reps_at_s": list(self.reps_at_s), "form": list(self.form)}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a count has come; `frames_expected` is None for a live source."""

    frames: int
    frames_expected: int | None
    reps: int
    time_s: float


def _onlookers(overlay: Path | None, plot: Path | None) -> list[Onlooker]:
    chosen: list[Onlooker] = []
    if overlay is not None:
        from vision.offline.overlay import Overlay  # noqa: PLC0415 - drawing loads only when asked for

        chosen.append(Overlay(overlay))
    if plot is not None:
        from vision.offline.plot import Plot  # noqa: PLC0415 - as above

        chosen.append(Plot(plot))
    return chosen


def _spare_the_source(source: str | int | Path, overlay: Path | None) -> None:
    """Writing over the video that is being read would destroy it."""
    with contextlib.suppress(OSError):
        if overlay is not None and overlay.samefile(parse_source(str(source)).address):
            from vision.offline.overlay import OverlayError  # noqa: PLC0415 - drawing loads only when asked for

            raise OverlayError(f"the overlay {overlay} would replace the video itself; give it another name")


def count_source(
    source: str | int | Path,
    exercise: str,
    estimator: PoseEstimator,
    *,
    overlay: Path | None = None,
    plot: Path | None = None,
    settings: CountingSettings | None = None,
    phase: PhaseModel | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> CountResult:
    """Count one exercise in a video file, from a camera index or a URL, until it ends or is told to stop.

    Raises:
        vision.counting.exercises.UnknownExerciseError: this version does not count that exercise.
        vision.source.SourceFailedError: the source cannot be read.
        OverlayError, PlotError: what was asked for cannot be written.
    """
    exercises.find(exercise)
    _spare_the_source(source, overlay)
    counter = StationCounter([exercise], settings, None if phase is None else PhaseRecogniser(phase))
    estimator.reset()
    reps: list[Rep] = []
    seen = 0
    started_s = time.perf_counter()
    with contextlib.ExitStack() as stack:
        video = stack.enter_context(Clip(source))
        onlookers = _open_onlookers(stack, _onlookers(overlay, plot), video)
        for time_s, frame in video:
            pose = estimator.estimate(frame, time_s)
            finished = counter.update(time_s, pose)
            seen += pose is not None
            reps += finished
            full = sum(not rep.partial for rep in reps)
            for onlooker in onlookers:
                onlooker.see(Step(time_s, frame, pose, counter.status, tuple(finished), full))
            if on_progress is not None:
                on_progress(Progress(video.frames_read, video.frames_expected, full, time_s))
            if should_stop is not None and should_stop():
                break
    elapsed_s = max(time.perf_counter() - started_s, 1e-9)
    return CountResult(
        exercise=exercise,
        reps=sum(not rep.partial for rep in reps),
        partials=sum(rep.partial for rep in reps),
        reps_at_s=tuple(round(rep.turned_s, 3) for rep in reps if not rep.partial),
        frames=video.frames_read,
        frames_with_person=seen,
        source_fps=round(video.fps, 3),
        processing_fps=round(video.frames_read / elapsed_s, 1),
        pose_model=estimator.name,
        runtime=estimator.runtime,
        phase_model=PHASE_MODEL if phase is None else f"{PHASE_MODEL}+{phase.name}",
        refused=counter.refused,
        form=tuple(_form(rep) for rep in reps if not rep.partial),
    )


def _form(rep: Rep) -> dict[str, Any]:
    return {"depth": round(rep.depth, 3), **asdict(rep.form or Form())}


def _open_onlookers(
    stack: contextlib.ExitStack, onlookers: Sequence[Onlooker], video: Clip
) -> Sequence[Onlooker]:
    for onlooker in onlookers:
        onlooker.open(video.width, video.height, video.fps)
        stack.callback(onlooker.close)
    return onlookers
