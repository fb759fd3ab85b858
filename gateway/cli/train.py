"""`gymbox models train-phase`: teach the phase model, or teach it a gym's own way of doing an exercise."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gateway.cli.models import models_dir, pull_model
from gateway.cli.terminal import AsJson, DataDir, ends_with, out, print_json
from gateway.cli.training import made_for, needs_training_packages, target_of, training_progress
from gateway.config.sections.station import Exercise
from vision.phase.model import NAME, load_installed
from vision.pose import load_estimator
from vision.runtimes import ModelFileError, RuntimeUnavailableError
from vision.training import frames, pose_samples

if TYPE_CHECKING:
    from vision.training.folder import Report

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
        help="Folder of the model (default: models/phase in the data folder, which the box prefers).",
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
    target = target_of(out_folder or folder / NAME)
    with ends_with(pose_samples.PoseSamplesError, frames.FramesError):
        stills = [] if poses is None else pose_samples.read(poses)
        pictures = None if pictures_folder is None else frames.find(pictures_folder, exercise)
    with needs_training_packages():
        from vision.training import folder as files  # noqa: PLC0415 - needs the extra `train`, and seconds
        from vision.training import recipe, train  # noqa: PLC0415 - likewise
    taught: dict[str, Any] | None = None
    report: Report | None
    expected = (frames.FramesError, ModelFileError, RuntimeUnavailableError, files.TrainingError, OSError)
    with ends_with(*expected), training_progress() as on_progress, made_for(target) as made:
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
