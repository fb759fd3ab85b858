"""`gymbox cloud members`: what is known of one member, by the pseudonym that the box's export names."""

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.cloud import ConfigOption, cloud_errors, cloud_settings
from gateway.cli.terminal import AsJson, DataDir, ends_with, out, print_json, somebody

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.cloud.members import Members

app = typer.Typer(no_args_is_help=True, help="One member in the cloud: take everything along, erase.")

Pseudonym = Annotated[str, typer.Argument(help="As the box's export of the member names it.")]
GymOption = Annotated[str, typer.Option("--gym", help="The gym that the member trains in.")]


@app.command("export")
def export(
    pseudonym: Pseudonym,
    file: Annotated[Path, typer.Argument(help="Where to write, JSON.")],
    *,
    gym: GymOption,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write everything that is known of a member; the audit notes that."""
    with _members(config, data_folder) as members:
        found = members.export(gym, pseudonym, by=somebody())
        with ends_with(OSError), file.open("x", encoding="utf-8") as target:
            json.dump(found, target, ensure_ascii=False, indent=1)
    if as_json:
        print_json({"file": str(file), "records": len(found["records"])})
    else:
        out.print(f"{len(found['records'])} records are in {file}", markup=False)


@app.command("erase")
def erase(
    pseudonym: Pseudonym,
    *,
    gym: GymOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigOption = None,
    data_folder: DataDir = None,
) -> None:
    """Order the erasure of a member whose box cannot order it any more; a running service carries it out."""
    if not yes:
        typer.confirm(f"Erase everything of {pseudonym} in {gym}? There is no way back", abort=True)
    with _members(config, data_folder) as members:
        members.erase(gym, pseudonym, by=somebody())
    out.print("ordered; a running service carries it out within seconds", markup=False)


@contextmanager
def _members(config: Path | None, data_folder: Path | None) -> "Iterator[Members]":
    """Open the members of the service, beside any process of it that runs."""
    with cloud_errors():
        from sync.cloud.database.database import Database  # noqa: PLC0415 - a box does without the extra
        from sync.cloud.database.upgrade import upgrade  # noqa: PLC0415
        from sync.cloud.lake.objects import ObjectStore  # noqa: PLC0415
        from sync.cloud.landing import ObjectDamaged  # noqa: PLC0415
        from sync.cloud.members import Members, MemberUnknown  # noqa: PLC0415

        settings = cloud_settings(config, data_folder)
        database = Database(settings.database.address())
        try:
            upgrade(database)
            with ends_with(MemberUnknown, ObjectDamaged):
                yield Members(database, ObjectStore(settings.objects.url))
        finally:
            database.close()
