"""All commands of `gymbox`, gathered."""

from importlib.metadata import version
from typing import Annotated

import typer

from gateway import logs
from gateway.cli import (
    box,
    count,
    demo,
    devices,
    heart_rate,
    listen,
    models,
    plan,
    simulate,
    token,
    train,
    train_recommender,
)

app = typer.Typer(
    name="gymbox",
    help="The box a gym puts in a cupboard: machines, cameras, rep counting, plans, offline first.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals hold passwords
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("run")(box.run)
app.command("check-config")(box.check_config)
app.command("doctor")(box.doctor)
app.command("count")(count.count)
app.command("plan")(plan.plan)
app.command("heart-rate")(heart_rate.heart_rate)
models.app.command("train-phase")(train.train_phase)
models.app.command("train-recommender")(train_recommender.train_recommender)
app.add_typer(models.app, name="models")
devices.app.command("list")(listen.list_devices)
devices.app.command("watch")(listen.watch)
devices.app.command("read")(listen.read)
devices.app.command("simulate")(simulate.simulate)
app.add_typer(devices.app, name="devices")
app.add_typer(token.app, name="token")


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
    app()
