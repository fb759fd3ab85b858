"""A machine that follows a plan, as far as the rules and the person on it let it."""

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from devices.codecs import machine_status
from devices.codecs.control_point import Op
from devices.codecs.machine_status import MachineStatus, StatusOp
from gateway.commands.errors import NothingToFollow
from gateway.commands.plans import PlanStep
from gateway.commands.service import Order
from gateway.sessions.followed import Followed

from .conftest import KIOSK

if TYPE_CHECKING:
    from .conftest import Floor

STEPS = [
    PlanStep(duration_s=20.0, speed_kmh=7.0, incline_percent=1.0),
    PlanStep(duration_s=60.0, speed_kmh=5.0),
]


async def follow(floor: "Floor", seconds: float) -> None:
    """Time goes by on a belt that does what it is told."""
    for _ in range(round(seconds * 2)):
        speed_kmh = floor.controls.targets.get(Op.SET_SPEED, 5.0)
        await floor.passes(0.5, speed_kmh=speed_kmh, incline_percent=1.0)


async def test_nothing_moves_before_a_person_confirms_and_then_the_plan_is_followed(floor: "Floor") -> None:
    await floor.ready()
    progress = floor.plans.set_steps("s1", STEPS, KIOSK)
    assert (progress.current, progress.targets, progress.follows) == (
        0,
        {"speed_kmh": 7.0, "incline_percent": 1.0},
        True,
    )
    assert "the plan has changed" in (progress.waits_for or "")
    await follow(floor, 5.0)
    assert Op.SET_SPEED not in floor.controls.targets
    floor.commands.confirm("belt", KIOSK)
    await follow(floor, 12.0)
    assert floor.controls.targets[Op.SET_SPEED] == pytest.approx(7.0)
    assert floor.plans.progress("s1").waits_for is None
    await follow(floor, 15.0)
    assert floor.plans.progress("s1").current == 1
    assert floor.controls.targets[Op.SET_SPEED] == pytest.approx(5.0)
    log = await floor.log(kind="command")
    assert {actor for actor, _, _ in log} == {"plan"}
    assert {outcome for _, _, outcome in log} == {"sent", "done"}, "the box does not try what is forbidden"
    assert await floor.log(kind="plan") == [("kiosk t1", "plan", "changed")]


async def test_the_speed_goes_up_no_faster_than_the_ramp(floor: "Floor") -> None:
    await floor.ready()
    floor.plans.set_steps("s1", [PlanStep(duration_s=60.0, speed_kmh=11.0)], KIOSK)
    floor.commands.confirm("belt", KIOSK)
    for second in range(20):
        await follow(floor, 1.0)
        assert floor.controls.targets.get(Op.SET_SPEED, 5.0) <= 7.0 + 0.5 * (second + 1)
    assert floor.controls.targets[Op.SET_SPEED] == pytest.approx(11.0)


async def test_what_a_person_sets_by_hand_or_asks_for_is_left_alone(floor: "Floor") -> None:
    await floor.ready()
    floor.plans.set_steps("s1", STEPS, KIOSK)
    floor.commands.confirm("belt", KIOSK)
    floor.frame("2ada", machine_status.encode(MachineStatus(StatusOp.SPEED_CHANGED, (6.0,))))
    await floor.heard()
    await follow(floor, 5.0)
    assert Op.SET_SPEED not in floor.controls.targets
    await floor.commands.order("belt", Order("s1", "incline_percent", 2.0), KIOSK)
    await follow(floor, 5.0)
    assert floor.controls.targets[Op.SET_INCLINE] == 2.0


async def test_a_machines_echo_of_the_boxs_own_target_is_no_hand(floor: "Floor") -> None:
    await floor.ready()
    floor.plans.set_steps("s1", STEPS, KIOSK)
    floor.commands.confirm("belt", KIOSK)
    await follow(floor, 1.0)
    told = floor.controls.targets[Op.SET_SPEED]
    floor.frame("2ada", machine_status.encode(MachineStatus(StatusOp.SPEED_CHANGED, (told,))))
    await follow(floor, 12.0)
    assert floor.controls.targets[Op.SET_SPEED] == pytest.approx(7.0)


async def test_a_heart_rate_zone_steers_and_only_lowers_when_the_heart_is_lost(floor: "Floor") -> None:
    await floor.ready()
    progress = floor.plans.set_steps("s1", [PlanStep(duration_s=600.0, heart_rate_zone=3)], KIOSK)
    assert progress.targets == {}
    floor.commands.confirm("belt", KIOSK)
    for _ in range(20):
        floor.says("band", heart_rate_bpm=100.0, contact=1.0)
        await follow(floor, 1.0)
    raised = floor.controls.targets[Op.SET_SPEED]
    assert raised > 5.0
    await follow(floor, 30.0)
    assert floor.controls.targets[Op.SET_SPEED] < raised
    assert ("alarm", "set_speed", "done") in await floor.log(kind="command")
    floor.says("band", contact=0.0)
    assert floor.commands.machines[0].control.facts.hold == "contact"


