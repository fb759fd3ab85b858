"""`gymbox cloud ca`: the authority that signs the certificates of boxes, in a folder of files."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.cli.cloud import ConfigOption, cloud_errors, cloud_settings
from gateway.cli.terminal import AsJson, DataDir, out, print_json

app = typer.Typer(no_args_is_help=True, help="The authority that signs the certificates of boxes.")


@app.command("init")
def init(
    *,
    host: Annotated[
        list[str],
        typer.Option(help="A name or address that boxes know the service by; may be given several times."),
    ],
    name: Annotated[str, typer.Option(help="Whose authority it is, as its certificates say.")] = "Gymbox",
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make an authority and a TLS certificate for the service; prints the root, which boxes are to trust."""
    with cloud_errors():
        from sync.cloud.est import files  # noqa: PLC0415 - a box does without the extra `cloud`

        folder = cloud_settings(config, data_folder).identity.ca
        files.create(folder, name=name, hosts=host, now=datetime.now(UTC))
    root = folder / f"{files.ROOT}.pem"
    if as_json:
        print_json({"folder": str(folder), "root": str(root)})
        return
    out.print(f"boxes trust {root}", markup=False)
    out.print(f"move {folder / files.ROOT}.key to a safe place: the service does not need it", markup=False)
