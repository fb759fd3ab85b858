"""A plan's part at a machine becomes the steps of the session there; the machine follows or shows them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Final, Protocol

from gateway.commands.errors import NothingToFollow
from gateway.commands.plans import MAX_STEPS, PlanStep
from gateway.commands.service import Caller
from gateway.planning.document import MachineItem, PlanDocument, StepItem
from gateway.planning.floor import Floor
from gateway.planning.planner import Planner
from gateway.planning.rows import trained_for
from gateway.store.store import Store, StoreError

if TYPE_CHECKING:
    from gateway.sessions.active import ActiveSession
    from recommender.plan import MachineKind

_log = logging.getLogger(__name__)

# More than any box's stations.
_MOST_WAITING: Final = 256
_ACTOR: Final = Caller("kiosk", "plan of the day")


class Follows(Protocol):
    """What machines follow."""

    def set_steps(self, session_id: str, steps: Sequence[PlanStep], caller: Caller) -> object:
        """Follow these steps from now on."""


async def as_they_are(_session: "ActiveSession", steps: Sequence[PlanStep]) -> Sequence[PlanStep]:
    """Stand in where nobody knows the members' hearts."""
    return steps


class StepsOfTheDay:
    """Gives each session that begins at a machine its part of the member's plan; lives on the event loop."""

    def __init__(
        self,
        *,
        planner: Planner,
        floor: Floor,
        store: Store,
        plans: Follows,
        opened: Callable[["ActiveSession", Sequence[PlanStep]], Awaitable[Sequence[PlanStep]]] = as_they_are,
    ) -> None:
        """`opened` adds the speeds to begin with where a heart rate decides."""
        self._planner = planner
        self._floor = floor
        self._store = store
        self._plans = plans
        self._opened = opened
        self._begun: asyncio.Queue[ActiveSession] = asyncio.Queue(maxsize=_MOST_WAITING)
        self._running: dict[str, ActiveSession] = {}
        self.failed = 0

    def session_started(self, session: "ActiveSession") -> None:
        """Look for the member's plan; who follows steps already, as after a restart, goes on with them."""
        if self._floor.kind_at(session.station.id) is None:
            return
        self._running[session.id] = session
        if session.followed is None:
            self._look(session)

    def plan_changed(self, member_id: str) -> None:
        """Give the member, who asked for another plan while training, the steps of that one."""
        for session in self._running.values():
            if session.member_id == member_id:
                session.followed = None
                self._look(session)

    def _look(self, session: "ActiveSession") -> None:
        try:
            self._begun.put_nowait(session)
        except asyncio.QueueFull:
            self.failed += 1

    def session_ended(self, session: "ActiveSession") -> None:
        """Forget the session; its plan is for the day."""
        self._running.pop(session.id, None)

    async def run(self) -> None:
        """Give steps, until cancelled."""
        while True:
            session = await self._begun.get()
            try:
                await self._give(session)
            except StoreError:  # the store's own state tells of it; the member trains without steps
                self.failed += 1
            except Exception:  # noqa: BLE001 - one plan must not hold up the next; logged and counted
                self.failed += 1
                _log.exception("session %s has no steps", session.id)
            finally:
                self._begun.task_done()

    async def _give(self, session: "ActiveSession") -> None:
        plan = await self._planner.kept(session.member_id)
        kind = self._floor.kind_at(session.station.id)
        if plan is None or kind is None or (plan.feedback is not None and not plan.feedback.accepted):
            return
        before = await self._store.read(partial(trained_for, plan_id=plan.id))
        turn = sum(self._floor.kind_at(station) == kind for station, _minutes in before)
        steps = steps_at(
            plan.document,
            kind,
            turn=turn,
            steered=session.maximum_bpm is not None and session.band_id is not None,
        )
        opened = await self._opened(session, steps)
        if not steps or session.followed is not None:
            return
        try:
            self._plans.set_steps(session.id, opened, _ACTOR)
        except NothingToFollow:  # checked out meanwhile, or a machine that only shows its own values
            _log.info("session %s has no machine that could follow its plan", session.id)


def steps_at(plan: PlanDocument, kind: "MachineKind", *, turn: int, steered: bool) -> tuple[PlanStep, ...]:
    """Return the steps of a plan at one kind of machine.

    Args:
        plan: the plan.
        kind: what machine stands there; any of its kind will do.
        turn: how often the member has trained there for this plan: with weights in between, warm-up and
            cool-down on a belt are two turns.
        steered: whether a heart rate can be steered by: the maximum is known and a band is worn.
    """
    runs = runs_at(plan, kind)
    if not runs:
        return ()
    return tuple(_step(each, steered=steered) for each in runs[min(turn, len(runs) - 1)][:MAX_STEPS])


def runs_at(plan: PlanDocument, kind: "MachineKind") -> list[list[StepItem]]:
    """Return the steps at one kind of machine, in one list as long as nothing else comes in between."""
    items = [item for block in plan.blocks for item in block.items]
    machines = [item if isinstance(item, MachineItem) and item.machine == kind else None for item in items]
    return [
        [step for item in run if item is not None for step in item.steps]
        for here, run in groupby(machines, key=bool)
        if here
    ]


def _step(step: StepItem, *, steered: bool) -> PlanStep:
    """One of speed and heart rate decides how fast it goes: the speed, where the plan names it."""
    zone = step.heart_rate_zone if steered and step.speed_kmh is None else None
    return PlanStep(
        duration_s=step.duration_s,
        speed_kmh=step.speed_kmh,
        incline_percent=step.incline_percent,
        power_w=step.power_w,
        heart_rate_zone=zone,
    )
