"""One run of retraining, begun or gone on with; the command line and the service call it."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import uuid_utils
from sqlalchemy import select

from sync.cloud.database.database import DatabaseUnavailable
from sync.cloud.database.tables import Dataset
from sync.cloud.lake.objects import StoreUnavailable
from sync.cloud.retraining import datasets
from sync.cloud.retraining.code_version import code_version
from sync.cloud.retraining.lease import Lease
from sync.cloud.retraining.outcome import Interrupted, Outdated, Refused
from sync.cloud.retraining.stages import Run
from sync.cloud.retraining.tables import RetrainingRun

if TYPE_CHECKING:
    from sync.cloud.database.database import Database
    from sync.cloud.lake.objects import ObjectStore
    from sync.cloud.retraining.pipeline import Pipeline
    from sync.cloud.retraining.stages import Document
    from sync.cloud.retraining.tables import RunState

LEASE: Final = "retraining"
_TRIES: Final = 3
"""Members may be erased while it runs; then it begins anew, without them."""


@dataclass(frozen=True, slots=True)
class Retrained:
    """A run that came to its end.

    Attributes:
        run_id: of its row.
        documents: what each stage has left, by name.
    """

    run_id: str
    documents: dict[str, Document]

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {"run": self.run_id, **self.documents}

    @property
    def lines(self) -> list[str]:
        """For people."""
        found, release = self.documents["registration"], self.documents["release"]
        changes = ", ".join(f"{name} {100 * change:+.1f} %" for name, change in found["changes"].items())
        lines = [
            f"run {self.run_id}: {found['what']}",
            f"errors beside the champion's, on what neither has learned from: {changes}",
            *(
                f"{name} {made['version']} is registered as the challenger"
                for name, made in found["models"].items()
            ),
        ]
        lines += [f"{name} is released as {made['target']}" for name, made in release["models"].items()]
        return [*lines, *([f"not released: {release['why']}"] if "why" in release else [])]


def retrain(pipeline: Pipeline, reason: str) -> Retrained:
    """Go from what has landed to registered models.

    Args:
        pipeline: what it works with.
        reason: why it begins, in words.

    Raises:
        Refused: the data or the models must not be used; the reason is kept with the run.
        Interrupted: it was stopped; the next call goes on where it was.
        RetrainingError: another run is under way, or it cannot be done.
        DatabaseUnavailable, StoreUnavailable: likewise, for now.
    """
    with Lease(pipeline.database, LEASE) as lease:
        sweep(pipeline.database, pipeline.store)
        for _ in range(_TRIES - 1):
            with suppress(Outdated):
                return _through(pipeline, lease, _begun(pipeline, reason))
        return _through(pipeline, lease, _begun(pipeline, reason))


def sweep(database: Database, store: ObjectStore) -> None:
    """Delete what was derived from datasets that somebody was erased from, or that no run needs any more.

    Raises:
        DatabaseUnavailable, StoreUnavailable: not all could be deleted; the next sweep does.
    """
    running = select(RetrainingRun.dataset_id).where(
        RetrainingRun.state == "running", RetrainingRun.dataset_id.is_not(None)
    )
    with database.read() as session:
        needed = set(session.scalars(running))
        stale = set(session.scalars(select(Dataset.id).where(Dataset.stale_since.is_not(None))))
    for name in datasets.derived(store):
        if datasets.id_of(name) not in needed - stale:
            store.delete(name)


def _through(pipeline: Pipeline, lease: Lease, run_id: str) -> Retrained:
    version = code_version()
    made_with = hashlib.sha256(
        json.dumps([version, asdict(pipeline.policy)], sort_keys=True).encode()
    ).hexdigest()
    run = Run(id=run_id, lease=lease, made_with=made_with, database=pipeline.database, store=pipeline.store)
    try:
        documents = run.through(pipeline.stages(run_id, version, made_with), pipeline.on_progress)
    except (Interrupted, DatabaseUnavailable, StoreUnavailable):
        raise
    except Exception as error:
        _end(pipeline, run_id, "refused" if isinstance(error, Refused) else "failed", str(error))
        raise
    _end(pipeline, run_id, "done", "registered")
    return Retrained(run_id, documents)


def _begun(pipeline: Pipeline, reason: str) -> str:
    """The run that was killed, else a new one."""
    with pipeline.database.write() as session:
        wanted = select(RetrainingRun).where(
            RetrainingRun.state == "running", RetrainingRun.kind == pipeline.kind
        )
        run = session.scalars(wanted.order_by(RetrainingRun.began_at.desc())).first()
        if run is None:
            run = RetrainingRun(
                id=str(uuid_utils.uuid7()),
                state="running",
                kind=pipeline.kind,
                reason=reason,
                began_at=datetime.now(UTC),
            )
            session.add(run)
        return run.id


def _end(pipeline: Pipeline, run_id: str, state: RunState, outcome: str) -> None:
    with pipeline.database.write() as session:
        run = session.get_one(RetrainingRun, run_id)
        run.state, run.outcome, run.ended_at = state, outcome, datetime.now(UTC)
        dataset_id = run.dataset_id
    for name in datasets.derived(pipeline.store, dataset_id) if dataset_id else ():
        pipeline.store.delete(name)
