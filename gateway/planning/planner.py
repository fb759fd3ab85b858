"""Today's plan of each member: made once a day from the store, kept there, and made anew when asked for.

The models run beside the event loop, one plan at a time. When they fail the rule engine makes the plan and
says so; a day without a plan there is not.
"""

import asyncio
import logging
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

import uuid_utils
from sqlite_utils import Database

from gateway.clock import LocalDays
from gateway.config.change import Change
from gateway.config.model import BoxConfig
from gateway.health import Health
from gateway.members.members import find_member
from gateway.planning.coaching import Coach, Coaching, PlanFailed
from gateway.planning.floor import Floor
from gateway.planning.outcome import outcome_of
from gateway.planning.past import HISTORY_DAYS, load_past
from gateway.planning.record import plan_body
from gateway.planning.rows import (
    Feedback,
    PlanUnknown,
    SaveFeedback,
    SavePlan,
    StoredFeedback,
    StoredPlan,
    active_members,
    find_plan,
    forget_plans,
    newest_plan,
    trained_for,
)
from gateway.planning.tomorrow import Tomorrow, tomorrow_of
from gateway.planning.view import PlanView, view_of
from gateway.planning.wishes import Wish, less
from gateway.sessions.report import PlanReport, SessionReport
from gateway.store.store import Store
from recommender.prescription import Prescription
from sync.pseudonym import Pseudonym
from sync.record import Record, new_record

_log = logging.getLogger(__name__)

ACTIVE_DAYS: Final = 28
# More than any gym's members of four weeks; what is beyond gets its plan when it is asked for.
MOST_MEMBERS: Final = 20_000


