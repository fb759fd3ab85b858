"""`gymbox run`, `check-config` and `doctor`: the box itself."""

import asyncio
import gc
import ipaddress
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway import logs
from gateway.app import Box, Ending
from gateway.backup import finish
from gateway.cli.terminal import AsJson, DataDir, ends_with, err, fail, out, print_json
from gateway.config.file import ConfigError, Problem, data_dir, doubts, load
from gateway.config.model import BoxConfig
from gateway.discovery.addresses import reachable_host
from gateway.doctor.examination import Finding, examine
from gateway.log_file import kept
from gateway.reconfiguration.start import Opened, open_layers, without_trial
from gateway.server import PortUnavailable, Server, bind
from gateway.store.store import StoreError
from provisioning.backup.erase import EraseIncomplete

_log = logging.getLogger(__name__)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="The box's configuration, TOML; without it, what was set up at the box itself.",
        show_default=False,
    ),
]
LogLevel = Annotated[str, typer.Option("--log-level", help="debug, info, warning or error.", metavar="LEVEL")]
_STYLES = {"ok": "green", "degraded": "yellow", "failed": "red"}

# Readings come and go by the thousand and hold no cycles; the usual 700 would have each of them looked at.
_COLLECT_AFTER: Final = (10_000, 20, 20)


def run(config: ConfigOption = None, *, data_folder: DataDir = None, log_level: LogLevel = "info") -> None:
    """Run the box until Ctrl-C or SIGTERM."""
    settings, doubtful = _load(config) if config else (BoxConfig(), [])
    logs.configure(level=log_level)
    for each in doubtful:
        _log.warning("%s", each)
    with ends_with(PortUnavailable, StoreError, ConfigError, EraseIncomplete):
        asyncio.run(_run(config, data_dir(settings, option=data_folder)))


async def _run(file: Path | None, folder: Path) -> None:
    """Run a box, and another one in its place when it has to start anew."""
    finish(folder)
    opened = open_layers(file, data_dir=folder)
    while True:
        try:
            if await serve(opened, folder) != "restart":
                return
        except PortUnavailable as error:
            before = without_trial(file, data_dir=folder, reason=str(error))
            if before is None:
                raise
            opened = before
            continue
        finish(folder)  # a factory reset that a job has ordered
        try:
            opened = open_layers(file, data_dir=folder)
        except ConfigError as error:  # the file was changed meanwhile: the box goes on as it was
            _log.error("%s", error)


async def serve(opened: Opened, folder: Path) -> Ending | None:
    """Run one box behind its HTTP port; returns how it wanted to end, None for a signal.

    Raises:
        PortUnavailable: somebody else has the port.
        StoreInUse: another box runs on the data folder.
    """
    http = opened.config.http
    with bind(http.host, http.port) as listening, kept(folder):
        box = Box(config=opened.config, opened=opened, data_dir=folder)
        await box.start()
        gc.freeze()  # what a box is made of stays: no collection has to look at it again
        gc.set_threshold(*_COLLECT_AFTER)
        try:
            await _announce(box, *listening.getsockname()[:2])
            box.software.served_at(*listening.getsockname()[:2])
            server = Server(box.api, on_exit=box.board.close)
            box.when_ending(server.stop)
            await server.serve(sockets=[listening])
        finally:
            await box.stop()
            gc.unfreeze()
    return box.ending


async def _announce(box: Box, host: str, port: int) -> None:
    """Say where the box is, and to whoever reads this console how it gets its first operator."""
    url = f"http://{reachable_host(host) if ipaddress.ip_address(host).is_unspecified else host}:{port}"
    err.print(f"gymbox: {url}")
    try:
        if await box.operators.exist():
            return
        code = await asyncio.to_thread(box.setup_code.read)
    except StoreError:  # the store's own state tells of it
        return
    except OSError as error:
        err.print(f"setup: there is no code, the data folder cannot be written: {error.strerror}")
        return
    # What follows # never leaves the browser: no log, proxy or neighbour gets to see it.
    err.print(f"setup: open {url}/setup#{code} to set this box up; the code, needed once, is {code}")


def check_config(
    config: Annotated[Path, typer.Argument(help="The file to check, for example gymbox.toml.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Check a configuration: every mistake with file, line, key and reason; exit code 2 when there is one.

    What works but hardly as it was meant, such as zones that overlap, is a warning.
    """
    try:
        settings, doubtful = _loaded(config)
    except ConfigError as error:
        if not as_json:
            fail(str(error), exit_code=2)
        print_json({"ok": False, "problems": _problems(error.problems), "warnings": []})
        raise typer.Exit(2) from error
    if as_json:
        print_json({"ok": True, "problems": [], "warnings": _problems(doubtful)})
        return
    for each in doubtful:
        err.print("warning:", style="bold yellow", end=" ")
        err.print(str(each), markup=False)
    parts = {"stations": settings.stations, "cameras": settings.cameras, "devices": settings.devices}
    out.print(f"{config} is good: " + ", ".join(f"{len(there)} {kind}" for kind, there in parts.items()))


def doctor(
    *,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="The box's configuration; without it, the defaults.")
    ] = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Examine broker, cameras, accelerator, disk, clock, certificate and models: state, reason, fix."""
    settings, doubtful = _load(config) if config else (BoxConfig(), [])
    fix = "change the file; gymbox check-config checks it alone"
    findings = [Finding("config", "degraded", str(each), fix) for each in doubtful]
    findings += examine(settings, data_dir=data_dir(settings, option=data_folder))
    if as_json:
        print_json([_as_dict(each) for each in findings])
    else:
        for each in findings:
            out.print(f"[{_STYLES[each.state]}]{each.state:<9}[/] {each.part:<22} ", end="")
            out.print(each.reason, markup=False)
            if each.fix:
                out.print(f"{'':<33}{each.fix}", markup=False)
    if any(each.state == "failed" for each in findings):
        raise typer.Exit(1)


def _as_dict(finding: Finding) -> dict[str, str | None]:
    return {
        "part": finding.part,
        "state": finding.state,
        "reason": finding.reason,
        "fix": finding.fix or None,
    }


def _problems(problems: Sequence[Problem]) -> list[dict[str, str | int | None]]:
    return [
        {
            "file": each.source,
            "line": each.line,
            "key": each.key,
            "reason": each.reason,
            "suggestion": each.suggestion,
        }
        for each in problems
    ]


def _load(config: Path) -> tuple[BoxConfig, list[Problem]]:
    with ends_with(ConfigError, exit_code=2):
        return _loaded(config)


def _loaded(config: Path) -> tuple[BoxConfig, list[Problem]]:
    settings = load(config)
    return settings, doubts(settings, path=config)
