"""Runs, what they have finished, and who may run."""

from datetime import datetime
from typing import Final, Literal, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from sync.cloud.database.base import SHA256_LENGTH, Base
from sync.cloud.database.tables import NAME_LENGTH

RunState = Literal["running", "done", "refused", "failed"]
RUN_STATES: Final[tuple[RunState, ...]] = get_args(RunState)
_STATE: Final = String(8)


class RetrainingRun(Base):
    """One run; `kind` is what it teaches, `reason` why it began, `outcome` how it ended, both in words."""

    __tablename__ = "retraining_run"
    __table_args__ = (
        CheckConstraint(f"state IN {RUN_STATES}", name="state"),
        Index(None, "state", "began_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(_STATE)
    kind: Mapped[str]
    reason: Mapped[str] = mapped_column(String(NAME_LENGTH))
    dataset_id: Mapped[str | None] = mapped_column(
        String(SHA256_LENGTH), ForeignKey("dataset.id"), index=True
    )
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)


class RetrainingStage(Base):
    """A finished stage: `inputs` is the hash of all that it was made from, `output` the object made."""

    __tablename__ = "retraining_stage"

    run_id: Mapped[str] = mapped_column(ForeignKey("retraining_run.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    inputs: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    output: Mapped[str] = mapped_column(String(NAME_LENGTH))
    finished_at: Mapped[datetime]


class RetrainingLease(Base):
    """Who may run, and until when, unless renewed; there is one row."""

    __tablename__ = "retraining_lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    until: Mapped[datetime]
