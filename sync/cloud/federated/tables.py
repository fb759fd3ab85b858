"""Rounds, and what boxes sent for them. An update's numbers are deleted once they are in the average."""

from datetime import datetime
from typing import Final, Literal, get_args

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.cloud.database.base import SHA256_LENGTH, Base

RoundState = Literal["open", "closed", "averaged", "accepted", "refused", "failed"]
"""`closed`: no update is taken any more. `averaged`: to be judged. The last three are final."""
ROUND_STATES: Final[tuple[RoundState, ...]] = get_args(RoundState)
_GOES_ON: Final = text("ended_at IS NULL")


class FederatedRound(Base):
    """A round; of one model only one goes on at a time.

    `offer` is what boxes are given, `result` the averaged change as arrays of the wire, `reason` why it ended
    without a model, `result_version` the version that came of it.
    """

    __tablename__ = "federated_round"
    __table_args__ = (
        CheckConstraint(f"state IN {ROUND_STATES}", name="state"),
        Index(
            "uq_federated_round_going_on",
            "model",
            unique=True,
            sqlite_where=_GOES_ON,
            postgresql_where=_GOES_ON,
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str]
    start_version: Mapped[str]
    state: Mapped[str] = mapped_column(String(8))
    offer: Mapped[str] = mapped_column(Text)
    min_train_nodes: Mapped[int]
    enough_train_nodes: Mapped[int]
    fraction_train: Mapped[float] = mapped_column(Double)
    started_at: Mapped[datetime]
    deadline: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    num_examples: Mapped[int | None]
    result: Mapped[str | None] = mapped_column(Text)
    result_version: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)


class FederatedUpdate(Base):
    """What a box sent; once a round. `left_out` says why it is not in the average."""

    __tablename__ = "federated_update"

    round_id: Mapped[str] = mapped_column(ForeignKey("federated_round.id"), primary_key=True)
    gateway_id: Mapped[str] = mapped_column(ForeignKey("gateway.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    num_examples: Mapped[int]
    body: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime]
    left_out: Mapped[str | None] = mapped_column(Text)
