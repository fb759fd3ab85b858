"""`gymbox cloud`: the service that boxes send to. Nothing of it is imported before it is asked for."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import logs
from gateway.cli import lazy
from gateway.cli.terminal import DataDir, ends_with, err, fail
from gateway.config.file import data_dir
from gateway.server import PortUnavailable, bind

if TYPE_CHECKING:
    from sync.cloud.settings import CloudSettings

app = typer.Typer(
    cls=lazy.group(
        {
            "gateways": "cloud_gateways.app",
            "ca": "cloud_ca.app",
            "keys": "cloud_keys.app",
            "retrain": "cloud_retrain.retrain",
            "models": "cloud_models.models",
            "release": "cloud_release.app",
            "rollout": "cloud_rollout.app",
            "federated": "cloud_federated.app",
            "jobs": "cloud_jobs.app",
            "members": "cloud_members.app",
            "operators": "cloud_operators.app",
            "audit": "cloud_audit.app",
        }
    ),
    no_args_is_help=True,
    help="The cloud service: takes the records of boxes and learns from them.",
)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="The service's settings, cloud.toml (default: none; data in the folder `cloud` of --data-dir).",
        show_default=False,
    ),
]
LogLevel = Annotated[str, typer.Option("--log-level", help="debug, info, warning or error.", metavar="LEVEL")]


@app.command("run")
def run(*, config: ConfigOption = None, data_folder: DataDir = None, log_level: LogLevel = "info") -> None:
    """Run one process of the service until Ctrl-C or SIGTERM."""
    with cloud_errors():
        from sync.cloud.app import Cloud  # noqa: PLC0415 - a box does without the extra `cloud`
        from sync.cloud.server import CloudServer, short_pauses  # noqa: PLC0415

        settings = cloud_settings(config, data_folder)
        logs.configure(level=log_level)
        service = settings.service
        with ends_with(PortUnavailable), bind(service.host, service.port) as listening:
            cloud = Cloud(settings)
            server = CloudServer(cloud.api, cloud.tls)
            cloud.start()
            try:
                host, port = listening.getsockname()[:2]
                err.print(f"gymbox cloud: {'https' if cloud.tls else 'http'}://{host}:{port}")
                with short_pauses():
                    asyncio.run(server.serve(sockets=[listening]))
            finally:
                cloud.stop()


@contextmanager
def cloud_errors() -> Iterator[None]:
    """End the command with what to do: install the extra, correct the settings, start the database."""
    try:
        from sync.cloud.database.database import DatabaseUnavailable  # noqa: PLC0415 - see above
        from sync.cloud.database.upgrade import DatabaseUnknown  # noqa: PLC0415
        from sync.cloud.est.enrolments import EnrolmentUnknown  # noqa: PLC0415
        from sync.cloud.est.files import AuthorityTrouble  # noqa: PLC0415
        from sync.cloud.gateways import GatewayRefused, GatewayUnknown  # noqa: PLC0415
        from sync.cloud.lake.objects import StoreUnavailable  # noqa: PLC0415
        from sync.cloud.settings import CloudSettingsError  # noqa: PLC0415
    except ModuleNotFoundError as error:
        fail(f"the cloud needs {error.name}, which is not installed here; run: pip install 'gymbox[cloud]'")
    try:
        with (
            ends_with(GatewayRefused, GatewayUnknown, EnrolmentUnknown, AuthorityTrouble, DatabaseUnknown),
            ends_with(CloudSettingsError, exit_code=2),
        ):
            yield
    except DatabaseUnavailable as error:
        fail(f"the database cannot be used: {error}. See [database] in the settings")
    except StoreUnavailable as error:
        fail(f"the store of objects cannot be used: {error}. See [objects] in the settings")


def cloud_settings(config: Path | None, data_folder: Path | None) -> "CloudSettings":
    """Read the settings; without a file the service keeps everything in its own folder.

    Raises:
        CloudSettingsError: they cannot be used.
    """
    from sync.cloud.settings import load  # noqa: PLC0415 - see above

    folder = data_dir(option=data_folder) / "cloud"
    if config is None:
        folder.mkdir(parents=True, exist_ok=True)
    return load(config, folder=folder)
