"""Jobs in the store: a job is written down before it is begun, so a kill makes nobody forget it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlite_utils import Database, Migrations

from provisioning.jobs import Execution, Job, read_job, told

migrations: Final = Migrations("gateway.jobs")


@migrations()
def create_job(db: Database) -> None:
    """One row a job, until the cloud has heard how it ended; `wish` is null for one that makes no sense."""
    db.execute(
        """
        CREATE TABLE job (
            id TEXT PRIMARY KEY,
            wish TEXT,
            state TEXT NOT NULL,
            reason TEXT NOT NULL,
            result TEXT NOT NULL,
            starts INTEGER NOT NULL
        ) STRICT
        """
    )


@dataclass(frozen=True, slots=True)
class Memory:
    """A job, and how far this box is with it.

    Attributes:
        id: of the job.
        job: what is asked; None when that made no sense.
        execution: how far it is.
        starts: how often it was begun.
    """

    id: str
    job: Job | None
    execution: Execution
    starts: int = 0


def load(db: Database) -> dict[str, Memory]:
    """Return every job that is written down, by id."""
    rows = db.query("SELECT * FROM job ORDER BY id")
    return {
        row["id"]: Memory(
            id=row["id"],
            job=None if row["wish"] is None else read_job(json.loads(row["wish"])),
            execution=Execution(state=row["state"], reason=row["reason"], result=json.loads(row["result"])),
            starts=row["starts"],
        )
        for row in rows
    }


def save(db: Database, memory: Memory) -> None:
    """Write down how far a job is."""
    wish = None if memory.job is None else json.dumps(told(memory.job))
    said = memory.execution
    db.execute(
        "INSERT OR REPLACE INTO job (id, wish, state, reason, result, starts) VALUES (?, ?, ?, ?, ?, ?)",
        (memory.id, wish, said.state, said.reason, json.dumps(dict(said.result)), memory.starts),
    )


def forget(db: Database, ids: Iterable[str]) -> None:
    """Let go of jobs that the cloud has taken back or heard the end of."""
    db.conn.executemany("DELETE FROM job WHERE id = ?", [(each,) for each in ids])
