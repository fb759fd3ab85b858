"""From answers to an average: rounds closed when they are due, averaged, ended. Each step one transaction.

Any number of processes may do it at once, and any of them may be killed: what is closed is averaged by the
next, and the same updates have the same average.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, update

from sync.cloud.federated.fedavg import TooFewNodes, fedavg
from sync.cloud.federated.round import AveragedRound, trained_shapes
from sync.cloud.federated.tables import FederatedRound, FederatedUpdate, RoundState
from sync.cloud.gateways import utc_now
from sync.federated.array_record import WireArray, pack
from sync.federated.messages import round_from_wire, update_from_wire

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from sync.cloud.database.database import Database
    from sync.cloud.federated.fedavg import Averaged

_LONGEST_REASON: Final = 2000


class Settling:
    """Ends rounds."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def settle(self) -> None:
        """Close what is due and average what is closed; may be called by any number at once."""
        for round_id in self._close_due():
            self._average(round_id)

    def averaged(self) -> AveragedRound | None:
        """A round whose average waits to be judged."""
        with self._database.read() as session:
            row = session.scalars(
                select(FederatedRound)
                .where(FederatedRound.state == "averaged")
                .order_by(FederatedRound.started_at)
            ).first()
            if row is None or row.result is None:
                return None
            used = select(func.count()).where(
                FederatedUpdate.round_id == row.id, FederatedUpdate.left_out.is_(None)
            )
            return AveragedRound(
                round_from_wire(row.offer.encode()),
                {name: WireArray.model_validate(each) for name, each in json.loads(row.result).items()},
                session.scalar(used) or 0,
                row.num_examples or 0,
            )

    def accept(self, session: Session, round_id: str, version: str) -> None:
        """Say which version came of it, in the transaction of the caller."""
        _end(session, round_id, "accepted", self._clock(), result_version=version)

    def refuse(self, round_id: str, reason: str) -> None:
        """Say why no version came of it."""
        with self._database.write() as session:
            _end(session, round_id, "refused", self._clock(), reason=reason[:_LONGEST_REASON])

    def _close_due(self) -> list[str]:
        """Have rounds take nothing more, when all the time is over or enough have answered."""
        now = self._clock()
        with self._database.write() as session:
            rows = session.scalars(
                select(FederatedRound)
                .where(FederatedRound.state.in_(("open", "closed")))
                .with_for_update(skip_locked=True)
            ).all()
            for row in rows:
                if row.state == "open" and (
                    now >= row.deadline or _answered(session, row.id) >= row.enough_train_nodes
                ):
                    row.state = "closed"
            return [row.id for row in rows if row.state == "closed"]

    def _average(self, round_id: str) -> None:
        with self._database.read() as session:
            row = session.get_one(FederatedRound, round_id)
            offer, fewest = round_from_wire(row.offer.encode()), row.min_train_nodes
            updates = {
                each.gateway_id: update_from_wire(each.body.encode())
                for each in session.scalars(
                    select(FederatedUpdate).where(FederatedUpdate.round_id == round_id)
                )
                if each.body is not None
            }
        try:
            found = fedavg(updates, trained_shapes(offer), offer.config, min_train_nodes=fewest)
        except TooFewNodes as error:
            self._too_few(round_id, str(error))
        else:
            self._keep(round_id, found)

    def _too_few(self, round_id: str, reason: str) -> None:
        """The round fails; unless there is time for others to answer."""
        with self._database.write() as session:
            row = session.get_one(FederatedRound, round_id, with_for_update=True)
            if row.state != "closed":
                return  # another process was quicker
            if self._clock() < row.deadline:
                row.state = "open"
                row.enough_train_nodes = _answered(session, round_id) + 1
                return
            _forget(session, round_id)
            _end(session, round_id, "failed", self._clock(), reason=reason[:_LONGEST_REASON])

    def _keep(self, round_id: str, found: Averaged) -> None:
        result = {name: each.model_dump() for name, each in pack(found.arrays).items()}
        with self._database.write() as session:
            row = session.get_one(FederatedRound, round_id, with_for_update=True)
            if row.state != "closed":
                return  # another process was quicker
            row.state = "averaged"
            row.result, row.num_examples = json.dumps(result), found.num_examples
            for gateway_id, reason in found.left_out.items():
                session.get_one(FederatedUpdate, (round_id, gateway_id)).left_out = reason[:_LONGEST_REASON]
            _forget(session, round_id)


def _answered(session: Session, round_id: str) -> int:
    return session.scalar(select(func.count()).where(FederatedUpdate.round_id == round_id)) or 0


def _forget(session: Session, round_id: str) -> None:
    """Delete what the boxes sent; that they did, and how many examples they told, stays."""
    session.flush()
    session.execute(update(FederatedUpdate).where(FederatedUpdate.round_id == round_id).values(body=None))


def _end(
    session: Session,
    round_id: str,
    state: RoundState,
    now: datetime,
    *,
    result_version: str | None = None,
    reason: str | None = None,
) -> None:
    session.execute(
        update(FederatedRound)
        .where(FederatedRound.id == round_id, FederatedRound.ended_at.is_(None))
        .values(state=state, ended_at=now, result_version=result_version, reason=reason)
    )
