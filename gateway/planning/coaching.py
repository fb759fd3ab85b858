"""Who makes a plan: the models, and the rule engine when they fail; counted, and told on the health board."""

import asyncio
import logging
from collections.abc import Callable
from datetime import date
from typing import Final, Protocol

from gateway.clock import LocalDays
from gateway.health import Health
from gateway.planning.document import PlanDocument
from gateway.planning.past import Past
from recommender.gym import Gym
from recommender.history import History
from recommender.person import Person
from recommender.plan import Plan
from recommender.prescription import Prescription

_log = logging.getLogger(__name__)

# A plan takes milliseconds; a machine that needs this long for one is not going to make it.
PATIENCE_S: Final = 10.0
PLANS: Final = "plans"


class PlanFailed(Exception):  # noqa: N818 - named by what happened
    """Neither the models nor the rules could make a plan."""


class Coach(Protocol):
    """What makes plans."""

    def plan(
        self,
        person: Person,
        history: History,
        gym: Gym,
        today: date,
        seed: int,
        *,
        at_most: Prescription | None = None,
    ) -> Plan:
        """Return today's plan, no longer and no harder than asked for; the same for the same arguments."""


class Coaching:
    """Asks the models beside the event loop, and the rules after them.

    Attributes:
        fallbacks: plans that the rules made, since the models could not.
        failed: plans that nobody could make.
    """

    def __init__(self, *, coach: Callable[[], Coach], rules: Coach, days: LocalDays, health: Health) -> None:
        """`coach` gives what makes plans with the models that work now; `rules` needs no model."""
        self._coach = coach
        self._rules = rules
        self._days = days
        self._health = health
        self.fallbacks = 0
        self.failed = 0

    async def ask(
        self, past: Past, gym: Gym, today: date, seed: int, *, at_most: Prescription | None = None
    ) -> PlanDocument:
        """Return a day's plan, no longer and no harder than asked for.

        Raises:
            PlanFailed: neither the models nor the rules could make one.
        """

        def ask(coach: Coach) -> PlanDocument:
            history = past.history(self._days)
            return PlanDocument.of(coach.plan(past.person(today), history, gym, today, seed, at_most=at_most))

        try:
            async with asyncio.timeout(PATIENCE_S):
                document = await asyncio.to_thread(lambda: ask(self._coach()))
        except Exception as error:  # noqa: BLE001 - whatever the models do, the rules make a plan; counted
            self.fallbacks += 1
            _log.exception("the models made no plan")
            reason = f"the models made no plan: {type(error).__name__}"
        else:
            self._health.set(PLANS, "ok")
            return document
        try:
            async with asyncio.timeout(PATIENCE_S):
                document = await asyncio.to_thread(ask, self._rules)
        except Exception as error:
            self.failed += 1
            self._health.set(PLANS, "degraded", f"{reason}, nor did the rules: {type(error).__name__}")
            raise PlanFailed("No plan can be made for this member now. The box's log says why.") from error
        self._health.set(PLANS, "degraded", f"{reason}; the rules made it")
        return document.model_copy(update={"source_note": reason})