class Planner:
    """Every member's plan; lives on the event loop."""

    def __init__(
        self,
        *,
        store: Store,
        floor: Floor,
        coach: Callable[[], Coach],
        rules: Coach,
        training: Callable[[], Iterable[tuple[str, str]]],
        pseudonym: Callable[[str], Pseudonym],
        days: LocalDays,
        health: Health,
        keep_days: int,
        language: str = "en",
    ) -> None:
        """Describe it; nothing is read yet.

        Args:
            store: where the past lies and plans are kept.
            floor: the gym's machines and equipment.
            coach: gives what makes plans with the models that work now.
            rules: makes plans without any model.
            training: who trains where now: station and member of each session.
            pseudonym: under which members leave the box.
            days: of the gym.
            health: hears when the models fail.
            keep_days: how long old plans are kept, HISTORY_DAYS at least.
            language: of whoever did not say theirs.
        """
        self._store = store
        self._floor = floor
        self.coaching = Coaching(coach=coach, rules=rules, days=days, health=health)
        self._training = training
        self._pseudonym = pseudonym
        self._days = days
        self._keep_days = max(keep_days, HISTORY_DAYS)  # the past and the review of plans look back so far
        self._language = language
        self._making = asyncio.Lock()
        self._listeners: tuple[Callable[[str], None], ...] = ()
        self.made = 0

    async def reconfigure(self, config: BoxConfig, _change: Change) -> None:
        """Keep plans as long, and speak the language, that another configuration says."""
        self._keep_days = max(config.storage.telemetry_days, HISTORY_DAYS)
        self._language = config.box.language

    def add_listener(self, listener: Callable[[str], None]) -> None:
        """Tell of every member whose plan of the day was adjusted, on the event loop."""
        self._listeners = (*self._listeners, listener)

    async def today(self, member_id: str) -> StoredPlan:
        """Return today's plan, made now when there is none.

        Raises:
            MemberUnknown: nothing is stored under this id.
            PlanFailed: neither the models nor the rules could make one.
            StoreError: the past cannot be read, or the plan cannot be kept.
        """
        return await self.kept(member_id) or await self._make(member_id, anew=False)

    async def anew(self, member_id: str) -> StoredPlan:
        """Make today's plan once more, in place of the one that there is.

        Raises:
            MemberUnknown: nothing is stored under this id.
            PlanFailed: neither the models nor the rules could make one.
            StoreError: the past cannot be read, or the plan cannot be kept.
        """
        return await self._make(member_id, anew=True)

    async def adjusted(self, plan_id: str, wish: Wish) -> StoredPlan:
        """Make a plan of today anew, shorter or easier than it is.

        Raises:
            PlanUnknown: there is none, or it is of another day.
            PlanFailed: neither the models nor the rules could make one.
            StoreError: the past cannot be read, or the plan cannot be kept.
        """
        plan = await self.get(plan_id)
        if plan.day != self._days.today():
            raise PlanUnknown(f"Plan {plan_id} is not of today.")
        adjusted = await self._make(plan.member_id, anew=True, at_most=less(plan.document, wish))
        for listener in self._listeners:
            listener(plan.member_id)
        return adjusted

    async def tomorrow(self, member_id: str, language: str | None = None) -> Tomorrow:
        """Say what tomorrow's plan would be by what is known now; nothing is kept.

        Raises:
            MemberUnknown: nothing is stored under this id.
            PlanFailed: neither the models nor the rules could make one.
            StoreError: the past cannot be read.
        """
        now, day = self._days.clock.utc_now(), self._days.today() + timedelta(days=1)
        past = await self._store.read(partial(load_past, member_id=member_id, now=now))
        today = await self.kept(member_id)
        seed = zlib.crc32(f"{member_id} {day} 1".encode())
        document = await self.coaching.ask(past, self._floor.now(frozenset()), day, seed)
        spoken = language or (past.member.language if past.member else None) or self._language
        return tomorrow_of(document, None if today is None else today.document, spoken)

    async def kept(self, member_id: str) -> StoredPlan | None:
        """Return today's plan if there is one.

        Raises:
            StoreError: it cannot be read now.
        """
        return await self._store.read(partial(newest_plan, member_id=member_id, day=self._days.today()))

    async def get(self, plan_id: str) -> StoredPlan:
        """Return a plan of any day that is still kept.

        Raises:
            PlanUnknown: there is none.
            StoreError: it cannot be read now.
        """
        plan = await self._store.read(partial(find_plan, plan_id=plan_id))
        if plan is None:
            raise PlanUnknown(f"There is no plan {plan_id}.")
        return plan

    async def feedback(self, plan_id: str, feedback: Feedback) -> StoredPlan:
        """Keep what the member says of a plan, in place of what they said before; tomorrow's plan heeds it.

        Raises:
            PlanUnknown: there is none.
            StoreError: it cannot be kept now.
        """
        told = StoredFeedback(**feedback.model_dump(), told_at=self._days.clock.utc_now())
        plan = replace(await self.get(plan_id), feedback=told)
        await self._store.write(SaveFeedback(plan_id, told, self._record(plan)))
        return plan

    async def shown(self, plan: StoredPlan, language: str | None = None) -> PlanView:
        """Return a plan as its member reads it, or whoever reads the language that is given.

        Raises:
            StoreError: their language cannot be read now.
        """
        if language is not None:
            return view_of(plan, language)
        member = await self._store.read(partial(find_member, member_id=plan.member_id))
        return view_of(plan, (member.language if member else None) or self._language)

    async def outcome(self, report: SessionReport) -> PlanReport | None:
        """Say what became of the plan of the day in a session that has ended; None on a day without one.

        Raises:
            StoreError: it cannot be read now.
        """
        if report.ended_at is None:
            return None
        day = self._days.of(report.started_at)

        def read(db: Database) -> PlanReport | None:
            plan = newest_plan(db, report.member_id, day)
            if plan is None:
                return None
            before = sum(minutes for _station, minutes in trained_for(db, plan.id))
            member = find_member(db, report.member_id)
            return outcome_of(plan, report, member, minutes_before=before, days=self._days)

        return await self._store.read(read)

    async def refresh(self) -> None:
        """Make today's plan of everybody who trained in the last four weeks, and let go of old plans.

        Who has one already keeps it. A member whose plan fails does not hold up the others.

        Raises:
            StoreError: the store cannot be used; nothing more was made.
        """
        since = self._days.clock.utc_now() - timedelta(days=ACTIVE_DAYS)
        oldest = self._days.today() - timedelta(days=self._keep_days)
        await self._store.write(partial(forget_plans, before=oldest))
        members = await self._store.read(partial(active_members, since=since, limit=MOST_MEMBERS))
        for member_id in members:
            try:
                await self.today(member_id)
            except (PlanFailed, LookupError) as error:  # erased meanwhile, or told in the log already
                _log.warning("no plan could be made ahead: %s", type(error).__name__)

    async def _make(self, member_id: str, *, anew: bool, at_most: Prescription | None = None) -> StoredPlan:
        async with self._making:  # who waited here finds the plan that was made meanwhile
            there = await self.kept(member_id)
            if there is not None and not anew:
                return there
            version = 1 if there is None else there.version + 1
            now, today = self._days.clock.utc_now(), self._days.today()
            past = await self._store.read(partial(load_past, member_id=member_id, now=now))
            gym = self._floor.now({station for station, who in self._training() if who != member_id})
            seed = zlib.crc32(f"{member_id} {today} {version}".encode())
            document = await self.coaching.ask(past, gym, today, seed, at_most=at_most)
            plan = StoredPlan(
                id=str(uuid_utils.uuid7()),
                member_id=member_id,
                version=version,
                made_at=now,
                document=document,
            )
            self.made += 1
            return await self._store.write(SavePlan(plan, self._record(plan)))

    def _record(self, plan: StoredPlan) -> Record:
        return new_record(
            "plan",
            plan_body(plan),
            member=self._pseudonym(plan.member_id),
            created_at=self._days.clock.utc_now(),
        )
