"""`gymbox models train-recommender`: teach the models that prescribe, from simulated members or records."""

from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.models import models_dir
from gateway.cli.terminal import AsJson, DataDir, ends_with, err, out, print_json
from gateway.cli.training import made_for, needs_training_packages, target_of, training_progress
from recommender import effect, intensity

if TYPE_CHECKING:
    from recommender.training.dataset import Dataset
    from recommender.training.recipe import OnProgress

NAMES = (intensity.NAME, effect.NAME)


def train_recommender(
    *,
    records: Annotated[
        Path | None,
        typer.Option(
            help="Folder of Parquet files of sessions to learn from (default: simulated members only).",
            metavar="DIR",
            show_default=False,
        ),
    ] = None,
    members: Annotated[
        int,
        typer.Option(min=0, help="Simulated members; with --records they teach what records never tell."),
    ] = 1600,
    seed: Annotated[int, typer.Option(min=0, help="Chance; the same seed gives the same models.")] = 1,
    out_folder: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder to hold both models (default: models in the data folder).",
            metavar="DIR",
            show_default=False,
        ),
    ] = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Train the intensity and the effect model, judge them, and keep them only if they are good enough."""
    folder = (out_folder or models_dir(data_folder)).expanduser().resolve()
    targets = {name: target_of(folder / name) for name in NAMES}
    with needs_training_packages():
        from recommender.training import folder as files  # noqa: PLC0415 - needs the extra `train`, and seconds
        from recommender.training import train  # noqa: PLC0415 - likewise
        from recommender.training.recipe import Settings  # noqa: PLC0415 - likewise
        from recommender.training.validation import RecordsRefused  # noqa: PLC0415 - likewise
    expected = (RecordsRefused, train.TrainingError, OSError)
    with ends_with(*expected), training_progress() as on_progress, TemporaryDirectory() as made:
        simulated = _simulated(members, seed, on_progress)
        learned, rehearsal = (simulated, None) if records is None else (_read(records, simulated), simulated)
        if learned is None:
            raise train.TrainingError("nobody to learn from: give --records, or more than 0 --members")
        trained = train.train(learned, Settings(seed=seed), on_progress, rehearsal=rehearsal)
        report = files.write(trained, Path(made), on_progress)
        for name, target in targets.items():
            with made_for(target) as empty:
                copytree(Path(made) / name, empty, dirs_exist_ok=True)
    if as_json:
        print_json({"path": str(folder), **report.to_json()})
        return
    for line in (*report.lines, f"the models are in {folder}"):
        out.print(line, markup=False)


def _simulated(members: int, seed: int, on_progress: "OnProgress") -> "Dataset | None":
    from recommender.training.simulated import dataset  # noqa: PLC0415 - loads the simulator

    return dataset(members, seed, on_progress) if members else None


def _read(folder: Path, before: "Dataset | None") -> "Dataset":
    """The records, and on stderr what is odd about them."""
    from recommender.training import records, validation  # noqa: PLC0415 - DuckDB is in the extra `train`

    with needs_training_packages():
        checked = records.read(folder)
    found = records.dataset(checked, f"{len(checked.table['member'])} sessions of {folder.name}")
    drifts = {} if before is None else validation.drifts(before, found)
    shifted = [
        f"{name} differs from the simulated members (PSI {each.psi:.2f}, {each.level})"
        for name, each in drifts.items()
        if each.psi is not None and each.level != "stable"
    ]
    for line in (*checked.lines, *shifted):
        err.print(line, markup=False)
    return found