async def test_a_zone_begins_with_its_opening_speed_as_fast_as_the_rules_allow(floor: "Floor") -> None:
    await floor.ready()
    step = PlanStep(duration_s=600.0, heart_rate_zone=3, opening_kmh=8.0)
    floor.plans.set_steps("s1", [step], KIOSK)
    floor.commands.confirm("belt", KIOSK)
    speeds = [5.0]
    for _ in range(30):
        floor.says("band", heart_rate_bpm=100.0, contact=1.0)
        await follow(floor, 1.0)
        speeds.append(floor.controls.targets.get(Op.SET_SPEED, 5.0))
    assert speeds[-1] == pytest.approx(8.0)
    assert all(0.0 <= now - before <= 2.5 for before, now in pairwise(speeds)), "2 at once, 0.5 a second"


async def test_a_zone_needs_a_maximum(floor: "Floor") -> None:
    await floor.ready(maximum_bpm=None)
    with pytest.raises(NothingToFollow, match="birth date"):
        floor.plans.set_steps("s1", [PlanStep(duration_s=600.0, heart_rate_zone=3)], KIOSK)


async def test_without_a_machine_or_steps_there_is_nothing_to_follow(floor: "Floor") -> None:
    await floor.ready()
    with pytest.raises(NothingToFollow, match="no steps"):
        floor.plans.progress("s1")
    with pytest.raises(NothingToFollow, match="No session"):
        floor.plans.set_steps("s2", STEPS, KIOSK)


async def test_after_a_restart_a_plan_goes_on_where_it_was_when_a_person_confirms(
    floor: "Floor", tmp_path: Path
) -> None:
    steps = [STEPS[0], PlanStep(duration_s=60.0, speed_kmh=6.0)]
    session = await floor.ready()
    floor.plans.set_steps("s1", steps, KIOSK)
    assert session.dirty
    floor.commands.confirm("belt", KIOSK)
    await follow(floor, 24.0)
    assert session.followed is not None
    before = floor.plans.progress("s1")
    assert before.current == 1
    assert session.followed.done_s == pytest.approx(24.0, abs=2.0)

    (tmp_path / "again").mkdir()
    again = type(floor)(tmp_path / "again")
    again.store.start()
    resumed = await again.ready()
    resumed.followed = session.followed
    again.plans.session_started(resumed)
    progress = again.plans.progress("s1")
    assert progress.steps == steps
    assert progress.current == 1
    assert progress.remaining_s == pytest.approx(before.remaining_s, abs=2.0)
    await follow(again, 5.0)
    assert again.controls.targets == {}, "nothing moves before a person confirms"
    again.commands.confirm("belt", KIOSK)
    await follow(again, 5.0)
    assert again.controls.targets[Op.SET_SPEED] == pytest.approx(6.0)
    again.store.stop()


@pytest.mark.parametrize(
    ("steps", "maximum_bpm"),
    [
        ("no steps at all", 200.0),
        ('[{"duration_s": -1}]', 200.0),
        ('[{"duration_s": 60, "heart_rate_zone": 2}]', None),
    ],
)
async def test_steps_that_cannot_be_followed_any_more_are_left_out(
    floor: "Floor", steps: str, maximum_bpm: float | None, caplog: pytest.LogCaptureFixture
) -> None:
    session = await floor.ready(maximum_bpm=maximum_bpm)
    session.followed = Followed(steps, 10.0)
    floor.plans.session_started(session)
    assert "goes on without its steps" in caplog.text
    with pytest.raises(NothingToFollow, match="no steps"):
        floor.plans.progress("s1")


def test_a_step_has_one_master_of_the_speed() -> None:
    with pytest.raises(ValidationError, match="one of them decides"):
        PlanStep(duration_s=1.0, speed_kmh=5.0, heart_rate_zone=2)
    with pytest.raises(ValidationError, match="give both, or speed_kmh"):
        PlanStep(duration_s=1.0, speed_kmh=5.0, opening_kmh=6.0)


async def test_a_fault_in_one_turn_does_not_end_the_turns(
    floor: "Floor", monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down() -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(floor.plans, "turn", break_down)
    task = asyncio.create_task(floor.plans.run())
    await floor.heard()
    assert floor.plans.failed_turns == 1
    assert not task.done()
    task.cancel()
