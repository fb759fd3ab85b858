"""What earlier runs have left: what a new one is held against, and what is new since."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from sync.cloud.database.tables import RawObject
from sync.cloud.lake.objects import ObjectMissing
from sync.cloud.retraining.statistics import Statistics
from sync.cloud.retraining.tables import RetrainingRun, RetrainingStage

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from sync.cloud.database.database import Database
    from sync.cloud.lake.objects import ObjectStore


def last_statistics(database: Database, store: ObjectStore, kind: str) -> Statistics | None:
    """Of the dataset that was learned from last; None when there is none yet.

    Raises:
        DatabaseUnavailable: the database does not answer.
        StoreUnavailable: the store does not.
    """
    wanted = (
        select(RetrainingStage.output)
        .join(RetrainingRun, RetrainingRun.id == RetrainingStage.run_id)
        .where(
            RetrainingRun.kind == kind,
            RetrainingRun.state == "done",
            RetrainingStage.name == "examples",
        )
        .order_by(RetrainingRun.began_at.desc())
        .limit(1)
    )
    with database.read() as session:
        name = session.scalar(wanted)
    if name is None:
        return None
    try:
        document = json.loads(store.get(name))
        return Statistics.from_json(json.loads(store.get(document["statistics"])))
    except ObjectMissing:
        return None


def last_began_at(session: Session, kind: str) -> datetime | None:
    """When the last run of a kind began that came to an end, good or bad; None before the first."""
    ended = select(func.max(RetrainingRun.began_at)).where(RetrainingRun.state != "running")
    return session.scalar(ended.where(RetrainingRun.kind == kind))


def is_unfinished(session: Session, kind: str) -> bool:
    """Whether a run of a kind has begun and neither ended nor been refused."""
    running = select(RetrainingRun.id).where(RetrainingRun.state == "running", RetrainingRun.kind == kind)
    return session.scalars(running).first() is not None


def new_sessions(session: Session, since: datetime | None) -> int:
    """How many sessions have landed since a moment; all of them without one."""
    wanted = select(func.coalesce(func.sum(RawObject.sessions), 0)).where(RawObject.state == "landed")
    if since is not None:
        wanted = wanted.where(RawObject.landed_at > since)
    return int(session.scalar(wanted) or 0)
