"""`gymbox cloud jobs`: what boxes are asked to do once, and what they sent."""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.cloud import ConfigOption, cloud_errors, cloud_settings
from gateway.cli.terminal import AsJson, DataDir, ends_with, fail, out, print_json, somebody

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.cloud.jobs.bundles import Bundles
    from sync.cloud.jobs.service import Jobs
    from sync.cloud.jobs.store import Listed

app = typer.Typer(no_args_is_help=True, help="Ask boxes to do something once, and see how they got on.")

JobId = Annotated[str, typer.Argument(help="The id that list shows.", metavar="JOB")]


@app.command("create")
def create(
    kind: Annotated[
        str,
        typer.Argument(
            help="restart_part, collect_diagnostics, reprobe_cameras, pull_model, update or factory_reset."
        ),
    ],
    gateways: Annotated[list[str], typer.Argument(help="The ids of the boxes.", metavar="BOX...")],
    *,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--set", help="A parameter of the kind: part=, model=, confirm=.", metavar="NAME=VALUE"),
    ] = None,
    expires_in_s: Annotated[
        float, typer.Option(help="A box that has not begun by then never does, in seconds.")
    ] = 7 * 86_400.0,
    timeout_s: Annotated[
        float, typer.Option(help="How long the work may take on a box, in seconds.")
    ] = 900.0,
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same key again makes no second job.", show_default=False)
    ] = None,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a job; a box hears of it with its next look at the cloud."""
    with _office(config, data_folder) as office:
        job = office.jobs.create(
            kind,
            _parameters(parameter or []),
            gateways=gateways,
            by=somebody(),
            idempotency_key=idempotency_key,
            expires_in_s=expires_in_s,
            timeout_s=timeout_s,
        )
    _tell([job], as_json=as_json, alone=True)


@app.command("list")
def list_jobs(
    *,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None,
    box: Annotated[str | None, typer.Option(help="Only this box's.")] = None,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the newest hundred jobs with each box's state, newest first."""
    with _office(config, data_folder) as office:
        found = office.jobs.all(tenant_id=tenant, gateway_id=box)
    _tell(found, as_json=as_json)


@app.command("cancel")
def cancel(
    job_id: JobId,
    *,
    force: Annotated[bool, typer.Option(help="Also where the box is at it.")] = False,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Take a job back from the boxes that have not begun it."""
    with _office(config, data_folder) as office:
        job = office.jobs.cancel(job_id, by=somebody(), force=force)
    _tell([job], as_json=as_json, alone=True)


@app.command("diagnostics")
def diagnostics(
    job_id: JobId,
    box: Annotated[str, typer.Argument(help="The id of the box.")],
    file: Annotated[Path, typer.Argument(help="Where to write the zip file.")],
    *,
    config: ConfigOption = None,
    data_folder: DataDir = None,
) -> None:
    """Write what a box has sent for a collect_diagnostics job into a file; the audit notes that."""
    with _office(config, data_folder) as office:
        data = office.bundles.read(job_id, box, by=somebody())
    with ends_with(OSError), file.open("xb") as target:
        target.write(data)
    out.print(f"the diagnostics of {box} are in {file}", markup=False)


@dataclass(frozen=True, slots=True)
class _Office:
    jobs: "Jobs"
    bundles: "Bundles"


@contextmanager
def _office(config: Path | None, data_folder: Path | None) -> "Iterator[_Office]":
    """Open the jobs of the service, beside any process of it that runs."""
    with cloud_errors():
        from provisioning.jobs import JobRefused  # noqa: PLC0415 - a box does without the extra `cloud`
        from sync.cloud.database.database import Database  # noqa: PLC0415
        from sync.cloud.database.upgrade import upgrade  # noqa: PLC0415
        from sync.cloud.jobs.bundles import Bundles  # noqa: PLC0415
        from sync.cloud.jobs.service import JobConflict, Jobs, JobUnknown  # noqa: PLC0415
        from sync.cloud.lake.objects import ObjectStore  # noqa: PLC0415

        settings = cloud_settings(config, data_folder)
        database = Database(settings.database.address())
        try:
            upgrade(database)
            with ends_with(JobRefused, exit_code=2), ends_with(JobConflict, JobUnknown):
                yield _Office(Jobs(database), Bundles(database, ObjectStore(settings.objects.url)))
        finally:
            database.close()


def _parameters(given: list[str]) -> dict[str, str]:
    parameters = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            fail(f"--set {each}: write NAME=VALUE", exit_code=2)
        parameters[name] = value
    return parameters


def _tell(jobs: "list[Listed]", *, as_json: bool, alone: bool = False) -> None:
    if as_json:
        documents = [_document(each) for each in jobs]
        print_json(documents[0] if alone else documents)
        return
    for each in jobs:
        made = f"{each.job.queued_at:%Y-%m-%d %H:%M} UTC by {each.created_by}"
        out.print(f"{each.id}  {each.job.kind:<20}  {made}", markup=False)
        for box, execution in each.executions.items():
            out.print(f"  {box:<24}  {execution.state:<12}  {execution.reason}", markup=False)


def _document(listed: "Listed") -> dict[str, Any]:
    return {
        "id": listed.id,
        "tenant_id": listed.tenant_id,
        "created_by": listed.created_by,
        **listed.job.model_dump(mode="json"),
        "executions": {
            box: {
                "state": each.state,
                "reason": each.reason,
                "progress": each.progress,
                "result": dict(each.result),
                "started_at": each.started_at and each.started_at.isoformat(),
                "ended_at": each.ended_at and each.ended_at.isoformat(),
            }
            for box, each in listed.executions.items()
        },
    }
