"""What the commands that train share: progress, and a folder that changes whole or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from gateway.cli.terminal import err, fail
from provisioning.rollback import previous_path
from provisioning.staging import exclusive, put_in_place, workshop

LOCK_S = 120.0
"""How long a pull may hold the folder of models."""


@contextmanager
def needs_training_packages() -> Iterator[None]:
    """End the command with what to install when a module of the extra `train` is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        fail(f"training needs {error.name}, which is not installed here; run: pip install 'gymbox[train]'")


def target_of(folder: Path) -> Path:
    """Where the model goes; never over what is no model."""
    target = folder.expanduser().resolve()
    if target.exists() and not (target / "model.toml").is_file():
        fail(f"{target} is there and is no model; name a folder with --out that is not there yet")
    return target


@contextmanager
def made_for(target: Path) -> Iterator[Path]:
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
def training_progress() -> Iterator[Callable[[str, int, int], None]]:
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
