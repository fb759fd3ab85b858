"""`gymbox cloud federated`: rounds in which boxes of gyms that upload nothing learn together."""

from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from gateway.cli.cloud import ConfigOption, cloud_errors, cloud_settings
from gateway.cli.terminal import AsJson, DataDir, ends_with, fail, out, print_json
from gateway.cli.training import needs_training_packages
from recommender.federated.privacy import DELTA, epsilon_of, mu_of
from sync.federated.messages import TrainConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.cloud.database.database import Database
    from sync.cloud.federated.round import RoundInfo, RoundPlan
    from sync.cloud.settings import CloudSettings
    from sync.federated.messages import Round

app = typer.Typer(
    no_args_is_help=True,
    help="Learn with the boxes of gyms that upload nothing: start a round, show what became of rounds.",
)
_DEFAULTS = TrainConfig()


@app.command("start")
def start(
    *,
    min_train_nodes: Annotated[
        int, typer.Option(min=2, help="With fewer boxes at the deadline the round fails.")
    ] = 50,
    enough_train_nodes: Annotated[
        int, typer.Option(min=2, help="With so many boxes the round ends before its deadline.")
    ] = 200,
    fraction_train: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the boxes that is invited.")
    ] = 1.0,
    days: Annotated[float, typer.Option(min=0.01, max=365, help="Until the deadline.")] = 7.0,
    clipping_norm: Annotated[
        float, typer.Option(help="Most that one gym may change the weights by.")
    ] = _DEFAULTS.clipping_norm,
    noise_multiplier: Annotated[
        float, typer.Option(help="Noise that hides a gym, in clipping norms; more hides more.")
    ] = _DEFAULTS.noise_multiplier,
    layers: Annotated[
        int, typer.Option(help="How many layers are learned, from the last; fewer bear more noise.")
    ] = _DEFAULTS.layers,
    epochs: Annotated[
        int, typer.Option(help="How often a box looks at each of its sessions.")
    ] = _DEFAULTS.epochs,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Invite boxes to learn from the champion on, and say what that costs each gym in privacy."""
    try:
        learning = TrainConfig(
            layers=layers, epochs=epochs, clipping_norm=clipping_norm, noise_multiplier=noise_multiplier
        )
    except ValidationError as error:
        first = error.errors()[0]
        fail(f"{first['loc'][0]}: {first['msg']}", exit_code=2)
    with _cloud(config, data_folder) as (settings, database), needs_training_packages():
        from sync.cloud.federated.round import RoundPlan, RoundRefused  # noqa: PLC0415 - the extra `cloud`
        from sync.cloud.federated.starting import start_round  # noqa: PLC0415
        from sync.cloud.lake.objects import ObjectStore  # noqa: PLC0415

        with ends_with(RoundRefused):
            plan = RoundPlan(
                min_train_nodes=min_train_nodes,
                enough_train_nodes=enough_train_nodes,
                fraction_train=fraction_train,
                lasts=timedelta(days=days),
            )
            begun = start_round(database, ObjectStore(settings.objects.url), learning, plan)
    if as_json:
        told = {"id": begun.id, "model": begun.model.model_dump(), "deadline": begun.deadline.isoformat()}
        print_json({**told, "epsilon": _epsilon(learning), "delta": DELTA})
        return
    for line in _lines(begun, plan):
        out.print(line, markup=False)


@app.command("show")
def show(*, config: ConfigOption = None, data_folder: DataDir = None, as_json: AsJson = False) -> None:
    """Show the rounds, the newest first: how many boxes answered, and what came of it."""
    with _cloud(config, data_folder) as (_, database):
        from sync.cloud.federated.rounds import Rounds  # noqa: PLC0415 - a box has no extra `cloud`

        found = Rounds(database).all()
    if as_json:
        print_json([_document(each) for each in found])
        return
    for each in found:
        end = each.result_version or each.reason or f"until {each.deadline:%Y-%m-%d %H:%M} UTC"
        nodes = f"{each.answered} of {each.min_train_nodes} to {each.enough_train_nodes} boxes"
        left_out = f", {len(each.left_out)} left out" if each.left_out else ""
        out.print(
            f"{each.id}  {each.model} {each.start_version}  {each.state}  {nodes}{left_out}  {end}",
            markup=False,
            soft_wrap=True,
        )


def _lines(begun: "Round", plan: "RoundPlan") -> tuple[str, ...]:
    until = f"{begun.deadline:%Y-%m-%d %H:%M} UTC, or until {plan.enough_train_nodes} boxes have answered"
    return (
        f"round {begun.id}: {begun.model.name} from {begun.model.version} on",
        f"until {until}; it takes {plan.min_train_nodes}",
        f"each gym that takes part spends epsilon {_epsilon(begun.config):.1f} at a delta of {DELTA:g}",
    )


def _epsilon(learning: TrainConfig) -> float:
    return epsilon_of(mu_of(learning.noise_multiplier))


@contextmanager
def _cloud(config: ConfigOption, data_folder: DataDir) -> "Iterator[tuple[CloudSettings, Database]]":
    """Open the database of the service, beside any process of it that runs."""
    with cloud_errors():
        from sync.cloud.database.database import Database  # noqa: PLC0415 - a box has no extra `cloud`
        from sync.cloud.database.upgrade import upgrade  # noqa: PLC0415

        settings = cloud_settings(config, data_folder)
        database = Database(settings.database.address())
        try:
            upgrade(database)
            yield settings, database
        finally:
            database.close()


def _document(info: "RoundInfo") -> dict[str, object]:
    moments = {
        name: None if moment is None else moment.isoformat()
        for name, moment in (
            ("started_at", info.started_at),
            ("deadline", info.deadline),
            ("ended_at", info.ended_at),
        )
    }
    return {**asdict(info), "config": info.config.model_dump(), **moments}
