"""`gymbox cloud operators`: who may look after the fleet, and the tokens of their programs."""

import getpass
import sys
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.cloud import ConfigOption, cloud_errors, cloud_settings
from gateway.cli.terminal import AsJson, DataDir, ends_with, err, fail, out, print_json, somebody

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.cloud.operators.desk import Operators
    from sync.cloud.settings import CloudSettings

app = typer.Typer(
    no_args_is_help=True, help="Who may look after the fleet, and the tokens of their programs."
)


class RoleName(StrEnum):
    """As `sync.cloud.operators.roles` has them; what each may do is docs/explanation/fleet.md."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    RELEASE_MANAGER = "release-manager"
    ADMIN = "admin"


Name = Annotated[str, typer.Argument(help="The name to log in with, such as an e-mail address.")]
Role = Annotated[RoleName, typer.Option("--role", help="What they may do.")]
Tenant = Annotated[
    str | None, typer.Option(help="Whose boxes they see (default: those of the whole service).")
]


@app.command("add")
def add(
    name: Name,
    *,
    role: Role,
    tenant: Tenant = None,
    password: Annotated[
        bool, typer.Option("--password", help="Ask for the password here, or read it from stdin.")
    ] = False,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make an account; prints a link, good for a day, by which its owner chooses the password."""
    chosen = _password() if password else None
    with _operators(config, data_folder) as (operators, settings):
        code = operators.accounts.add(name, role=role.value, tenant_id=tenant, by=somebody(), password=chosen)
        _tell_link(name, code, settings, as_json=as_json)


@app.command("list")
def list_operators(
    *,
    tenant: Tenant = None,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the accounts."""
    with _operators(config, data_folder) as (operators, _):
        found = operators.accounts.all(tenant_id=tenant)
    if as_json:
        print_json([_row(each) for each in found])
        return
    for each in found:
        whose = each.tenant_id or "the whole service"
        waits = "" if each.has_password else "  no password yet"
        out.print(f"{each.name:<32}  {each.role:<16}  {whose}{waits}", markup=False)


@app.command("remove")
def remove(name: Name, *, config: ConfigOption = None, data_folder: DataDir = None) -> None:
    """Delete an account; whoever is logged in with it is out at once."""
    with _operators(config, data_folder) as (operators, _):
        operators.accounts.remove(name, by=somebody())
    out.print(f"{name} is removed", markup=False)


@app.command("reset")
def reset(
    name: Name, *, config: ConfigOption = None, data_folder: DataDir = None, as_json: AsJson = False
) -> None:
    """Take the password away, end every session, and print a link to choose another."""
    with _operators(config, data_folder) as (operators, settings):
        code = operators.accounts.renew(name, by=somebody())
        _tell_link(name, code, settings, as_json=as_json)


@app.command("token")
def token(
    note: Annotated[str, typer.Argument(help="What it is for.")],
    *,
    role: Role,
    tenant: Tenant = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is good for.")] = 90,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a program's token; it is shown this once."""
    with _operators(config, data_folder) as (operators, _):
        token_id, made = operators.tokens.create(
            note, role=role.value, tenant_id=tenant, lasts=timedelta(days=days), by=somebody()
        )
    if as_json:
        print_json({"id": token_id, "token": made})
    else:
        out.print(made, markup=False)


@app.command("tokens")
def list_tokens(
    *,
    tenant: Tenant = None,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the tokens, without themselves."""
    with _operators(config, data_folder) as (operators, _):
        found = operators.tokens.all(tenant_id=tenant)
    if as_json:
        print_json([_row(each) for each in found])
        return
    for each in found:
        state = "revoked" if each.revoked_at else f"until {each.expires_at:%Y-%m-%d}"
        out.print(f"{each.id}  {each.role:<16}  {state:<16}  {each.note}", markup=False)


@app.command("revoke-token")
def revoke_token(
    token_id: Annotated[str, typer.Argument(help="The id that tokens shows.")],
    *,
    config: ConfigOption = None,
    data_folder: DataDir = None,
) -> None:
    """Make a token useless at once."""
    with _operators(config, data_folder) as (operators, _):
        operators.tokens.revoke(token_id, by=somebody())
    out.print(f"{token_id} is revoked")


@contextmanager
def _operators(config: Path | None, data_folder: Path | None) -> "Iterator[tuple[Operators, CloudSettings]]":
    """Open the accounts of the service, beside any process of it that runs."""
    with cloud_errors():
        from sync.cloud.database.database import Database  # noqa: PLC0415 - a box does without the extra `cloud`
        from sync.cloud.database.upgrade import upgrade  # noqa: PLC0415
        from sync.cloud.operators.accounts import OperatorRefused, OperatorUnknown  # noqa: PLC0415
        from sync.cloud.operators.desk import Operators  # noqa: PLC0415
        from sync.cloud.operators.passwords import PasswordRefused  # noqa: PLC0415

        settings = cloud_settings(config, data_folder)
        database = Database(settings.database.address())
        try:
            upgrade(database)
            with ends_with(OperatorRefused, OperatorUnknown, PasswordRefused):
                yield Operators(database, secure=True), settings
        finally:
            database.close()


def _password() -> str:
    """From the terminal, twice and unseen; or one line of stdin."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        fail("the two are not the same")
    return first


def _tell_link(name: str, code: str | None, settings: "CloudSettings", *, as_json: bool) -> None:
    from sync.cloud.est.files import exists  # noqa: PLC0415 - see above

    service = settings.service
    scheme = "https" if service.cert or exists(settings.identity.ca) else "http"
    address = service.url or f"{scheme}://{service.host}:{service.port}"
    link = None if code is None else f"{address.rstrip('/')}/console/#setup/{code}"
    if as_json:
        print_json({"name": name, "setup_url": link})
    elif link is None:
        out.print(f"{name} can log in", markup=False)
    else:
        err.print(f"{name} chooses a password here, once, within a day:", markup=False)
        out.print(link, markup=False, soft_wrap=True)


def _row(found: Any) -> dict[str, Any]:
    moments = ("created_at", "expires_at", "revoked_at")
    return {
        name: told.isoformat() if name in moments and told is not None else told
        for name, told in asdict(found).items()
    }
