"""`gymbox cloud models`: what the registry knows: versions, aliases, and who has seen erased data."""

from typing import Annotated, Any

import typer

from gateway.cli.cloud import ConfigOption, cloud_errors, cloud_settings
from gateway.cli.terminal import AsJson, DataDir, out, print_json


def models(
    name: Annotated[str | None, typer.Argument(help="Only this model.")] = None,
    *,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the versions of models that the cloud has, the newest first."""
    with cloud_errors():
        from sync.cloud.database.database import Database  # noqa: PLC0415 - a box has no extra `cloud`
        from sync.cloud.database.upgrade import upgrade  # noqa: PLC0415
        from sync.cloud.registry import registry  # noqa: PLC0415

        database = Database(cloud_settings(config, data_folder).database.address())
        try:
            upgrade(database)
            with database.read() as session:
                rows: list[dict[str, Any]] = [
                    {
                        "name": model.name,
                        "version": model.version,
                        "aliases": registry.aliases(session, model),
                        "status": registry.status(model),
                        "created_at": model.created_at.isoformat(timespec="seconds"),
                        "datasets": registry.datasets(session, model),
                        "code_version": model.code_version,
                        "tags": registry.tags(session, model),
                    }
                    for model in registry.search_model_versions(session, name)
                ]
        finally:
            database.close()
    if as_json:
        print_json(rows)
        return
    for row in rows:
        aliases = ", ".join(row["aliases"])
        out.print(
            f"{row['name']:<10} {row['version']:<12} {row['created_at']}  {row['status']:<20} {aliases}",
            markup=False,
        )
