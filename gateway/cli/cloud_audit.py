"""`gymbox cloud audit`: who did what to the fleet, verified and taken along."""

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.cloud import ConfigOption, cloud_errors, cloud_settings
from gateway.cli.terminal import AsJson, DataDir, ends_with, fail, out, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

app = typer.Typer(no_args_is_help=True, help="The audit of the service: verify it, export it.")


@app.command("verify")
def verify(*, config: ConfigOption = None, data_folder: DataDir = None, as_json: AsJson = False) -> None:
    """Go through the whole chain; exit code 1 when a line was changed or is missing."""
    from sync.cloud import audit  # noqa: PLC0415 - a box does without the extra `cloud`

    with _reading(config, data_folder) as session:
        broken = audit.verify(session)
    if as_json:
        print_json(
            {
                "ok": broken is None,
                "broken_at": broken and broken.number,
                "reason": broken and broken.reason,
            }
        )
    elif broken is None:
        out.print("every line of the audit holds")
    if broken is not None:
        fail(f"line {broken.number}: {broken.reason}")


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="Where to write: JSON lines, the oldest first.")],
    *,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write every line with its hash; whether the chain holds is told as by verify."""
    from sync.cloud import audit  # noqa: PLC0415 - see above

    count = 0
    with (
        _reading(config, data_folder) as session,
        ends_with(OSError),
        file.open("x", encoding="utf-8") as target,
    ):
        for line in audit.export(session):
            target.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
    if as_json:
        print_json({"file": str(file), "lines": count})
    else:
        out.print(f"{count} lines are in {file}", markup=False)


@contextmanager
def _reading(config: Path | None, data_folder: Path | None) -> "Iterator[Session]":
    with cloud_errors():
        from sync.cloud.database.database import Database  # noqa: PLC0415 - see above
        from sync.cloud.database.upgrade import upgrade  # noqa: PLC0415

        database = Database(cloud_settings(config, data_folder).database.address())
        try:
            upgrade(database)
            with database.read() as session:
                yield session
        finally:
            database.close()
