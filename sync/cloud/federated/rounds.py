"""Rounds in the database: begun, and answered once by each box that is invited. Each step one transaction."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Literal, cast

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from sync.cloud.federated.fedavg import usable
from sync.cloud.federated.round import (
    AnsweredOtherwise,
    RoundClosed,
    RoundInfo,
    RoundRefused,
    RoundUnknown,
    is_invited,
    trained_shapes,
)
from sync.cloud.federated.tables import FederatedRound, FederatedUpdate, RoundState
from sync.cloud.gateways import utc_now
from sync.federated.array_record import FederatedRefused
from sync.federated.messages import TrainConfig, Update, new_round, round_from_wire, to_wire, update_from_wire

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from sync.cloud.database.database import Database
    from sync.cloud.federated.round import RoundPlan
    from sync.federated.array_record import Arrays
    from sync.federated.messages import Round

MOST_SHOWN: Final = 100


class Rounds:
    """All rounds of the service; any number of its processes share them."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def start(
        self, *, name: str, version: str, arrays: Arrays, config: TrainConfig, plan: RoundPlan
    ) -> Round:
        """Begin a round of a model.

        Raises:
            RoundRefused: another one of this model goes on.
            FederatedRefused: the arrays cannot travel.
        """
        now = self._clock()
        offer = new_round(name=name, version=version, arrays=arrays, config=config, deadline=now + plan.lasts)
        row = FederatedRound(
            id=offer.id,
            model=name,
            start_version=version,
            state="open",
            offer=to_wire(offer).decode(),
            min_train_nodes=plan.min_train_nodes,
            enough_train_nodes=plan.enough_train_nodes,
            fraction_train=plan.fraction_train,
            started_at=now,
            deadline=offer.deadline,
        )
        try:
            with self._database.write() as session:
                session.add(row)
        except IntegrityError as error:
            raise RoundRefused(
                f"a round of the model {name} goes on (gymbox cloud federated show); wait for its end"
            ) from error
        return offer

    def current(self, gateway_id: str) -> bytes | None:
        """The open round that a box is invited to and has not answered, as it travels."""
        with self._database.read() as session:
            answered = select(FederatedUpdate.round_id).where(FederatedUpdate.gateway_id == gateway_id)
            rows = session.scalars(
                select(FederatedRound)
                .where(FederatedRound.state == "open", FederatedRound.deadline > self._clock())
                .where(FederatedRound.id.not_in(answered))
                .order_by(FederatedRound.started_at)
            )
            invited = (row for row in rows if is_invited(row.id, gateway_id, row.fraction_train))
            row = next(invited, None)
            return None if row is None else row.offer.encode()

    def take(self, gateway_id: str, round_id: str, body: bytes) -> Literal["taken", "known"]:
        """Keep what a box sent; the same again is known already.

        Raises:
            RoundUnknown: there is no such round, or the box is not invited.
            RoundClosed: it takes no update any more.
            AnsweredOtherwise: the box has answered with other numbers.
            FederatedRefused: no honest box can have sent it.
        """
        sent = update_from_wire(body)
        if sent.round != round_id:
            raise FederatedRefused("it is of another round")
        try:
            return self._take(gateway_id, sent, body)
        except IntegrityError:  # the same box at the same moment on another connection: look again
            return self._take(gateway_id, sent, body)

    def all(self) -> list[RoundInfo]:
        """The newest rounds, the newest first."""
        with self._database.read() as session:
            rows = session.scalars(
                select(FederatedRound).order_by(FederatedRound.started_at.desc()).limit(MOST_SHOWN)
            )
            return [_info(session, row) for row in rows]

    def _take(self, gateway_id: str, sent: Update, body: bytes) -> Literal["taken", "known"]:
        sha256 = hashlib.sha256(body).hexdigest()
        with self._database.write() as session:
            # Shared with other boxes, and held against whoever closes the round.
            row = session.get(FederatedRound, sent.round, with_for_update={"read": True})
            if row is None or not is_invited(row.id, gateway_id, row.fraction_train):
                raise RoundUnknown(f"there is no round {sent.round} for this box")
            there = session.get(FederatedUpdate, (sent.round, gateway_id))
            if there is not None:
                if there.sha256 != sha256:
                    raise AnsweredOtherwise(f"this box has answered round {sent.round} with other numbers")
                return "known"
            if row.state != "open" or self._clock() >= row.deadline:
                raise RoundClosed(f"round {sent.round} is over")
            offer = round_from_wire(row.offer.encode())
            if sent.start_sha256 != offer.model.sha256:
                raise FederatedRefused("it was learned from other weights than those of the round")
            usable(sent, trained_shapes(offer), offer.config)
            session.add(
                FederatedUpdate(
                    round_id=sent.round,
                    gateway_id=gateway_id,
                    sha256=sha256,
                    num_examples=sent.num_examples,
                    body=body.decode(),
                    received_at=self._clock(),
                )
            )
        return "taken"


def _info(session: Session, row: FederatedRound) -> RoundInfo:
    out = session.execute(
        select(FederatedUpdate.gateway_id, FederatedUpdate.left_out).where(
            FederatedUpdate.round_id == row.id, FederatedUpdate.left_out.is_not(None)
        )
    )
    return RoundInfo(
        id=row.id,
        model=row.model,
        start_version=row.start_version,
        state=cast("RoundState", row.state),
        config=round_from_wire(row.offer.encode()).config,
        min_train_nodes=row.min_train_nodes,
        enough_train_nodes=row.enough_train_nodes,
        fraction_train=row.fraction_train,
        started_at=row.started_at,
        deadline=row.deadline,
        ended_at=row.ended_at,
        answered=session.scalar(select(func.count()).where(FederatedUpdate.round_id == row.id)) or 0,
        num_examples=row.num_examples,
        left_out={gateway: reason or "" for gateway, reason in out},
        result_version=row.result_version,
        reason=row.reason,
    )
