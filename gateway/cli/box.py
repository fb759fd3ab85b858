"""`gymbox run`, `check-config` and `doctor`: the box itself."""

import asyncio
import gc
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway import logs
from gateway.app import Box
from gateway.cli.terminal import AsJson, DataDir, ends_with, err, fail, out, print_json
from gateway.config.file import ConfigError, Problem, data_dir, doubts, load
from gateway.config.model import BoxConfig
from gateway.doctor.examination import Finding, examine
from gateway.server import PortUnavailable, Server, bind
from gateway.store.store import StoreError

_log = logging.getLogger(__name__)

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The box's configuration, TOML.", show_default=False)
]
LogLevel = Annotated[str, typer.Option("--log-level", help="debug, info, warning or error.", metavar="LEVEL")]
_STYLES = {"ok": "green", "degraded": "yellow", "failed": "red"}

# Readings come and go by the thousand and hold no cycles; the usual 700 would have each of them looked at.
_COLLECT_AFTER: Final = (10_000, 20, 20)


def run(config: ConfigOption, *, data_folder: DataDir = None, log_level: LogLevel = "info") -> None:
    """Run the box until Ctrl-C or SIGTERM."""
    settings, doubtful = _load(config)
    logs.configure(level=log_level)
    for each in doubtful:
        _log.warning("%s", each)
    with ends_with(PortUnavailable, StoreError):
        asyncio.run(serve(settings, data_dir(settings, option=data_folder)))


async def serve(config: BoxConfig, folder: Path) -> None:
    """Run one box behind its HTTP port.

    Raises:
        PortUnavailable: somebody else has the port.
        StoreInUse: another box runs on the data folder.
    """
    with bind(config.http.host, config.http.port) as listening:
        box = Box(config=config, data_dir=folder)
        await box.start()
        gc.freeze()  # what a box is made of stays: no collection has to look at it again
        gc.set_threshold(*_COLLECT_AFTER)
        try:
            host, port = listening.getsockname()[:2]
            err.print(f"gymbox: http://{host}:{port}")
            await Server(box.api, on_exit=box.board.close).serve(sockets=[listening])
        finally:
            await box.stop()


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
