"""`gymbox cloud gateways`: which boxes there are, how they get in, and how they are sent away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from gateway.cli import lazy
from gateway.cli.cloud import ConfigOption, cloud_errors, cloud_settings
from gateway.cli.terminal import AsJson, DataDir, fail, out, print_json, somebody

if TYPE_CHECKING:
    from sync.cloud.est.enrolments import Enrolments
    from sync.cloud.est.revocation import RevocationLists
    from sync.cloud.gateways import Gateways

app = typer.Typer(
    cls=lazy.group({"config": "cloud_config.config"}),
    no_args_is_help=True,
    help="The boxes: let them in, list them, send them away.",
)

BoxId = Annotated[str, typer.Argument(help="The id that list shows.", metavar="BOX")]
GatewayId = Annotated[
    str, typer.Argument(help="The box's id; the common name of its certificate.", metavar="BOX")
]
Gym = Annotated[str, typer.Option(help="The gym that it stands in; unique in the whole cloud.")]
Tenant = Annotated[str, typer.Option(help="Whose gym it is.")]
OnlyTenant = Annotated[str | None, typer.Option("--tenant", help="Only this tenant's.")]


@app.command("claim")
def claim(
    gateway_id: GatewayId,
    *,
    gym: Gym,
    tenant: Tenant,
    expires_days: Annotated[float, typer.Option(min=0.01, max=365, help="Until it can be used.")] = 30.0,
    approval: Annotated[
        bool, typer.Option("--approval", help="Have the box wait until somebody approves its key.")
    ] = False,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Let a box enrol once: prints ID:SECRET for `gymbox enrol`; it is shown this once."""
    with _office(config, data_folder) as office:
        text = office.enrolments.claim(
            gateway_id,
            gym_id=gym,
            tenant_id=tenant,
            expires_days=expires_days,
            approval=approval,
            by=somebody(),
        )
    if as_json:
        print_json({"id": gateway_id, "gym_id": gym, "tenant_id": tenant, "claim": text})
    else:
        out.print(text)


@app.command("add")
def add(
    gateway_id: GatewayId,
    *,
    gym: Gym,
    tenant: Tenant,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Let a box in by a token in place of a certificate, and print it; it is shown this once."""
    with _office(config, data_folder) as office:
        token = office.gateways.add(gateway_id, gym_id=gym, tenant_id=tenant, by=somebody())
    if as_json:
        print_json({"id": gateway_id, "gym_id": gym, "tenant_id": tenant, "token": token})
    else:
        out.print(token)


@app.command("list")
def list_gateways(
    *,
    tenant: OnlyTenant = None,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the boxes, without their tokens."""
    with _office(config, data_folder) as office:
        found = office.gateways.all(tenant_id=tenant)
    if as_json:
        print_json([_plain(asdict(each)) for each in found])
        return
    for each in found:
        seen = "never seen" if each.last_seen_at is None else f"seen {each.last_seen_at:%Y-%m-%d %H:%M} UTC"
        state = "decommissioned" if each.decommissioned_at else "revoked" if each.revoked_at else "valid"
        out.print(
            f"{each.id:<24}  {each.gym_id:<24}  {each.tenant_id:<16}  {state:<14}  {seen}", markup=False
        )


@app.command("pending")
def pending(
    *,
    tenant: OnlyTenant = None,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the boxes that wait to be approved; compare the fingerprint with the one that the box shows."""
    with _office(config, data_folder) as office:
        found = office.enrolments.pending(tenant_id=tenant)
    if as_json:
        print_json([_plain(asdict(each)) for each in found])
        return
    for each in found:
        since = f"since {each.asked_at:%Y-%m-%d %H:%M} UTC"
        out.print(
            f"{each.gateway_id:<24}  {each.gym_id:<24}  {since}  key {each.key_fingerprint}", markup=False
        )


class _Deed(Protocol):
    def __call__(self, gateway_id: str, /, *, by: str) -> None: ...


def _add_deed(name: str, done: str, deed: "Callable[[_Office], _Deed]", what: str) -> None:
    """One command that does one thing to one box."""

    @app.command(name, help=what)
    def do(gateway_id: BoxId, *, config: ConfigOption = None, data_folder: DataDir = None) -> None:
        with _office(config, data_folder) as office:
            deed(office)(gateway_id, by=somebody())
        out.print(f"{gateway_id} is {done}")


_add_deed(
    "approve",
    "approved",
    lambda office: office.enrolments.approve,
    "Let a box that waits have its certificate when it asks again.",
)
_add_deed(
    "reject",
    "rejected",
    lambda office: office.enrolments.reject,
    "Send a box that waits away; it needs another claim to come again.",
)
_add_deed(
    "revoke",
    "revoked",
    lambda office: office.gateways.revoke,
    "Send a box away at once, with its token and certificates; what it has sent stays.",
)
_add_deed(
    "decommission",
    "decommissioned",
    lambda office: office.gateways.decommission,
    "Send a box away for good; its id is never given again, and what it has sent stays.",
)


@app.command("tenant")
def tenant(
    tenant_id: Annotated[str, typer.Argument(help="The tenant.", metavar="TENANT")],
    *,
    disable: Annotated[
        bool, typer.Option("--disable/--enable", help="Send its boxes away, or take them back.")
    ],
    config: ConfigOption = None,
    data_folder: DataDir = None,
) -> None:
    """Have all boxes of a tenant wait outside, or come in again."""
    with _office(config, data_folder) as office:
        office.gateways.disable_tenant(tenant_id, disabled=disable, by=somebody())
    out.print(f"{tenant_id} is {'disabled' if disable else 'enabled'}")


@app.command("crl")
def crl(
    target: Annotated[Path, typer.Argument(help="Where to write the list, DER.", metavar="FILE")],
    *,
    config: ConfigOption = None,
    data_folder: DataDir = None,
) -> None:
    """Write the newest revocation list into a file, for a broker or a proxy."""
    with _office(config, data_folder) as office:
        if office.lists is None:
            fail("there is no authority here; gymbox cloud ca init makes one")
        found = office.lists.newest()
    try:
        target.write_bytes(found)
    except OSError as error:
        fail(f"{target} cannot be written: {error.strerror or error}")
    out.print(f"{target} is written")


@dataclass(frozen=True, slots=True)
class _Office:
    gateways: "Gateways"
    enrolments: "Enrolments"
    lists: "RevocationLists | None"


@contextmanager
def _office(config: Path | None, data_folder: Path | None) -> Iterator[_Office]:
    """Open what there is of the service's identities, beside any process of it that runs."""
    with cloud_errors():
        from sync.cloud.database.database import Database  # noqa: PLC0415 - a box does without the extra `cloud`
        from sync.cloud.database.upgrade import upgrade  # noqa: PLC0415
        from sync.cloud.est.enrolments import Enrolments  # noqa: PLC0415
        from sync.cloud.est.files import FileAuthority, exists  # noqa: PLC0415
        from sync.cloud.est.revocation import RevocationLists  # noqa: PLC0415
        from sync.cloud.gateways import Gateways  # noqa: PLC0415

        settings = cloud_settings(config, data_folder)
        folder, database = settings.identity.ca, Database(settings.database.address())
        try:
            upgrade(database)
            lists = RevocationLists(database, FileAuthority(folder)) if exists(folder) else None
            yield _Office(Gateways(database), Enrolments(database), lists)
        finally:
            database.close()


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: each.isoformat() if isinstance(each, datetime) else each for name, each in row.items()}
