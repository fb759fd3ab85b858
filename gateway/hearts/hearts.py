"""The hearts of the box's members: learned from sessions, kept in the store, asked for by the API."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlite_utils import Database

from gateway.clock import LocalDays
from gateway.commands.plans import PlanStep
from gateway.hearts.learner import HeartLearner, Lesson
from gateway.hearts.opening import opened_step
from gateway.hearts.outlook import HeartOutlook, MachineOutlook, outlook_at
from gateway.hearts.rows import COMPARED_DAYS, load_fastest_kmh, load_heart, load_hearts
from gateway.hearts.watch import KINDS, HeartWatch
from gateway.members.members import Member, demand_known, find_member
from gateway.planning.document import PlanDocument
from gateway.planning.floor import Floor
from gateway.planning.rows import newest_plan
from gateway.planning.steps import runs_at
from gateway.stations import DeviceValues
from gateway.store.store import Store
from recommender.gym import Machine
from recommender.heart_response.known_heart import KnownHeart
from recommender.heart_response.planned import unit_of
from recommender.heart_response.recording import Recording
from recommender.plan import MachineKind, MachineStep

if TYPE_CHECKING:
    from gateway.sessions.active import ActiveSession

_Hearts = dict[MachineKind, list[KnownHeart]]


class Hearts:
    """What is known of every member's heart; lives on the event loop."""

    def __init__(self, *, store: Store, devices: DeviceValues, floor: Floor, days: LocalDays) -> None:
        """Know nothing beyond the store."""
        self._store = store
        self._floor = floor
        self._days = days
        self.learner = HeartLearner(store)
        self.watch = HeartWatch(devices=devices, kind_at=floor.kind_at, learn=self._learn, clock=days.clock)

    async def run(self) -> None:
        """Watch and learn, until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self.watch.run())
            both.create_task(self.learner.run())

    async def of(self, member_id: str) -> HeartOutlook:
        """Say what is expected of a member's heart today.

        Raises:
            MemberUnknown: nothing is stored under this id.
            StoreError: it cannot be read now.
        """
        today = self._days.today()

        def read(db: Database) -> tuple[Member | None, PlanDocument | None, _Hearts]:
            demand_known(db, member_id)
            plan = newest_plan(db, member_id, today)
            hearts = {kind: load_hearts(db, member_id, unit_of(kind)) for kind in KINDS}
            return find_member(db, member_id), None if plan is None else plan.document, hearts

        member, plan, hearts = await self._store.read(read)
        maximum_bpm = None if member is None else member.maximum_bpm(today)
        machines = self._floor.now(()).machines
        turns = {kind: [] if plan is None else _turns(plan, kind) for kind in KINDS}

        def ask() -> list[MachineOutlook]:
            return [
                outlook_at(
                    kind,
                    hearts[kind],
                    turns[kind],
                    today=today,
                    maximum_bpm=maximum_bpm,
                    fastest_kmh=_fastest_kmh(machines, kind),
                )
                for kind in KINDS
                if any(each.kind == kind for each in machines)
            ]

        found = await asyncio.to_thread(ask)
        return HeartOutlook(member_id=member_id, day=today, maximum_bpm=maximum_bpm, machines=found)

    async def opened(self, session: "ActiveSession", steps: Sequence[PlanStep]) -> Sequence[PlanStep]:
        """Return the steps with the speed to begin with, where a zone decides and this heart is known.

        Raises:
            StoreError: it cannot be read now.
        """
        maximum_bpm = session.maximum_bpm
        if maximum_bpm is None or self._floor.kind_at(session.station.id) != "treadmill":
            return steps
        member_id, today = session.member_id, self._days.today()

        def read(db: Database) -> tuple[KnownHeart, float | None]:
            heart = load_heart(db, member_id, unit_of("treadmill"))
            return heart, load_fastest_kmh(db, member_id, today - timedelta(days=COMPARED_DAYS))

        heart, fastest_kmh = await self._store.read(read)
        if not heart.sessions or fastest_kmh is None:
            return steps
        belief = heart.on(today)
        return await asyncio.to_thread(
            lambda: [opened_step(step, belief, maximum_bpm, fastest_kmh) for step in steps]
        )

    def _learn(self, session: "ActiveSession", unit: str, recording: Recording) -> None:
        day = self._days.of(session.started_at)
        self.learner.take(Lesson(session.id, session.member_id, unit, day, recording))


def _turns(plan: PlanDocument, kind: MachineKind) -> list[list[MachineStep]]:
    return [[MachineStep(**step.model_dump()) for step in turn] for turn in runs_at(plan, kind)]


def _fastest_kmh(machines: Iterable[Machine], kind: MachineKind) -> float | None:
    """The highest limit of that kind; None when one of them has none."""
    limits = [each.max_speed_kmh for each in machines if each.kind == kind]
    known = [limit for limit in limits if limit is not None]
    return max(known) if len(known) == len(limits) else None
