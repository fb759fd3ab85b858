"""What a kiosk is told of a machine: whether the box drives it, why it yields, what the plan asks."""

from typing import TYPE_CHECKING

import pytest

from devices.codecs import machine_status
from devices.codecs.machine_status import MachineStatus, StatusOp
from gateway.commands.plans import PlanStep
from gateway.live.snapshot import ControlState, StepState
from gateway.sessions.active import ActiveSession
from gateway.sessions.progress import Progress
from gateway.stations import Station

from .conftest import KIOSK, START

if TYPE_CHECKING:
    from .conftest import Floor

STEPS = [
    PlanStep(duration_s=10.0, speed_kmh=7.0, incline_percent=1.0),
    PlanStep(duration_s=60.0, heart_rate_zone=3, incline_percent=2.0),
]


def shown(floor: "Floor", device_id: str = "belt") -> ControlState:
    state = floor.commands.shown(device_id, floor.now_s)
    assert state is not None
    return state


async def person(floor: "Floor", op: StatusOp, *values: float) -> None:
    floor.frame("2ada", machine_status.encode(MachineStatus(op, values)))
    await floor.heard()


async def test_only_a_machine_with_a_session_is_shown(floor: "Floor") -> None:
    assert floor.commands.shown("belt", floor.now_s) is None
    session = await floor.ready()
    assert shown(floor) == ControlState(drives=True, hold=None, confirmable=False, step=None)
    assert floor.commands.shown("band", floor.now_s) is None
    floor.commands.session_ended(session)
    assert floor.commands.shown("belt", floor.now_s) is None


async def test_the_step_is_shown_with_its_targets_and_its_time(floor: "Floor") -> None:
    await floor.ready()
    floor.plans.set_steps("s1", STEPS, KIOSK)
    first = StepState(
        number=0,
        count=2,
        remaining_s=10.0,
        targets={"speed_kmh": 7.0, "incline_percent": 1.0},
        heart_rate_zone=None,
    )
    assert shown(floor) == ControlState(drives=True, hold="plan", confirmable=True, step=first)
    floor.plans.turn()
    floor.commands.confirm("belt", KIOSK)
    assert shown(floor).hold is None
    floor.now_s += 1.5  # between two turns
    assert shown(floor).step == first.model_copy(update={"remaining_s": 8.5})
    await floor.passes(9.0, speed_kmh=5.0, incline_percent=1.0)
    second = shown(floor).step
    assert second is not None
    assert (second.number, second.targets, second.heart_rate_zone) == (1, {"incline_percent": 2.0}, 3)
    await floor.passes(62.0, speed_kmh=5.0, incline_percent=1.0)
    assert shown(floor).step is None


@pytest.mark.parametrize(
    ("op", "values", "hold", "confirmable"),
    [
        (StatusOp.STOPPED_BY_USER, (1.0,), "stopped_by_person", True),
        (StatusOp.CONTROL_LOST, (), "control_lost", True),
        (StatusOp.RESET, (), "reset", True),
        (StatusOp.STOPPED_BY_SAFETY_KEY, (), "safety_key", False),
    ],
)
async def test_what_the_kiosk_offers_is_what_a_confirmation_brings(
    floor: "Floor", op: StatusOp, values: tuple[float, ...], hold: str, *, confirmable: bool
) -> None:
    await floor.ready()
    await person(floor, op, *values)
    assert (shown(floor).hold, shown(floor).confirmable) == (hold, confirmable)
    assert floor.commands.machines[0].control.facts.confirmed(floor.now_s) is confirmable
    assert (shown(floor).hold is None) is confirmable


async def test_a_machine_that_is_not_heard_cannot_be_confirmed(floor: "Floor") -> None:
    await floor.ready()
    await floor.passes(4.0)
    assert (shown(floor).hold, shown(floor).confirmable) == ("stale", False)
    floor.says("belt", speed_kmh=5.0)
    assert (shown(floor).hold, shown(floor).confirmable) == ("stale", True)


async def test_a_machine_that_the_box_may_not_drive_waits_for_nobody_unless_it_has_a_step(
    floor: "Floor",
) -> None:
    session = ActiveSession(
        id="s2",
        station=Station("window", "Window", treadmill="plain"),
        member_id="m2",
        display_name="m2",
        band_id=None,
        exercise=None,
        started_at=START,
        began_s=floor.now_s,
        progress=Progress(maximum_bpm=None),
    )
    floor.commands.session_started(session)
    floor.says("plain", speed_kmh=5.0)
    assert shown(floor, "plain") == ControlState(drives=False, hold=None, confirmable=False, step=None)
    floor.plans.set_steps("s2", [PlanStep(duration_s=5.0, speed_kmh=6.0)], KIOSK)
    offered = shown(floor, "plain")
    assert (offered.drives, offered.hold, offered.confirmable) == (False, "plan", True)
    assert offered.step is not None
    assert offered.step.targets == {"speed_kmh": 6.0}
