"""`gymbox diagnostics`: what can be told of a box from its data folder, for somebody who helps."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlite_utils import Database

from gateway.cli.terminal import AsJson, DataDir, ends_with, fail, out, print_json
from gateway.config.file import ConfigError, data_dir, load
from gateway.diagnostics.bundle import packed
from gateway.diagnostics.collect import Resting, collect
from gateway.reconfiguration.start import open_layers
from gateway.store.file import open_for_reading
from gateway.store.store import StoreBroken
from gateway.store.tables import store_path

T = TypeVar("T")


def diagnostics(
    file: Annotated[
        Path | None, typer.Argument(help="Where to write the zip file.", show_default=False)
    ] = None,
    *,
    preview: Annotated[bool, typer.Option(help="Write nothing; show what would be in it.")] = False,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="The box's configuration; without it, the defaults.")
    ] = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Put together what somebody needs who helps from far away: no images, no members, no secrets.

    A running box tells more: POST /api/v1/diagnostics, or the console.
    """
    if file is None and not preview:
        fail("name a file for the bundle, or look at it with --preview", exit_code=2)
    with ends_with(ConfigError, exit_code=2):
        folder = data_dir(load(config) if config else None, option=data_folder)
        if not folder.is_dir():
            fail(f"{folder}: there is no data of a box; name its folder with --data-dir")
        settings = open_layers(config, data_dir=folder).config
    box = Resting(
        config=lambda: settings,
        data_dir=folder,
        models_dir=folder / "models",
        read=_reader(store_path(folder)),
    )
    sections = collect(box, datetime.now(UTC))
    if preview:
        if as_json:
            print_json([{"name": each.name, "about": each.about, "text": each.text} for each in sections])
            return
        for each in sections:
            out.print(f"{each.name:<16} {each.bytes:>9} bytes  {each.about}", markup=False)
            out.print(each.text, markup=False)
        return
    data = packed(sections)
    with ends_with(OSError):
        Path(str(file)).write_bytes(data)
    if as_json:
        print_json({"file": str(file), "bytes": len(data), "sections": [each.name for each in sections]})
    else:
        out.print(f"{len(sections)} sections, {len(data)} bytes, are in {file}", markup=False)


def _reader(path: Path) -> Callable[[Callable[[Database], T]], T]:
    def read(job: Callable[[Database], T]) -> T:
        try:
            db = open_for_reading(path)
        except sqlite3.Error as error:
            raise StoreBroken(f"{path.name} cannot be opened: {error}") from error
        try:
            return job(db)
        except sqlite3.Error as error:
            raise StoreBroken(f"{path.name} cannot be read: {error}") from error
        finally:
            db.close()

    return read
