"""`gymbox cloud gateways config`: what one box should be configured to do, and what it says of that."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.cloud import ConfigOption, cloud_errors, cloud_settings
from gateway.cli.cloud_gateways import GatewayId
from gateway.cli.terminal import AsJson, DataDir, ends_with, fail, out, print_json, somebody
from gateway.config.layers import keyed
from provisioning.config_bundle import SHADOW
from provisioning.twin import DocumentRefused, Shadow, VersionConflict

if TYPE_CHECKING:
    from sync.cloud.shadows.desk import Document


def config(
    gateway_id: GatewayId,
    *,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A setting by its path: station.mat.name=Mat, gym.plans_hour=4; empty: take it back.",
            metavar="PATH=VALUE",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="Settings as a merge patch of the configuration's tree: .json, or .toml."),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(min=0, help="Only while the document is at this one.", show_default=False),
    ] = None,
    cloud_config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Say what a box should be configured to do, or change that: it tries it, and keeps it if it is good."""
    change = _change(setting or (), file)
    with cloud_errors():
        from sync.cloud.database.database import Database  # noqa: PLC0415 - a box does without the extra `cloud`
        from sync.cloud.database.upgrade import upgrade  # noqa: PLC0415
        from sync.cloud.shadows.desk import Document, Twins  # noqa: PLC0415

        database = Database(cloud_settings(cloud_config, data_folder).database.address())
        try:
            upgrade(database)
            twins = Twins(database)
            if change:
                with ends_with(VersionConflict, DocumentRefused):
                    found = twins.configure(gateway_id, change, by=somebody(), version=version)
            else:
                found = twins.documents(gateway_id).get(SHADOW) or Document(Shadow(), None)
        finally:
            database.close()
    _show(found, as_json=as_json)


def _change(settings: "list[str] | tuple[str, ...]", file: Path | None) -> dict[str, Any]:
    change: dict[str, Any] = {} if file is None else _read(file)
    for setting in settings:
        path, mark, text = setting.partition("=")
        keys = path.split(".")
        if not mark or not all(keys):
            fail(f"--set {setting}: write PATH=VALUE, for example gym.plans_hour=4", exit_code=2)
        inside = change
        for key in keys[:-1]:
            inside = inside.setdefault(key, {})
            if not isinstance(inside, dict):
                fail(f"--set {setting}: {key} has a value already", exit_code=2)
        inside[keys[-1]] = _value(text)
    return change


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text("utf-8")
        read = keyed(tomllib.loads(text)) if file.suffix == ".toml" else json.loads(text)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}", exit_code=2)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        fail(f"{file} holds no settings: {error}", exit_code=2)
    if not isinstance(read, dict):
        fail(f"{file} holds no settings: it must be an object of sections", exit_code=2)
    return read


def _value(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _show(document: "Document", *, as_json: bool) -> None:
    shadow = document.shadow
    if as_json:
        state = {"desired": shadow.desired, "reported": shadow.reported}
        at = None if document.changed_at is None else document.changed_at.isoformat()
        print_json({"version": shadow.version, "changed_at": at, **state})
        return
    out.print(f"version {shadow.version}")
    for name in sorted({*shadow.desired, *shadow.reported}):
        wish, said = shadow.desired.get(name), shadow.reported.get(name)
        said = said if isinstance(said, Mapping) else {}
        reason = f": {said['reason']}" if said.get("reason") else ""
        out.print(f"{name}: {said.get('state', 'not heard of yet')}{reason}", markup=False)
        values = wish.get("values") if isinstance(wish, Mapping) else None
        if values:
            out.print(f"  {json.dumps(values, ensure_ascii=False)}", markup=False)
