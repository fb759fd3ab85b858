"""What the box remembers of the version of each model that is desired: one row a model, over restarts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import cast

from sqlite_utils import Database, Migrations

from provisioning.assignment import Assignment, Mode, Standing, State
from provisioning.twin import Fields

migrations = Migrations("gateway.updates")


@migrations()
def create_model_update(db: Database) -> None:
    """One row a model."""
    db.execute(
        """
        CREATE TABLE model_update (
            model TEXT PRIMARY KEY,
            version TEXT NOT NULL,
            sha256 TEXT,
            target TEXT,
            mode TEXT NOT NULL,
            rollout TEXT,
            state TEXT NOT NULL,
            reason TEXT NOT NULL,
            starts INTEGER NOT NULL
        ) STRICT
        """
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """How far the box is with what is desired of one model.

    Attributes:
        model: its name.
        version: that is desired.
        sha256: of its release; None where none was named.
        target: where that lies; None where nobody said.
        mode: in which it is to run.
        rollout: on whose behalf.
        state: how far it is.
        reason: why it is not further.
        starts: how often the box has started while the version was neither proven nor given up.
    """

    model: str
    version: str
    sha256: str | None
    target: str | None
    mode: Mode
    rollout: str | None
    state: State
    reason: str = ""
    starts: int = 0

    def is_of(self, wanted: Assignment) -> bool:
        """Whether this is about the version, in the mode, that is wanted; on whose behalf does not matter."""
        return (self.version, self.sha256, self.mode) == (wanted.version, wanted.sha256, wanted.mode)

    def concerning(self, wanted: Assignment) -> "Memory":
        """The same, on behalf of whoever wants it now."""
        return replace(self, rollout=wanted.rollout, target=wanted.target)

    @property
    def wish(self) -> Assignment:
        """What was desired."""
        return Assignment(
            version=self.version, target=self.target, sha256=self.sha256, mode=self.mode, rollout=self.rollout
        )

    def standing(self, figures: Fields) -> Standing:
        """What the cloud is told of it."""
        return Standing(
            version=self.version,
            mode=self.mode,
            rollout=self.rollout,
            state=self.state,
            reason=self.reason,
            figures=figures,
        )


def load(db: Database) -> dict[str, Memory]:
    """Every model that something was desired of, by name."""
    return {row["model"]: _memory(row) for row in db.table("model_update").rows}


def save(db: Database, memory: Memory) -> None:
    """Remember; what was remembered of the model is forgotten."""
    db.table("model_update").upsert(asdict(memory), pk="model")


def _memory(row: Mapping[str, object]) -> Memory:
    return Memory(
        model=str(row["model"]),
        version=str(row["version"]),
        sha256=cast("str | None", row["sha256"]),
        target=cast("str | None", row["target"]),
        mode=cast("Mode", row["mode"]),
        rollout=cast("str | None", row["rollout"]),
        state=cast("State", row["state"]),
        reason=str(row["reason"]),
        starts=cast("int", row["starts"]),
    )
