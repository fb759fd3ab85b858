"""Stages that follow each other, each done once: what a killed run had finished is not done again.

A stage is a function from what it is given to a JSON document. The document is written into the object store
whole or not at all, under a name that follows from all that it was made from; then a row says that it counts,
in one transaction with what else the stage means to the database. A run that goes on finds the rows.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from sync.cloud.lake.objects import ObjectMissing
from sync.cloud.retraining.outcome import Refused
from sync.cloud.retraining.tables import RetrainingStage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from sync.cloud.database.database import Database
    from sync.cloud.lake.objects import ObjectStore
    from sync.cloud.retraining.lease import Lease

    Document: TypeAlias = dict[str, Any]
    Documents: TypeAlias = Mapping[str, Document]
    OnProgress: TypeAlias = Callable[[str, int, int], None]
    """Told what is going on, how much of it is done, and how much there is."""

REFUSED = "refused"
"""A document with this key, and a reason in it, ends the run; it is kept, because it says why."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step.

    Attributes:
        name: unique in a run.
        work: makes a document from those of the stages before it, by name; may be called again after a kill.
        commit: given the document, says what else belongs to the transaction that makes it count.
    """

    name: str
    work: Callable[[Documents], Document]
    commit: Callable[[Document], Callable[[Session], None]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run under way.

    Attributes:
        id: of its row.
        lease: without it nothing counts.
        made_with: hash of the code and the settings; with others every stage is done anew.
    """

    id: str
    lease: Lease
    made_with: str
    database: Database
    store: ObjectStore

    def through(self, stages: Sequence[Stage], on_progress: OnProgress) -> dict[str, Document]:
        """Do what is not done yet, in order.

        Raises:
            Refused: a stage says that the run must not go on.
            LeaseLost: another run has taken over.
            RetrainingError: a stage cannot be done.
        """
        documents: dict[str, Document] = {}
        for number, stage in enumerate(stages):
            on_progress("stages", number, len(stages))
            inputs = self._inputs(stage, documents)
            document = self._finished(stage, inputs)
            documents[stage.name] = self._do(stage, inputs, documents) if document is None else document
            if REFUSED in documents[stage.name]:
                raise Refused(str(documents[stage.name][REFUSED]))
        on_progress("stages", len(stages), len(stages))
        return documents

    def _inputs(self, stage: Stage, before: Documents) -> str:
        text = json.dumps([stage.name, self.made_with, before], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def _finished(self, stage: Stage, inputs: str) -> Document | None:
        with self.database.read() as session:
            row = session.get(RetrainingStage, (self.id, stage.name))
            name = None if row is None or row.inputs != inputs else row.output
        return None if name is None else self._read(name)

    def _do(self, stage: Stage, inputs: str, before: Documents) -> Document:
        name = f"runs/{self.id}/{stage.name}-{inputs[:16]}.json"
        document = self._written(name)
        if document is None:
            document = stage.work(before)
            self.store.put_new(name, json.dumps(document, sort_keys=True, indent=1).encode())
        also = None if stage.commit is None else stage.commit(document)
        with self.database.write() as session:
            self.lease.held(session)
            session.merge(
                RetrainingStage(
                    run_id=self.id,
                    name=stage.name,
                    inputs=inputs,
                    output=name,
                    finished_at=datetime.now(UTC),
                )
            )
            if also is not None:
                also(session)
        return document

    def _written(self, name: str) -> Document | None:
        """The output of a process that was killed before it wrote the row."""
        try:
            return self._read(name)
        except ObjectMissing:
            return None

    def _read(self, name: str) -> Document:
        found: Document = json.loads(self.store.get(name))
        return found
