"""All commands of `gymbox`, and where they stand."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from gateway import logs
from gateway.cli import lazy

app = typer.Typer(
    name="gymbox",
    cls=lazy.group(
        {
            "demo": "demo.demo",
            "run": "box.run",
            "check-config": "box.check_config",
            "doctor": "box.doctor",
            "diagnostics": "diagnostics.diagnostics",
            "backup": "backup.backup",
            "restore": "backup.restore",
            "factory-reset": "backup.factory_reset",
            "enrol": "enrol.enrol",
            "count": "count.count",
            "plan": "plan.plan",
            "heart-rate": "heart_rate.heart_rate",
            "models": "models.app",
            "devices": "devices.app",
            "token": "token.app",
            "software": "software.app",
            "operator": "operator.app",
            "audit": "audit.app",
            "cloud": "cloud.app",
        }
    ),
    help="The box a gym puts in a cupboard: machines, cameras, rep counting, plans, offline first.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals hold passwords
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  Typer's callback signature
    if wanted:
        typer.echo(f"gymbox {version('gymbox')}")
        raise typer.Exit


@app.callback()
def root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Collect the options that stand before any command, and let trouble be heard from the first line on."""
    logs.configure(level="warning")


def main() -> None:
    """Run the command line; the entry point that the package installs."""
    _spare_children()
    app()


def _spare_children() -> None:
    """Have no child process import all commands again: it is told by module and name what to run.

    A spawned child begins with the file or module that its parent began with, seconds of work on a small box.
    """
    begun = sys.modules["__main__"]
    begun.__file__ = None
    begun.__spec__ = None
