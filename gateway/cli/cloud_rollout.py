"""`gymbox cloud rollout`: how a release reaches the boxes, group by group."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli import lazy
from gateway.cli.cloud import ConfigOption, cloud_errors, cloud_settings
from gateway.cli.terminal import AsJson, DataDir, ends_with, out, print_json, somebody

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.cloud.database.database import Database
    from sync.cloud.rollout.rollouts import Listed, Rollouts
    from sync.cloud.rollout.state import Rollout

app = typer.Typer(
    cls=lazy.group({"start": "cloud_rollout_start.start"}),
    no_args_is_help=True,
    help="Bring a release to the boxes in groups, watch it, and take it back.",
)


RolloutId = Annotated[str, typer.Argument(help="The id that list shows.", metavar="ROLLOUT")]


@app.command("list")
def list_rollouts(
    *, config: ConfigOption = None, data_folder: DataDir = None, as_json: AsJson = False
) -> None:
    """List the newest rollouts, newest first."""
    with _rollouts(config, data_folder) as rollouts:
        found = rollouts.all()
    if as_json:
        print_json([_document(each) for each in found])
        return
    for each in found:
        rollout = each.rollout
        version = rollout.challenger["version"]
        out.print(
            f"{rollout.id:<10}  {rollout.subject:<12}  {version:<16}  {rollout.status:<20}  {rollout.reason}",
            markup=False,
        )


@app.command("show")
def show(
    rollout_id: RolloutId,
    *,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show a rollout's groups, and the boxes that failed."""
    with _rollouts(config, data_folder) as rollouts:
        found = rollouts.show(rollout_id)
    if as_json:
        print_json(_document(found))
        return
    tell_rollout(found.rollout, as_json=False)
    rollout = found.rollout
    for number, group in enumerate(rollout.groups):
        tally = rollout.count(number)
        out.print(
            f"  {group.name:<16}  {group.mode:<6}  {tally.total:>6} boxes  {tally.succeeded:>6} succeeded  "
            f"{tally.failed:>6} failed  {tally.open:>6} open  {tally.silent:>6} silent",
            markup=False,
        )
    for (number, gateway_id), each in rollout.executions.items():
        if each.state == "failed":
            out.print(f"  {gateway_id} in {rollout.groups[number].name}: {each.reason}", markup=False)


@app.command("pause")
def pause(
    rollout_id: RolloutId,
    *,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Let no other group begin; boxes that have the release keep it."""
    with _rollouts(config, data_folder) as rollouts:
        decided = rollouts.pause(rollout_id, by=somebody())
    tell_rollout(decided, as_json=as_json)


@app.command("resume")
def resume(
    rollout_id: RolloutId,
    *,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Go on after a pause."""
    with _rollouts(config, data_folder) as rollouts:
        decided = rollouts.resume(rollout_id, by=somebody())
    tell_rollout(decided, as_json=as_json)


@app.command("approve")
def approve(
    rollout_id: RolloutId,
    *,
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Let the group begin that waits for it."""
    with _rollouts(config, data_folder) as rollouts:
        decided = rollouts.approve(rollout_id, by=somebody())
    tell_rollout(decided, as_json=as_json)


@app.command("abort")
def abort(
    rollout_id: RolloutId,
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit.")],
    config: ConfigOption = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """End it; every box that was given the release goes back to the version before."""
    with _rollouts(config, data_folder) as rollouts:
        decided = rollouts.abort(rollout_id, by=somebody(), reason=reason)
    tell_rollout(decided, as_json=as_json)


@contextmanager
def _rollouts(config: Path | None, data_folder: Path | None) -> "Iterator[Rollouts]":
    """Open the rollouts of the service, beside any process of it that runs."""
    with rollout_database(config, data_folder) as database:
        from sync.cloud.rollout.rollouts import Rollouts  # noqa: PLC0415 - a box does without the extra `cloud`

        yield Rollouts(database)


@contextmanager
def rollout_database(config: Path | None, data_folder: Path | None) -> "Iterator[Database]":
    """Open the database of the service; what cannot be rolled out ends the command with its reason."""
    with cloud_errors():
        from sync.cloud.database.database import Database  # noqa: PLC0415 - a box does without the extra `cloud`
        from sync.cloud.database.upgrade import upgrade  # noqa: PLC0415
        from sync.cloud.rollout.kinds.config import BundleRefused  # noqa: PLC0415
        from sync.cloud.rollout.kinds.kind import ReleaseUnknown  # noqa: PLC0415
        from sync.cloud.rollout.machine import NotPossible  # noqa: PLC0415
        from sync.cloud.rollout.plan import PlanRefused  # noqa: PLC0415
        from sync.cloud.rollout.rollouts import RolloutUnknown  # noqa: PLC0415
        from sync.cloud.signing.repository import RepositoryTrouble  # noqa: PLC0415

        database = Database(cloud_settings(config, data_folder).database.address())
        try:
            upgrade(database)
            refusals = (ReleaseUnknown, NotPossible, PlanRefused, RolloutUnknown, BundleRefused)
            with ends_with(*refusals, RepositoryTrouble):
                yield database
        finally:
            database.close()


def tell_rollout(rollout: "Rollout", *, as_json: bool) -> None:
    """Say how a rollout stands."""
    if as_json:
        print_json(_facts(rollout))
        return
    place = rollout.groups[rollout.group].name if rollout.group < len(rollout.groups) else "done"
    reason = f": {rollout.reason}" if rollout.reason else ""
    text = (
        f"{rollout.id}  {rollout.subject} {rollout.challenger['version']}  {rollout.status} ({place}){reason}"
    )
    out.print(text, markup=False)


def _document(listed: "Listed") -> dict[str, Any]:
    return {
        **_facts(listed.rollout),
        "created_by": listed.created_by,
        "created_at": listed.created_at.isoformat(),
        "changed_at": listed.changed_at.isoformat(),
    }


def _facts(rollout: "Rollout") -> dict[str, Any]:
    groups = []
    for number, group in enumerate(rollout.groups):
        tally = rollout.count(number)
        counts = {name: getattr(tally, name) for name in ("total", "succeeded", "failed", "open", "silent")}
        groups.append({"name": group.name, "mode": group.mode, **counts})
    return {
        "id": rollout.id,
        "kind": rollout.shadow,
        "subject": rollout.subject,
        "version": rollout.challenger["version"],
        "champion": rollout.champion["version"],
        "status": rollout.status,
        "reason": rollout.reason,
        "groups": groups,
        "failures": [
            {"box": gateway_id, "group": rollout.groups[number].name, "reason": each.reason}
            for (number, gateway_id), each in rollout.executions.items()
            if each.state == "failed"
        ],
    }
