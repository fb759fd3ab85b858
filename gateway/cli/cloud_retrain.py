"""`gymbox cloud retrain`: teach the models anew from what boxes have sent, now."""

from math import inf
from threading import Event
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gateway.cli.cloud import ConfigOption, cloud_errors, cloud_settings
from gateway.cli.terminal import AsJson, DataDir, ends_with, fail, out, print_json
from gateway.cli.training import needs_training_packages, training_progress

if TYPE_CHECKING:
    from sync.cloud.retraining.retrain import Retrained
    from sync.cloud.settings import CloudSettings

BY_HAND = "by hand"


def retrain(
    *,
    model: Annotated[
        Literal["recommender", "phase"],
        typer.Option(help="What learns: from the sessions of boxes, or from labelled poses."),
    ] = "recommender",
    config: ConfigOption = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes of this machine (default: as the settings say).",
            metavar="N",
            show_default=False,
        ),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            help="The scheduler of a Dask cluster, in place of processes.",
            metavar="ADDRESS",
            show_default=False,
        ),
    ] = None,
    accept_drift: Annotated[
        bool, typer.Option("--accept-drift", help="Learn even when other people altogether have come.")
    ] = False,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Validate, learn, compare with the champion, register, release; go on with a run that was killed."""
    if workers is not None and dask is not None:
        fail("give --workers or --dask, not both", exit_code=2)
    with cloud_errors(), needs_training_packages():
        from sync.cloud.retraining.outcome import RetrainingError  # noqa: PLC0415 - a box has no extra `cloud`
        from sync.cloud.retraining.workers import LOCAL  # noqa: PLC0415

        settings = cloud_settings(config, data_folder)
        where = dask or (LOCAL if workers is not None else settings.retraining.executor)
        count = workers or settings.retraining.workers
        with ends_with(RetrainingError):
            done = _run(settings, model, where, count, accept_drift=accept_drift)
    if as_json:
        print_json(done.to_json())
        return
    for line in done.lines:
        out.print(line, markup=False)


def _run(settings: "CloudSettings", model: str, where: str, count: int, *, accept_drift: bool) -> "Retrained":
    from sync.cloud.database.database import Database  # noqa: PLC0415 - a box has no extra `cloud`
    from sync.cloud.database.upgrade import upgrade  # noqa: PLC0415
    from sync.cloud.lake.objects import ObjectStore  # noqa: PLC0415
    from sync.cloud.retraining.phase_pipeline import PhasePipeline  # noqa: PLC0415
    from sync.cloud.retraining.pipeline import Policy  # noqa: PLC0415
    from sync.cloud.retraining.recommender_pipeline import RecommenderPipeline  # noqa: PLC0415
    from sync.cloud.retraining.release import publisher  # noqa: PLC0415
    from sync.cloud.retraining.retrain import retrain as run  # noqa: PLC0415
    from sync.cloud.retraining.validation import Limits  # noqa: PLC0415
    from sync.cloud.retraining.workers import workers  # noqa: PLC0415

    database = Database(settings.database.address())
    try:
        upgrade(database)
        with workers(where, count) as executor, training_progress() as on_progress:
            made = PhasePipeline if model == PhasePipeline.kind else RecommenderPipeline
            pipeline = made(
                database=database,
                url=settings.objects.url,
                store=ObjectStore(settings.objects.url),
                executor=executor,
                policy=Policy(limits=Limits(most_drift=inf)) if accept_drift else Policy(),
                publish=publisher(settings.signing),
                stop=Event(),
                on_progress=on_progress,
            )
            return run(pipeline, BY_HAND)
    finally:
        database.close()
