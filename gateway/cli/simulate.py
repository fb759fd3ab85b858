"""`gymbox devices simulate`: a gym full of machines, on any broker."""

from pathlib import Path
from typing import Annotated, Final

import typer

from devices.mqtt.broker_settings import BrokerSettings, BrokerSettingsInvalid
from devices.simulate import SimulatedDevice, SimulatedGym
from devices.simulate.publisher import client_id, epoch_s, run, until_signalled
from gateway import logs
from gateway.broker_login import PasswordFileError, read_password
from gateway.cli.terminal import ends_with, out

MOST: Final = 255  # of a kind: the last octet of an address

Count = Annotated[int, typer.Option(min=0, max=MOST)]


def simulate(
    *,
    url: Annotated[
        str, typer.Option(help="mqtt:// or mqtts:// address, the port where it is not the usual one.")
    ] = ("mqtt://127.0.0.1:1883"),
    username: Annotated[str | None, typer.Option(show_default=False)] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="File with the password in its first line.", show_default=False)
    ] = None,
    ca: Annotated[
        Path | None, typer.Option(help="Authority of the broker's certificate, PEM.", show_default=False)
    ] = None,
    treadmills: Count = 3,
    bands: Count = 4,
    bikes: Count = 0,
    rowers: Count = 0,
    misbehave: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the frames that begin a fault seen in the field.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same frames.")] = 1,
    open_for_s: Annotated[
        float, typer.Option(min=0, help="How long everybody trains already at the start.")
    ] = 0.0,
    only_at_console: Annotated[
        bool, typer.Option("--only-at-console", help="No treadmill starts over its control point.")
    ] = False,
    configuration: Annotated[
        bool, typer.Option("--config", help="Print what a gymbox.toml needs to know of them, and end.")
    ] = False,
) -> None:
    """Publish what a gym's machines and bands do, and answer their control points; Ctrl-C ends it."""
    gym = SimulatedGym(
        treadmills=treadmills,
        bands=bands,
        bikes=bikes,
        rowers=rowers,
        seed=seed,
        misbehave=misbehave,
        open_for_s=open_for_s,
        only_at_console=only_at_console,
        epoch_s=epoch_s(),
    )
    if configuration:
        typer.echo("\n".join(_section(device) for device in gym.devices))
        return
    with ends_with(BrokerSettingsInvalid, PasswordFileError, exit_code=2):
        password = None if password_file is None else read_password(password_file)
        settings = BrokerSettings(url, username, password, ca=ca, client_id=client_id())
    logs.configure(level="info")
    out.print(f"{len(gym.devices)} devices on {settings.host}:{settings.port}. Ctrl-C ends it.")
    run(gym, settings, until_signalled())


def _section(device: SimulatedDevice) -> str:
    return f'[[device]]\nid = "{device.id}"\nprofile = "{device.profile}"\naddress = "{device.address}"\n'
