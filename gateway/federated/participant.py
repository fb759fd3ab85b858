"""Takes part in rounds at night, when the configuration says so; lives on the event loop."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from gateway.clock import LocalDays
from gateway.events.log import EventLog
from gateway.federated.learning import NoUpdate, learned_update
from gateway.federated.own_sessions import own_sessions
from gateway.federated.privacy import cost_of
from gateway.federated.rows import Part, SavePart, SettlePart, spent, took_part, waiting_part
from gateway.store.store import Store
from sync.federated.array_record import FederatedRefused
from sync.federated.client import UpdateRefused
from sync.federated.messages import Round, round_from_wire, to_wire
from sync.upload.answer import NotDelivered

_log = logging.getLogger(__name__)

EVENT: Final = "federated"
# Seconds on a small box; who takes longer has something else to do.
LEARN_WITHIN_S: Final = 120.0


class Cloud(Protocol):
    """The wire, as `sync.federated.client.FederatedCloud`."""

    async def current(self) -> bytes | None:
        """The round that this box is invited to."""

    async def answer(self, round_id: str, update: bytes) -> None:
        """Send an update."""


class Participant:
    """What is done every night (`gateway.planning.nightly.Nightly`)."""

    def __init__(
        self,
        *,
        store: Store,
        cloud: Cloud,
        events: EventLog,
        days: LocalDays,
        budget_epsilon: float,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`budget_epsilon` is the most that all rounds together may cost."""
        self._store = store
        self._cloud = cloud
        self._events = events
        self._days = days
        self._budget_epsilon = budget_epsilon
        self._now_s = now_s

    async def refresh(self) -> None:
        """Send what waits, then learn for the round that this box is invited to.

        Raises:
            StoreError: the store cannot be used now.
        """
        try:
            await self._send_waiting()
            offered = await self._cloud.current()
            if offered is not None:
                await self._take_part(await asyncio.to_thread(round_from_wire, offered))
        except NotDelivered as failure:
            _log.info("federated learning waits for another night: %s", failure)
        except FederatedRefused as error:
            _log.warning("the cloud offers a round that cannot be used: %s", error)

    async def _take_part(self, offer: Round) -> None:
        if await self._store.read(partial(took_part, round_id=offer.id)):
            return  # answered, and the cloud has forgotten: never twice
        cost = cost_of(
            offer.config.noise_multiplier,
            await self._store.read(spent),
            budget_epsilon=self._budget_epsilon,
        )
        if not cost.allowed:
            reason = (
                f"it would bring what this box has told to epsilon {cost.total_epsilon:.1f}, and"
                f" [cloud] federated_epsilon is {self._budget_epsilon:g}"
            )
            self._record(offer.id, "declined", reason=reason)
            return
        try:
            body = await self._learned(offer)
        except NoUpdate as error:
            self._record(offer.id, "declined", reason=str(error))
            return
        made_at = self._days.clock.utc_now().isoformat()
        await self._store.write(SavePart(Part(offer.id, cost.mu, made_at, body)))
        self._record(
            offer.id, "learned", epsilon=round(cost.epsilon, 2), total_epsilon=round(cost.total_epsilon, 2)
        )
        await self._send_waiting()

    async def _learned(self, offer: Round) -> str:
        sessions = await self._store.read(partial(own_sessions, now=self._days.clock.utc_now()))
        until_s, stopped = self._now_s() + LEARN_WITHIN_S, threading.Event()

        def learn() -> str:
            update = learned_update(
                offer, sessions, is_over=lambda: stopped.is_set() or self._now_s() > until_s
            )
            return to_wire(update).decode()

        try:
            return await asyncio.to_thread(learn)
        finally:
            stopped.set()  # cancelled: the thread ends at its next batch

    async def _send_waiting(self) -> None:
        while (part := await self._store.read(waiting_part)) is not None:
            try:
                await self._cloud.answer(part.round_id, part.body.encode())
            except UpdateRefused as error:
                self._record(part.round_id, "refused", reason=str(error))
            else:
                self._record(part.round_id, "sent")
            await self._store.write(SettlePart(part.round_id))

    def _record(self, round_id: str, outcome: str, **detail: object) -> None:
        self._events.record(EVENT, actor="box", subject=round_id, outcome=outcome, **detail)
