"""What every command shares: where data lies, how results are printed, how errors end a command."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="GYMBOX_DATA_DIR",
        help="Where the box keeps its data (default: the platform's user data folder).",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def print_json(value: Any) -> None:
    """Print a value as one line of JSON, for scripts."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def fail(reason: str, *, exit_code: int = 1) -> NoReturn:
    """End the command with a reason on stderr."""
    err.print("error:", style="bold red", end=" ")
    err.print(reason, markup=False)
    raise typer.Exit(exit_code)


@contextmanager
def ends_with(*expected: type[Exception], exit_code: int = 1) -> Iterator[None]:
    """Turn the exceptions that a person can do something about into a message and an exit code."""
    try:
        yield
    except expected as error:
        fail(str(error), exit_code=exit_code)


def somebody() -> str:
    """Who sits at the terminal, as an audit names them."""
    try:
        return f"operator {getpass.getuser()}"
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "operator"


def download_progress() -> Progress:
    """Return the progress bar for downloads, on stderr so that stdout stays data."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    )
