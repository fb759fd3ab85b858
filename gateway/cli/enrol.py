"""`gymbox enrol`: give the box its identity at a cloud; works beside a box that runs, and before it does."""

import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.terminal import AsJson, DataDir, ends_with, err, fail, out, print_json
from gateway.config.file import ConfigError, data_dir, load
from gateway.config.model import BoxConfig
from gateway.enrolment.agent import create_enroller
from provisioning.identity.claim import ClaimInvalid, read_ca, read_claim, read_url
from provisioning.identity.folder import IdentityBroken, IdentityFolder
from provisioning.identity.status import status_of
from provisioning.staging import StillLocked


def enrol(
    claim: Annotated[
        str, typer.Option(help="What the cloud's operator gave for this box.", metavar="ID:SECRET")
    ],
    url: Annotated[str, typer.Option(help="https:// address of the cloud.")],
    *,
    ca: Annotated[
        Path | None,
        typer.Option(
            help="Whom the cloud's certificate must lead to, PEM (default: as configured, else the system's)."
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait until an operator of the cloud lets the box in.")
    ] = True,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="The box's configuration.", show_default=False)
    ] = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Enrol the box at a cloud: it makes a key, and gets a certificate for it by EST."""
    with ends_with(ConfigError, ClaimInvalid, exit_code=2):
        settings = load(config) if config else BoxConfig()
        wanted, address = read_claim(claim), read_url(url)
        ca = ca or settings.cloud.ca
        ca_pem = None if ca is None else _read(ca)
    folder = IdentityFolder(data_dir(settings, option=data_folder))
    with ends_with(IdentityBroken, StillLocked, OSError):
        with folder.alone():
            folder.begin(address, wanted.gateway_id, wanted.secret, ca_pem=ca_pem)
        _go_on(folder, wait=wait)
        status = status_of(folder)
    if as_json:
        told = asdict(status)
        print_json({k: each.isoformat() if isinstance(each, datetime) else each for k, each in told.items()})
    elif status.state == "enrolled":
        out.print(f"{status.gateway_id} is enrolled at {status.url} until {status.until:%Y-%m-%d}")
    else:
        out.print(f"{status.gateway_id} waits for an operator of the cloud; its key is {status.fingerprint}")
        out.print("a running box goes on asking by itself")


def _go_on(folder: IdentityFolder, *, wait: bool) -> None:
    """Take steps until the box is enrolled, refused, or waits for a person and nobody wants to."""
    enroller, said = create_enroller(folder), ""
    while True:
        step = enroller.step(datetime.now(UTC))
        status = status_of(folder)
        if status.state == "refused":
            fail(status.reason)
        if status.state == "enrolled":
            return
        if step.reason and step.reason != said:
            said = step.reason
            key = f"; the box's key is {status.fingerprint}" if status.waiting else ""
            err.print(f"{step.reason}{key}", markup=False)
        if not wait and (status.waiting or step.reason):
            return
        time.sleep(step.wait_s or 0.0)


def _read(path: Path) -> bytes:
    try:
        return read_ca(path.read_bytes())
    except OSError as error:
        raise ClaimInvalid(f"{path} cannot be read: {error.strerror or error}") from error
