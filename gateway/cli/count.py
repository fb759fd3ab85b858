"""`gymbox count`: the box's own counter on a video file, a camera or a stream."""

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from gateway.cli.models import models_dir, pull_model
from gateway.cli.terminal import AsJson, DataDir, ends_with, err, out, print_json
from gateway.config.sections.station import Exercise
from vision.counting.exercises import UnknownExerciseError, find
from vision.offline.count import CountResult, Progress, count_source, pose_threads
from vision.offline.overlay import OverlayError
from vision.offline.plot import PlotError
from vision.phase.model import load_installed
from vision.pose import load_estimator
from vision.runtimes import ModelFileError, RuntimeUnavailableError
from vision.source import SourceFailedError


def count(
    source: Annotated[str, typer.Argument(help="A video file, a camera index, or an rtsp:// address.")],
    *,
    exercise: Annotated[Exercise, typer.Option(help="What to count.")],
    pose: Annotated[Literal["blazepose", "movenet"], typer.Option(help="Pose model.")] = "blazepose",
    runtime: Annotated[
        Literal["auto", "litert", "onnx", "edgetpu"], typer.Option(help="What runs the pose model.")
    ] = "auto",
    overlay: Annotated[
        Path | None, typer.Option(help="Write a video that shows what the counter saw.", metavar="OUT.mp4")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Write a picture of depth and repetitions.", metavar="OUT.png")
    ] = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Count the repetitions in a video, through the same pipeline as the box; Ctrl-C ends a live source."""
    with ends_with(UnknownExerciseError):
        find(exercise)
    folder = models_dir(data_folder)
    pull_model(pose, folder)
    expected = (SourceFailedError, RuntimeUnavailableError, ModelFileError, OverlayError, PlotError)
    with ends_with(*expected), _interruptible() as should_stop, _progress() as on_progress:
        result = count_source(
            source,
            exercise,
            load_estimator(pose, folder, runtime, pose_threads()),
            overlay=overlay,
            plot=plot,
            phase=load_installed(folder),
            on_progress=on_progress,
            should_stop=should_stop,
        )
    if as_json:
        print_json(result.to_json())
    else:
        _print(result)


def _print(result: CountResult) -> None:
    times = ", ".join(f"{at_s:.1f}" for at_s in result.reps_at_s)
    partials = f", {result.partials} partial" if result.partials else ""
    out.print(f"[bold]{result.reps}[/] {result.exercise}{partials}")
    if times:
        out.print(f"at {times} s")
    if result.refused:
        out.print(f"{result.refused} not counted: the phase model was sure of something else")
    verdicts = Counter(form["verdict"] for form in result.form if form["verdict"])
    if verdicts:
        out.print("form: " + ", ".join(f"{n} {verdict.replace('_', ' ')}" for verdict, n in verdicts.items()))
    out.print(
        f"{result.frames} frames, somebody in {result.frames_with_person}; "
        f"{result.processing_fps:g} frames a second with {result.pose_model} on {result.runtime}"
    )


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C end the count with what was counted so far; a second one ends the program."""
    asked = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None] | None]:
    """Show a bar on a terminal; nothing elsewhere."""
    if not err.is_terminal:
        yield None
        return
    count_so_far = TextColumn("{task.fields[reps]} reps")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), count_so_far)
    with Bar(*columns, console=err, transient=True) as bar:
        task = bar.add_task("Counting", total=None, reps=0)

        def show(progress: Progress) -> None:
            bar.update(task, completed=progress.frames, total=progress.frames_expected, reps=progress.reps)

        yield show
