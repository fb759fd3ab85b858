"""`gymbox audit`: the event log of the box, verified and taken along."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlite_utils import Database

from gateway.cli.terminal import AsJson, DataDir, ends_with, fail, out, print_json
from gateway.config.file import data_dir
from gateway.events import chain
from gateway.store.file import open_for_reading
from gateway.store.tables import store_path

app = typer.Typer(
    no_args_is_help=True, help="The event log: verify it, export it. Works beside a running box."
)


@app.command("verify")
def verify(*, data_folder: DataDir = None, as_json: AsJson = False) -> None:
    """Go through the whole chain; exit code 1 when an event was changed or is missing."""
    with _log(data_folder) as db:
        broken, end = chain.verify(db), chain.end_of(db)
    if as_json:
        print_json(
            {
                "ok": broken is None,
                "events": end.number,
                "hash": end.hash,
                "broken_at": broken and broken.number,
                "reason": broken and broken.reason,
            }
        )
    elif broken is None:
        out.print(f"all {end.number} events hold; the last hash is {end.hash}", markup=False)
    if broken is not None:
        fail(f"event {broken.number}: {broken.reason}")


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="Where to write: JSON lines, the oldest first.")],
    *,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write all events that are kept with their hashes; whether the chain holds is told as by verify."""
    count = 0
    with _log(data_folder) as db, ends_with(OSError), file.open("x", encoding="utf-8") as target:
        for line in chain.lines(db):
            target.write(line)
            count += 1
    if as_json:
        print_json({"file": str(file), "events": count})
    else:
        out.print(f"{count} events are in {file}", markup=False)


@contextmanager
def _log(folder: Path | None) -> Iterator[Database]:
    path = store_path(data_dir(option=folder))
    if not path.is_file():
        fail(f"{path}: there is no store of a box; name its folder with --data-dir")
    with ends_with(sqlite3.Error):
        db = open_for_reading(path)
        try:
            yield db
        finally:
            db.close()
