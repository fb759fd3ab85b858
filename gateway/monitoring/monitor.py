"""Looks at the plans of the last weeks now and then, and tells when they are no longer right."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from gateway.clock import LocalDays
from gateway.events.log import EventLog
from gateway.events.rows import EventFilter
from gateway.health import Health
from gateway.monitoring.outcomes import PastPlan, load_past_plans, with_forecasts
from gateway.store.store import Store, StoreError
from recommender.effect import EffectModel
from recommender.monitoring import Review, review
from recommender.monitoring.review import Alert

_log = logging.getLogger(__name__)

PART: Final = "recommender:plans"
EVENT: Final = "plan-review"
FOUND, OVER = "found", "over"
NOW_DAYS: Final = 28
BEFORE_DAYS: Final = 112
"""The days before the last 28 are what counts as normal."""
MOST_PLANS: Final = 20_000
"""Of the latest; a second's work. More is no gym."""
EVERY_S: Final = 6 * 3600.0
# A box that starts has more urgent things to do.
_SETTLE_S: Final = 60.0
_MOST_ALERTS: Final = 500
_TOLD_REASONS: Final = 3


class PlanMonitor:
    """Keeps the newest review; lives on the event loop."""

    def __init__(
        self,
        *,
        store: Store,
        events: EventLog,
        health: Health,
        effect: Callable[[], EffectModel | None],
        days: LocalDays,
    ) -> None:
        """`effect` gives the model that works now."""
        self._store = store
        self._events = events
        self._health = health
        self._effect = effect
        self._days = days
        self.review: Review | None = None
        self.reviewed_at: datetime | None = None
        self.failed = 0

    async def run(self) -> None:
        """Look every few hours, until cancelled."""
        await asyncio.sleep(_SETTLE_S)
        while True:
            try:
                await self.refresh()
            except StoreError:  # the store's own state tells of it
                self.failed += 1
            except Exception:  # noqa: BLE001 - the next look must come whatever was wrong with this; counted
                self.failed += 1
                _log.exception("the plans of the last weeks could not be reviewed")
            await asyncio.sleep(EVERY_S)

    async def refresh(self) -> None:
        """Look now.

        Raises:
            StoreError: the store cannot be read.
        """
        today = self._days.today()
        plans = await self._store.read(
            partial(load_past_plans, since=today - timedelta(days=BEFORE_DAYS), most=MOST_PLANS)
        )
        found = await asyncio.to_thread(self._review, plans)
        await self._tell(found.alerts)
        self.review, self.reviewed_at = found, self._days.clock.utc_now()

    def _review(self, plans: Sequence[PastPlan]) -> Review:
        recent = self._days.today() - timedelta(days=NOW_DAYS)
        outcomes = with_forecasts(plans, self._effect())
        return review(
            [each for each in outcomes if each.day <= recent],
            [each for each in outcomes if each.day > recent],
        )

    async def _tell(self, alerts: Sequence[Alert]) -> None:
        """Put the alerts on the health board, and those that begin or end into the log."""
        reasons = [alert.reason for alert in alerts[:_TOLD_REASONS]]
        if more := len(alerts) - len(reasons):
            reasons.append(f"and {more} more in the event log")
        self._health.set(PART, "degraded" if alerts else "ok", "; ".join(reasons))
        lasting = await self._lasting()
        for alert in alerts:
            if alert.subject not in lasting:
                self._record(alert.subject, FOUND, alert.reason)
        for subject in sorted(lasting - {alert.subject for alert in alerts}):
            self._record(subject, OVER, None)

    async def _lasting(self) -> set[str]:
        """What the log says has been found and is not over, also by a box before its restart."""
        newest: dict[str, str] = {}
        for event in await self._events.read(EventFilter(kind=EVENT), _MOST_ALERTS):
            newest.setdefault(event.subject, event.outcome)
        return {subject for subject, outcome in newest.items() if outcome == FOUND}

    def _record(self, subject: str, outcome: str, reason: str | None) -> None:
        self._events.record(EVENT, actor="box", subject=subject, outcome=outcome, reason=reason)
