"""`gymbox cloud rollout start`: models, settings and software, each with what it needs."""

import json
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from gateway.cli.cloud import ConfigOption, cloud_settings
from gateway.cli.cloud_rollout import rollout_database, tell_rollout
from gateway.cli.terminal import AsJson, DataDir, fail, somebody

if TYPE_CHECKING:
    from sync.cloud.database.database import Database
    from sync.cloud.rollout.plan import Plan


class Kind(StrEnum):
    """What can be rolled out, by the name of the shadow that tells boxes of it."""

    models = "models"
    config = "config"
    software = "software"


Subject = Annotated[
    str, typer.Argument(help="A model, a bundle of settings, or gymbox for the program.", metavar="NAME")
]
KindOption = Annotated[
    Kind | None,
    typer.Option(
        "--kind", help="What it is (default: config with --values, else models).", show_default=False
    ),
]
VersionOption = Annotated[
    str | None, typer.Option("--version", help="Which (default: the registry's challenger, or the newest).")
]
ValuesOption = Annotated[
    Path | None,
    typer.Option(
        "--values",
        help="Settings, TOML or JSON: they become the bundle's newest version.",
        metavar="FILE",
        show_default=False,
    ),
]
PlanOption = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        help="TOML with tables named groups (default: shadow for models, canary, a fifth, all).",
        show_default=False,
    ),
]
TenantOption = Annotated[
    str | None,
    typer.Option(
        "--tenant", help="Only boxes of this tenant; for settings (default: all).", show_default=False
    ),
]
TargetOption = Annotated[
    str | None,
    typer.Option(
        "--target", help="A signed release that is in no registry: its path, with --sha256.", metavar="PATH"
    ),
]
DigestOption = Annotated[
    str | None, typer.Option("--sha256", help="The digest that publishing it has printed.")
]


def start(
    subject: Subject,
    *,
    kind: KindOption = None,
    version: VersionOption = None,
    values: ValuesOption = None,
    plan: PlanOption = None,
    tenant: TenantOption = None,
    target: TargetOption = None,
    sha256: DigestOption = None,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Begin: the first group gets the release now, or waits for an approval."""
    kind = kind or (Kind.models if values is None else Kind.config)
    if values is not None and kind is not Kind.config:
        fail("--values are settings; leave --kind out, or make it config", exit_code=2)
    settings = None if values is None else _values(values)
    with rollout_database(config, data_folder) as database:
        from sync.cloud.rollout.rollouts import Rollouts  # noqa: PLC0415 - a box does without the extra `cloud`

        if settings is not None:
            version = _add_bundle(database, subject, settings, tenant)
        if kind is Kind.software:
            _note_signed(database, config, data_folder)
        begun = Rollouts(database).start(
            subject,
            plan=_plan(plan),
            by=somebody(),
            version=version,
            release=_release(target, sha256),
            shadow=kind.value,
            tenant_id=tenant,
        )
    tell_rollout(begun, as_json=as_json)


def _add_bundle(database: "Database", name: str, values: dict[str, Any], tenant: str | None) -> str:
    from sync.cloud.gateways import utc_now  # noqa: PLC0415 - with the rest
    from sync.cloud.rollout.kinds.config import add_bundle  # noqa: PLC0415

    with database.write() as session:
        return add_bundle(session, name, values, by=somebody(), now=utc_now(), tenant_id=tenant)


def _note_signed(database: "Database", config: Path | None, data_folder: Path | None) -> None:
    """Have the database know of what was signed a moment ago."""
    from sync.cloud.gateways import utc_now  # noqa: PLC0415 - with the rest
    from sync.cloud.rollout.signed_software import note_signed  # noqa: PLC0415
    from sync.cloud.signing.repository import Repository  # noqa: PLC0415

    folder = cloud_settings(config, data_folder).signing.repository
    if folder is not None:
        note_signed(database, Repository(folder), clock=utc_now)


def _values(path: Path) -> dict[str, Any]:
    """The settings of a bundle."""
    try:
        text = path.read_text(encoding="utf-8")
        values = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        _refuse(path, f"cannot be read: {error.strerror or error}")
    except ValueError as error:  # of either form, and of text that is none
        _refuse(path, f"is neither TOML nor JSON: {error}")
    if not isinstance(values, dict):
        _refuse(path, "holds no object of settings")
    return values


def _plan(path: Path | None) -> "Plan | None":
    from pydantic import ValidationError  # noqa: PLC0415 - with the rest

    from sync.cloud.rollout.plan import Plan  # noqa: PLC0415

    if path is None:
        return None
    try:
        return Plan.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        _refuse(path, f"cannot be read: {error.strerror or error}")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        _refuse(path, f"is not TOML: {error}")
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, each['loc'])) or 'plan'}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_url=False)
        ]
        _refuse(path, "; ".join(faults))


def _refuse(path: Path, reason: str) -> NoReturn:
    fail(f"{path}: {reason}", exit_code=2)


def _release(target: str | None, sha256: str | None) -> dict[str, str] | None:
    if target is None and sha256 is None:
        return None
    parts = (target or "").split("/")
    if target is None or sha256 is None or len(parts) != 4:  # noqa: PLR2004 - kind, name, version, file
        fail("--target and --sha256 go together, as gymbox cloud release publish prints them", exit_code=2)
    return {"version": parts[2], "target": target, "sha256": sha256}
