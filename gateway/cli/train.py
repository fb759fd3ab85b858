"""`gymbox models train-phase`: teach the phase model, or teach it a gym's own way of doing an exercise."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from gateway.cli.models import models_dir, pull_model
from gateway.cli.terminal import AsJson, DataDir, ends_with, err, fail, out, print_json
from gateway.config.model import Exercise
from provisioning.rollback import previous_path
from provisioning.staging import exclusive, put_in_place, workshop
from vision.phase.model import NAME, load_installed
from vision.pose import load_estimator
from vision.runtimes import ModelFileError, RuntimeUnavailableError
from vision.training import frames, pose_samples

if TYPE_CHECKING:
    from vision.training.folder import Report

LOCK_S = 120.0
"""How long a pull may hold the folder of models."""


Poses = Annotated[
    Path | None,
    typer.Option(
        help="A table of real poses to learn from as well, in the form of ML Kit's pose samples.",
        metavar="CSV",
    ),
]
Frames = Annotated[
    Path | None,
    typer.Option(
        "--frames",
        help="Folders up, down and else of pictures: go on from the model in use and teach it these.",
        metavar="DIR",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="Folder of the model [default: models/phase in the data folder, which the box prefers].",
        metavar="DIR",
        show_default=False,
    ),
]


def train_phase(
    *,
    poses: Poses = None,
    pictures_folder: Frames = None,
    exercise: Annotated[
        Exercise | None, typer.Option(help="What the frames show, when their folder does not say it.")
    ] = None,
    pose: Annotated[
        Literal["blazepose", "movenet"], typer.Option(help="Pose model that looks at the frames.")
    ] = "blazepose",
    seed: Annotated[int, typer.Option(min=0, help="Chance; the same seed gives the same model.")] = 1,
    out_folder: Out = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Train the phase model on simulated people, or teach the model in use a gym's own frames."""
    folder = models_dir(data_folder)
    target = _target(out_folder or folder / NAME)
    with ends_with(pose_samples.PoseSamplesError, frames.FramesError):
        stills = [] if poses is None else pose_samples.read(poses)
        pictures = None if pictures_folder is None else frames.find(pictures_folder, exercise)
    with _needs_training_packages():
        from vision.training import folder as files  # noqa: PLC0415 - needs the extra `train`, and seconds
        from vision.training import recipe, train  # noqa: PLC0415 - likewise
    taught: dict[str, Any] | None = None
    report: Report | None
    expected = (frames.FramesError, ModelFileError, RuntimeUnavailableError, files.TrainingError, OSError)
    with ends_with(*expected), _progress() as on_progress, _made_for(target) as made:
        if pictures is None:
            report = train.train(made, seed=seed, poses=stills, effort=recipe.FULL, on_progress=on_progress)
        else:
            pull_model(pose, folder)
            looking = partial(on_progress, "looking at the frames")
            seen = frames.look(pictures, load_estimator(pose, folder), looking)
            start = load_installed(folder, "cpu").folder
            report, found = train.train_on_frames(
                made,
                start=start,
                frames=seen,
                seed=seed,
                poses=stills,
                effort=recipe.FULL,
                on_progress=on_progress,
            )
            taught = {**asdict(found), "unreadable": len(pictures) - len(seen)}
            target = start if found.kept else target
    _tell(target, report, taught, as_json=as_json)


@contextmanager
def _needs_training_packages() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        fail(f"training needs {error.name}, which is not installed here; run: pip install 'gymbox[train]'")


def _target(folder: Path) -> Path:
    """Where the model goes; never over what is no model."""
    target = folder.expanduser().resolve()
    if target.exists() and not (target / "model.toml").is_file():
        fail(f"{target} is there and is no model; name a folder with --out that is not there yet")
    return target


@contextmanager
def _made_for(target: Path) -> Iterator[Path]:
    """An empty folder whose content, if there is any, takes the target's place, whole, when all went well."""
    with TemporaryDirectory() as made:
        yield Path(made)
        if not any(Path(made).iterdir()):
            return
        folder = target.parent
        folder.mkdir(parents=True, exist_ok=True)
        with (
            exclusive(folder, timeout_s=LOCK_S, on_wait=lambda: None),
            workshop(folder, target.name) as staged,
        ):
            put_in_place(copytree(made, staged / "model"), target, keep=previous_path(target))


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal; elsewhere a line when a step begins."""
    if not err.is_terminal:
        begun: set[str] = set()

        def say(step: str, _done: int, total: int) -> None:
            if step not in begun:
                begun.add(step)
                err.print(f"{step} ({total})")

        yield say
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=err) as bar:
        tasks: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done)

        yield show


def _tell(folder: Path, report: "Report | None", taught: dict[str, Any] | None, *, as_json: bool) -> None:
    if as_json:
        figures = {} if report is None else report.to_json()
        print_json({"path": str(folder), **figures, **({"frames": taught} if taught else {})})
        return
    for line in report.lines if report else ():
        out.print(line, markup=False)
    if taught is not None:
        out.print(
            f"frames: {100 * taught['after']:.1f} % of {taught['judged']} not learned from are named right, "
            f"{100 * taught['before']:.1f} % before; nobody is found in {taught['nobody']} of all, "
            f"{taught['unreadable']} cannot be read"
        )
    if report is None:
        out.print("that is no better: nothing is replaced; more frames, of more people, may help")
    out.print(f"the model is in {folder}", markup=False)
