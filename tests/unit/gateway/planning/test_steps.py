"""A plan's part at a machine becomes a session's steps: which part, and who gets none."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commands.errors import NothingToFollow
from gateway.commands.plans import PlanStep
from gateway.commands.service import Caller
from gateway.members.members import MemberProfile
from gateway.planning.document import PlanDocument
from gateway.planning.rows import Feedback
from gateway.planning.steps import StepsOfTheDay, steps_at
from gateway.sessions.admission import CheckIn
from gateway.sessions.followed import Followed
from gateway.store.store import StoreBroken
from recommender.plan import MachineBout, MachineStep

from .coaches import RUN, SQUATS, make_plan

if TYPE_CHECKING:
    from gateway.sessions.active import ActiveSession

    from .conftest import Desk

TODAY = date(2026, 3, 2)


def plan(*main: object) -> PlanDocument:
    return PlanDocument.of(make_plan(TODAY, main=main or (RUN,)))  # type: ignore[arg-type]


def speeds(steps: Sequence[PlanStep]) -> list[float | None]:
    return [each.speed_kmh for each in steps]


def test_a_run_without_a_break_is_one_turn() -> None:
    steps = steps_at(plan(), "treadmill", turn=0, steered=True)
    assert speeds(steps) == [5.0, 9.0, None, 4.0]
    assert [each.heart_rate_zone for each in steps] == [None, None, 2, None], "a named speed is the master"
    assert [each.duration_s for each in steps] == [300.0, 600.0, 600.0, 300.0]
    assert steps[0].incline_percent == 1.0


def test_warm_up_and_cool_down_around_weights_are_two_turns() -> None:
    around = plan(SQUATS)
    assert speeds(steps_at(around, "treadmill", turn=0, steered=True)) == [5.0]
    assert speeds(steps_at(around, "treadmill", turn=1, steered=True)) == [4.0]
    assert speeds(steps_at(around, "treadmill", turn=7, steered=True)) == [4.0]


def test_without_a_band_no_heart_rate_decides() -> None:
    steps = steps_at(plan(), "treadmill", turn=0, steered=False)
    assert [each.heart_rate_zone for each in steps] == [None] * 4


def test_another_kind_of_machine_has_no_part_in_it() -> None:
    assert steps_at(plan(), "rower", turn=0, steered=True) == ()
    row = MachineBout(
        exercise="row",
        machine="rower",
        station_id=None,
        steps=(MachineStep(duration_s=600.0, power_w=120.0),),
    )
    (step,) = steps_at(plan(row), "rower", turn=0, steered=True)
    assert step.power_w == 120.0
    assert speeds(steps_at(plan(row), "treadmill", turn=1, steered=True)) == [4.0]


@given(
    st.lists(
        st.builds(
            MachineStep,
            duration_s=st.floats(1.0, 7200.0),
            speed_kmh=st.none() | st.floats(0.5, 20.0),
            incline_percent=st.none() | st.floats(0.0, 15.0),
            heart_rate_zone=st.none() | st.integers(1, 5),
        ),
        min_size=1,
        max_size=30,
    ),
    st.booleans(),
)
def test_time_is_kept_and_one_thing_decides_how_fast_it_goes(
    parts: list[MachineStep],
    steered: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    bout = MachineBout(exercise="run", machine="treadmill", station_id=None, steps=tuple(parts))
    steps = steps_at(plan(bout), "treadmill", turn=0, steered=steered)[1:-1]
    assert [each.duration_s for each in steps] == [each.duration_s for each in parts]
    for step, part in zip(steps, parts, strict=True):
        assert step.speed_kmh == part.speed_kmh
        assert step.speed_kmh is None or step.heart_rate_zone is None


class Machines:
    """What machines follow, noted."""

    def __init__(self) -> None:
        self.given: list[tuple[str, list[float | None]]] = []
        self.error: Exception | None = None

    def set_steps(self, session_id: str, steps: Sequence[PlanStep], caller: Caller) -> None:
        assert caller.actor == "plan of the day"
        self.given.append((session_id, speeds(steps)))
        if self.error is not None:
            raise self.error


@asynccontextmanager
async def following(desk: "Desk", machines: Machines) -> AsyncIterator[StepsOfTheDay]:
    part = StepsOfTheDay(planner=desk.planner, floor=desk.floor, store=desk.store, plans=machines)
    desk.sessions.add_listener(part)
    await desk.members.put("ada", MemberProfile(display_name="Ada", maximum_heart_rate_bpm=190))
    task = asyncio.create_task(part.run())
    yield part
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def settled(part: StepsOfTheDay) -> None:
    await asyncio.wait_for(part._begun.join(), 5.0)


async def test_whoever_begins_at_a_machine_gets_their_plans_steps(desk: "Desk") -> None:
    machines = Machines()
    async with following(desk, machines) as part:
        await desk.planner.today("ada")
        session = await desk.sessions.start(CheckIn("run-2", "ada"))
        await settled(part)
        assert machines.given == [(session.id, [5.0, 9.0, None, 4.0])], "any treadmill will do"


async def test_the_second_time_at_a_machine_is_the_plans_second_part(desk: "Desk") -> None:
    machines = Machines()
    desk.coach.main = (SQUATS,)
    async with following(desk, machines) as part:
        await desk.planner.today("ada")
        for station in ("run", "mat", "run-2"):
            session = await desk.sessions.start(CheckIn(station, "ada"))
            await settled(part)
            desk.later(minutes=5)
            await desk.sessions.end(session.id, None)
    assert [given for _, given in machines.given] == [[5.0], [4.0]]


async def test_steps_are_opened_for_the_member_before_they_are_given(desk: "Desk") -> None:
    machines, asked = Machines(), []

    async def opened(session: "ActiveSession", steps: Sequence[PlanStep]) -> Sequence[PlanStep]:
        asked.append((session.member_id, len(steps)))
        return steps[1:]

    async with following(desk, machines) as part:
        part._opened = opened
        await desk.planner.today("ada")
        await desk.train("ada", "run")
        await settled(part)
    assert asked == [("ada", 4)]
    assert [given for _, given in machines.given] == [[9.0, None, 4.0]]


@pytest.mark.parametrize("why", ["no plan", "refused", "no machine", "follows already"])
async def test_who_gets_no_steps(desk: "Desk", why: str) -> None:
    machines = Machines()
    async with following(desk, machines) as part:
        if why != "no plan":
            plan = await desk.planner.today("ada")
        if why == "refused":
            await desk.planner.feedback(plan.id, Feedback(accepted=False))
        await desk.sessions.start(CheckIn("mat" if why == "no machine" else "run", "ada"))
        if why == "follows already":  # an operator was faster
            desk.sessions.active()[0].follow(Followed("[]", 0.0))
        await settled(part)
    assert (machines.given, part.failed) == ([], 0)


async def test_trouble_with_one_session_does_not_hold_up_the_next(desk: "Desk") -> None:
    machines = Machines()
    async with following(desk, machines) as part:
        await desk.planner.today("ada")
        for trouble, failed in (
            (NothingToFollow("its machine only shows"), 0),
            (StoreBroken("broken"), 1),
            (ZeroDivisionError(), 2),
        ):
            machines.error = trouble
            await desk.train("ada", "run")
            await settled(part)
            assert part.failed == failed
        machines.error = None
        await desk.train("ada", "run")
        await settled(part)
    assert len(machines.given) == 4


async def test_who_asks_for_less_while_training_gets_the_new_steps(desk: "Desk") -> None:
    machines = Machines()
    async with following(desk, machines) as part:
        desk.planner.add_listener(part.plan_changed)
        plan = await desk.planner.today("ada")
        session = await desk.sessions.start(CheckIn("run-2", "ada"))
        await settled(part)
        await desk.planner.adjusted(plan.id, "easier")
        await settled(part)
        assert [given for given, _speeds in machines.given] == [session.id] * 2
        await desk.sessions.end(session.id)
        part.plan_changed("ada")
        await settled(part)
        assert len(machines.given) == 2
