"""`gymbox models`: what the box looks with, where it came from, whether it is whole."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress as Bar
from rich.progress import TaskID

from gateway.cli import lazy
from gateway.cli.terminal import AsJson, DataDir, download_progress, ends_with, err, fail, out, print_json
from gateway.config.file import data_dir
from provisioning.catalogue import load_catalogue
from provisioning.models import ModelFolder, ModelFolderError, broken, installed, read_model, verify
from provisioning.pull import PullFailed, UnknownModel, pull

app = typer.Typer(
    cls=lazy.group(
        {"train-phase": "train.train_phase", "train-recommender": "train_recommender.train_recommender"}
    ),
    no_args_is_help=True,
    help="Pose and phase models: list, pull, verify.",
)


def models_dir(option: Path | None) -> Path:
    """Return the folder of models inside the data folder."""
    return data_dir(option=option) / "models"


def pull_model(name: str, folder: Path, optional: tuple[str, ...] = ()) -> ModelFolder:
    """Make sure that a model is installed, with a progress bar; ends the command when it cannot be."""
    bar_or_not = download_progress() if err.is_terminal else nullcontext()
    with ends_with(PullFailed, UnknownModel), bar_or_not as bar:
        tasks: dict[str, TaskID] = {}

        def progress(done: int, total: int | None, what: str) -> None:
            _advance(bar, tasks, done, total, what)

        return pull(name, folder, progress=progress, optional=optional)


def _advance(bar: Bar | None, tasks: dict[str, TaskID], done: int, total: int | None, what: str) -> None:
    if bar is None:
        if what not in tasks:
            err.print(f"fetching {what}")
            tasks[what] = TaskID(len(tasks))
        return
    if what not in tasks:
        tasks[what] = bar.add_task(what, total=total)
    bar.update(tasks[what], completed=done, total=total)


@app.command("list")
def list_models(*, data_folder: DataDir = None, as_json: AsJson = False) -> None:
    """List the models that can be pulled and the ones that are installed."""
    folder = models_dir(data_folder)
    here = {model.name: model for model in installed(folder)}
    damaged = {model.path.name: model.reason for model in broken(folder)}
    rows = [
        {
            "name": name,
            "version": entry.version,
            "task": entry.task,
            "licence": entry.licence,
            "installed": name in here,
            "path": str(here[name].path) if name in here else None,
            "problem": damaged.get(name),
        }
        for name, entry in sorted(load_catalogue().models.items())
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = row["problem"] or ("installed" if row["installed"] else "not installed")
        out.print(f"{row['name']:<12} {row['version']:<10} {row['task']:<8} {row['licence']:<12} {state}")


@app.command("pull")
def pull_command(
    names: Annotated[list[str] | None, typer.Argument(help="Models to pull (default: blazepose).")] = None,
    *,
    with_file: Annotated[
        list[str] | None,
        typer.Option("--with", help="An optional file to bring too, for example edgetpu.tflite."),
    ] = None,
    data_folder: DataDir = None,
) -> None:
    """Download models, check their hashes and install them; one that is already whole needs no network."""
    for name in names or ["blazepose"]:
        model = pull_model(name, models_dir(data_folder), tuple(with_file or ()))
        out.print(f"{model.name} {model.version} is installed in {model.path}")


@app.command("verify")
def verify_command(
    names: Annotated[list[str] | None, typer.Argument(help="Models (default: all installed).")] = None,
    *,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Hash every file of the installed models again; exit code 1 when one is not what it should be."""
    folder = models_dir(data_folder)
    wanted = names or sorted(path.name for path in folder.glob("[!.]*") if path.is_dir())
    if not wanted:
        fail(f"no model is installed in {folder}; run gymbox models pull")
    results = {name: _problems(folder / name) for name in wanted}
    if as_json:
        print_json({name: {"ok": not problems, "problems": problems} for name, problems in results.items()})
    else:
        for name, problems in results.items():
            out.print(f"{name}: {'; '.join(problems) or 'ok'}")
    if any(results.values()):
        raise typer.Exit(1)


def _problems(folder: Path) -> list[str]:
    try:
        return list(verify(read_model(folder)))
    except ModelFolderError as error:
        return [str(error)]
