"""Commands from whoever asks to the machine's answer and the log."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from devices.codecs import machine_status
from devices.codecs.control_point import Op
from devices.codecs.machine_status import MachineStatus, StatusOp
from devices.mqtt.session import Link
from devices.rejection import FrameRejected
from gateway.commands.driver import ANSWER_WAIT_S
from gateway.commands.errors import (
    CommandRefused,
    MachineDeclined,
    MachineUnknown,
    MachineUnreachable,
    NotCommandable,
    NotReady,
)
from gateway.commands.service import Caller, Order
from gateway.config.change import between
from gateway.config.model import BoxConfig
from gateway.events.rows import EventFilter

from .conftest import CONFIG, KIOSK, START

if TYPE_CHECKING:
    from .conftest import Floor

OPERATOR = Caller("operator", "operator t2")
FASTER = Order("s1", "speed_kmh", 6.0)


async def test_a_target_reaches_the_machine_as_its_bridge_spells_it_and_both_ends_are_logged(
    floor: "Floor",
) -> None:
    await floor.ready()
    outcome = await floor.commands.order("belt", FASTER, KIOSK)
    assert (outcome.outcome, outcome.value) == ("done", 6.0)
    assert floor.published[-1] == (
        "gymbox/v1/bridge1/ble/AA-00-00-00-00-01/1826/2ad9/set",
        bytes.fromhex("025802"),
    )
    assert await floor.log(kind="command") == [
        ("kiosk t1", "set_speed", "sent"),
        ("kiosk t1", "set_speed", "done"),
    ]


async def test_a_refusal_names_its_rule_and_is_logged(floor: "Floor") -> None:
    await floor.ready()
    with pytest.raises(CommandRefused, match="in steps of") as refused:
        await floor.commands.order("belt", Order("s1", "speed_kmh", 6.05), KIOSK)
    assert refused.value.rule == 4
    assert await floor.log(kind="command") == [("kiosk t1", "set_speed", "refused")]


async def test_an_id_that_comes_again_while_the_first_waits_answers_each_of_them(floor: "Floor") -> None:
    await floor.ready()
    floor.answers = False
    order = Order("s1", "speed_kmh", 6.0, command_id="mine")
    first = asyncio.create_task(floor.commands.order("belt", order, KIOSK))
    await asyncio.sleep(0)
    with pytest.raises(CommandRefused) as refused:
        await floor.commands.order("belt", order, OPERATOR)
    assert refused.value.rule == 6
    floor.frame("2ad9", b"\x80\x02\x01")
    assert (await first).outcome == "done"


async def test_a_late_command_is_dropped_and_a_far_expiry_is_cut_short(floor: "Floor") -> None:
    await floor.ready()
    now = START + timedelta(seconds=floor.now_s)
    late = Order("s1", "speed_kmh", 6.0, expires_at=now - timedelta(seconds=1))
    with pytest.raises(CommandRefused) as refused:
        await floor.commands.order("belt", late, KIOSK)
    assert refused.value.rule == 6
    assert floor.commands._expires_after_s(now + timedelta(hours=1)) == 10.0


async def test_a_machine_that_does_not_answer_leaves_the_command_sent(
    floor: "Floor", monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ANSWER_WAIT_S == 3.0
    monkeypatch.setattr("gateway.commands.driver.ANSWER_WAIT_S", 0.01)
    await floor.ready()
    floor.answers = False
    assert (await floor.commands.order("belt", FASTER, KIOSK)).outcome == "sent"
    await floor.passes(30.0, speed_kmh=5.0)
    assert (await floor.log(kind="command"))[-1] == ("kiosk t1", "set_speed", "timed_out")
    assert floor.published[-1] == ("gymbox/v1/bridge1/ble/AA-00-00-00-00-01/link/set", b"reconnect")


async def test_a_machine_that_declines_is_quoted(floor: "Floor") -> None:
    await floor.ready()
    with pytest.raises(MachineDeclined, match="wrong state"):
        await floor.commands.order("belt", Order("s1"), KIOSK)


async def test_a_stop_needs_nothing_and_ends_everything(floor: "Floor") -> None:
    await floor.ready()
    outcome = await floor.commands.stop("belt", OPERATOR)
    assert outcome.outcome == "done"
    assert not floor.controls.running
    with pytest.raises(CommandRefused) as refused:
        await floor.commands.order("belt", FASTER, KIOSK)
    assert refused.value.rule == 7
    floor.says("belt", speed_kmh=0.0)
    floor.commands.confirm("belt", KIOSK)
    assert (await floor.commands.order("belt", Order("s1"), KIOSK)).outcome == "done"
    assert floor.controls.running


async def test_a_machine_that_nobody_gave_the_box_is_stopped_all_the_same_and_given_back(
    floor: "Floor",
) -> None:
    plain = floor.registry.track("aa:00:00:00:00:03", floor.profiles["ble-treadmill"], floor.now_s)
    plain.bridge, plain.bridge_address = "b", "a"
    floor.answers = False
    stop = asyncio.create_task(floor.commands.stop("plain", KIOSK, pause=True))
    await asyncio.sleep(0)
    assert floor.asked == [Op.REQUEST_CONTROL, Op.STOP]
    for answer in (b"\x80\x00\x01", b"\x80\x08\x01"):
        floor.frame("2ad9", answer, device_id="plain")
    assert (await stop).outcome == "done"
    assert floor.published[-1][1] == b"reconnect"
    with pytest.raises(CommandRefused) as refused:
        await floor.commands.order("plain", FASTER, KIOSK)
    assert refused.value.rule == 1


async def test_a_stop_without_a_way_says_so_at_once_and_goes_on_trying(floor: "Floor") -> None:
    await floor.ready()
    floor.online = False
    with pytest.raises(MachineUnreachable, match="own switch or key"):
        await floor.commands.stop("belt", KIOSK)
    floor.online = True
    await floor.passes(1.0, speed_kmh=5.0)
    assert not floor.controls.running
    assert (await floor.log(kind="command"))[-1][2] == "done"


async def test_a_machine_that_was_never_heard_is_out_of_reach(floor: "Floor") -> None:
    with pytest.raises(MachineUnreachable):
        await floor.commands.stop("belt", KIOSK)


async def test_what_is_no_machine_is_not_commanded(floor: "Floor") -> None:
    with pytest.raises(MachineUnknown):
        await floor.commands.stop("nothing", KIOSK)
    with pytest.raises(NotCommandable):
        await floor.commands.stop("band", KIOSK)


async def test_a_word_of_the_kiosk_is_not_enough_for_a_silent_machine_or_a_pulled_key(floor: "Floor") -> None:
    await floor.ready()
    for status in floor.controls.safety_key_pulled():
        floor.frame("2ada", status)
    await floor.heard()
    with pytest.raises(NotReady, match="Put it back"):
        floor.commands.confirm("belt", KIOSK)
    floor.frame("2ada", floor.controls.person_starts())
    floor.now_s += 4.0
    await floor.heard()
    with pytest.raises(NotReady, match="not heard"):
        floor.commands.confirm("belt", KIOSK)
    assert await floor.log(kind="confirmation") == [("kiosk t1", "confirmation", "refused")] * 2
    told = [outcome for _, _, outcome in await floor.log(kind="machine")]
    assert told == ["started", "safety_key", "control_lost", "started"]


async def test_control_follows_the_session(floor: "Floor") -> None:
    session = await floor.ready()
    assert floor.asked == [Op.REQUEST_CONTROL]
    assert floor.commands.machine_of("s1") is not None
    floor.commands.session_ended(session)
    assert floor.published[-1][1] == b"reconnect"
    assert floor.commands.machine_of("s1") is None
    with pytest.raises(CommandRefused) as refused:
        await floor.commands.order("belt", FASTER, KIOSK)
    assert refused.value.rule == 6


async def test_a_lost_broker_makes_the_box_yield(floor: "Floor") -> None:
    await floor.ready()
    floor.commands.link_changed(Link("connected"))
    await floor.heard()
    assert floor.commands.machines[0].control.facts.hold is None
    floor.commands.link_changed(Link("waiting", "gone", 1))
    await floor.heard()
    assert floor.commands.machines[0].control.facts.hold == "link"


async def test_garbage_is_refused_where_it_is_counted(floor: "Floor") -> None:
    with pytest.raises(FrameRejected):
        floor.frame("2ad9", b"\x80")
    floor.frame("2acc", bytes(8))
    floor.frame("2ada", machine_status.encode(MachineStatus(StatusOp.RESET)), device_id="stranger")
    await floor.heard()
    assert floor.commands.machines == ()


async def test_a_fault_in_one_turn_does_not_end_the_turns(
    floor: "Floor", monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down() -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(floor.commands, "tick", break_down)
    task = asyncio.create_task(floor.commands.run())
    await floor.heard()
    assert floor.commands.failed_ticks == 1
    assert not task.done()
    task.cancel()


async def test_nothing_is_taken_in_after_the_end(floor: "Floor") -> None:
    floor.commands.close()
    floor.frame("2ada", b"\x04")
    await floor.heard()
    assert floor.commands.inbox.dropped == 1


async def test_other_limits_hold_from_the_next_command_on_and_what_is_known_of_a_machine_stays(
    floor: "Floor",
) -> None:
    await floor.ready()
    machine = floor.commands.machine_of("s1")
    assert machine is not None
    tree = CONFIG.model_dump(by_alias=True, exclude_unset=True)

    async def follow(**changes: object) -> None:
        devices = [{**each, **changes} if each["id"] == "belt" else each for each in tree["device"]]
        new = BoxConfig.model_validate({**tree, "device": devices})
        await floor.commands.reconfigure(new, between(CONFIG, new))

    await follow(limits={"speed_kmh": 5.5})
    assert machine.control.safety.settings.limits == {"speed_kmh": 5.5}
    await follow(control=False)
    assert not machine.control.safety.settings.enabled
    with pytest.raises(CommandRefused):
        await floor.commands.order("belt", FASTER, KIOSK)
    assert floor.commands.machine_of("s1") is machine
    told = [each.outcome for each in await floor.events.read(EventFilter(kind="control", subject="belt"), 5)]
    assert told[0] == "disabled"
