"""`gymbox demo`: a whole gym on this machine."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from devices import guard
from gateway import logs
from gateway.api import ApiSettings
from gateway.app import MODELS_FOLDER, Box
from gateway.cli.models import pull_model
from gateway.cli.terminal import DataDir, ends_with, err, fail, out
from gateway.config.file import ConfigError, data_dir
from gateway.config.model import BoxConfig
from gateway.demo import (
    BOX_ID,
    GYM_ID,
    TRAINEES,
    demo_config,
    end_sessions,
    simulator_arguments,
    train_for_ever,
)
from gateway.demo_cloud import DemoCloud, NoCloudHere, demo_cloud
from gateway.demo_past import write_past
from gateway.processes.handle import PopenHandle
from gateway.processes.supervisor import Child
from gateway.server import PortUnavailable, Server, bind
from gateway.store.store import StoreError
from vision.footage import clip_path

_BROKER_START_S = 10.0
SIMULATOR = "simulator"
CLOUD = "cloud"


def demo(
    *,
    port: Annotated[int, typer.Option(help="Port of kiosk and API; 0 takes a free one.")] = 8080,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="End by itself after so many seconds.", show_default=False)
    ] = None,
    camera: Annotated[
        str | None,
        typer.Option(help="RTSP URL, video file or camera index instead.", show_default=False),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Who runs how fast, whose heart beats how, and who trained when before.")
    ] = 1,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "warning",
    data_folder: DataDir = None,
) -> None:
    """Show a gym working: broker, machines, bands, a camera, the box, its kiosks, a cloud. Ctrl-C ends it."""
    folder = data_dir(option=data_folder)
    cloud = _cloud(folder)
    with ends_with(ConfigError, exit_code=2):
        config = demo_config(
            camera=camera or str(clip_path()),
            host="127.0.0.1",
            port=port,
            cloud=None if cloud is None else cloud.section,
        )
    pull_model(config.vision.pose, folder / MODELS_FOLDER)
    logs.configure(level=log_level)
    with ends_with(PortUnavailable, StoreError):
        asyncio.run(_show(config, cloud, folder, seconds, seed))


def _cloud(folder: Path) -> DemoCloud | None:
    try:
        with ends_with(OSError):
            return demo_cloud(folder / "demo" / "cloud", gateway_id=BOX_ID, gym_id=GYM_ID)
    except NoCloudHere as error:
        err.print(f"without a cloud: {error}", markup=False)
        return None


async def _show(
    config: BoxConfig, cloud: DemoCloud | None, folder: Path, seconds: float | None, seed: int
) -> None:
    """Run the demo's box; its records stay apart from a real box's, its models do not."""
    with bind(config.http.host, config.http.port) as listening:
        box = Box(
            config=config,
            data_dir=folder / "demo",
            models_dir=folder / MODELS_FOLDER,
            settings=ApiSettings(loopback_operator=True),
        )
        server = Server(box.api, on_exit=box.board.close)
        await box.start()
        try:
            if cloud is not None:
                _keep_running(box, CLOUD, cloud.program, folder / "demo")
            await _start_simulator(box, folder / "demo", seed)
            with contextlib.suppress(StoreError):  # the store's own state tells of it
                await write_past(box, seed)
            _welcome(config, listening.getsockname()[1])
            async with _training(box):
                if seconds is not None:
                    asyncio.get_running_loop().call_later(seconds, server.stop)
                await server.serve(sockets=[listening])
        finally:
            await box.stop()
    out.print("The gym is closed.")


async def _start_simulator(box: Box, folder: Path, seed: int) -> None:
    """Put machines and bands on the broker, in a process of their own."""
    settings = await asyncio.to_thread(box.machines.wait_for_settings, _BROKER_START_S)
    if settings is None or settings.username is None or settings.password is None:
        reason = box.health.get("broker")
        fail(f"the built-in broker did not start: {reason.reason if reason else 'no answer'}")
    password_file = folder / "simulator.password"
    password_file.touch(mode=0o600)
    password_file.write_text(settings.password, encoding="utf-8")
    arguments = simulator_arguments(settings.url, settings.username, password_file, seed=seed)
    program = [sys.executable, "-m", "devices.simulate", *arguments]
    _keep_running(box, SIMULATOR, program, folder)


def _keep_running(box: Box, name: str, program: Sequence[str], folder: Path) -> None:
    argv = guard.command(program, log=folder / f"{name}.log")
    box.supervisor.add(Child(name=name, start=lambda: PopenHandle.start(argv)))


@contextlib.asynccontextmanager
async def _training(box: Box) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(train_for_ever(box, each)) for each in TRAINEES]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await end_sessions(box)


def _welcome(config: BoxConfig, port: int) -> None:
    out.print("[bold]A gym is open on this machine.[/] Requests from this machine act as its operator.")
    for station in config.stations:
        out.print(f"  {station.label:<12} http://127.0.0.1:{port}/kiosk/{station.id}")
    out.print(f"  {'API':<12} http://127.0.0.1:{port}/api/v1/stations")
    if config.cloud.url is not None:
        out.print(
            f"  {'Cloud':<12} {config.cloud.url}/readyz (what it has: http://127.0.0.1:{port}/api/v1/sync)"
        )
    out.print("Ctrl-C ends it.")
