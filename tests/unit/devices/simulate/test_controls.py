"""Who may ask what of a simulated machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.control_point import STOP, Op, Request, Result, decode_response, encode_request
from devices.codecs.machine_status import StatusOp, decode
from devices.codecs.ranges import Range
from devices.simulate.controls import Controls

RANGES = {Op.SET_SPEED: Range(0.8, 20.0, 0.1), Op.SET_INCLINE: Range(0.0, 15.0, 0.5)}


def ask(controls: Controls, op: Op, *values: float) -> Result:
    response = decode_response(controls.write(encode_request(Request(op, values))))
    assert response.op == op
    return response.result


def in_control(*, only_at_console: bool = False) -> Controls:
    controls = Controls(RANGES, only_at_console=only_at_console)
    assert ask(controls, Op.REQUEST_CONTROL) is Result.SUCCESS
    return controls


@pytest.mark.parametrize("op", [Op.RESET, Op.START])
def test_nothing_without_control(op: Op) -> None:
    controls = Controls(RANGES)
    assert ask(controls, op) is Result.NOT_PERMITTED
    assert ask(controls, Op.SET_SPEED, 5.0) is Result.NOT_PERMITTED
    assert controls.targets == {}


@pytest.mark.parametrize(
    ("op", "value", "result"),
    [
        (Op.SET_SPEED, 0.8, Result.SUCCESS),
        (Op.SET_SPEED, 20.0, Result.SUCCESS),
        (Op.SET_SPEED, 0.7, Result.INVALID_PARAMETER),
        (Op.SET_SPEED, 20.1, Result.INVALID_PARAMETER),
        (Op.SET_SPEED, 5.05, Result.INVALID_PARAMETER),
        (Op.SET_INCLINE, 2.5, Result.SUCCESS),
        (Op.SET_INCLINE, 2.4, Result.INVALID_PARAMETER),
        (Op.SET_POWER, 100.0, Result.NOT_SUPPORTED),
    ],
)
def test_targets_are_in_range_and_on_the_increment(op: Op, value: float, result: Result) -> None:
    controls = in_control()
    assert ask(controls, op, value) is result
    assert controls.targets == ({op: value} if result is Result.SUCCESS else {})


def test_start_and_stop() -> None:
    controls = in_control()
    assert ask(controls, Op.START) is Result.SUCCESS
    assert ask(controls, Op.START) is Result.FAILED
    ask(controls, Op.SET_SPEED, 8.0)
    assert ask(controls, Op.STOP, STOP) is Result.SUCCESS
    assert not controls.running
    assert controls.targets == {}


def test_some_start_only_at_the_console() -> None:
    controls = in_control(only_at_console=True)
    assert ask(controls, Op.START) is Result.NOT_PERMITTED
    assert decode(controls.person_starts()).op is StatusOp.STARTED_BY_USER
    assert ask(controls, Op.START) is Result.FAILED


def test_reset_gives_control_back() -> None:
    controls = in_control()
    assert ask(controls, Op.RESET) is Result.SUCCESS
    assert ask(controls, Op.START) is Result.NOT_PERMITTED


def test_who_presses_stop_has_the_last_word() -> None:
    controls = in_control()
    ask(controls, Op.START)
    ask(controls, Op.SET_SPEED, 8.0)
    status = decode(controls.person_stops())
    assert (status.op, status.values) == (StatusOp.STOPPED_BY_USER, (STOP,))
    assert not controls.running
    assert controls.targets == {}


def test_the_safety_key_ends_control_too() -> None:
    controls = in_control()
    ask(controls, Op.START)
    ops = [decode(status).op for status in controls.safety_key_pulled()]
    assert ops == [StatusOp.STOPPED_BY_SAFETY_KEY, StatusOp.CONTROL_LOST]
    assert not controls.running
    assert ask(controls, Op.START) is Result.NOT_PERMITTED


@given(st.binary(max_size=24))
def test_whatever_is_written_is_answered(payload: bytes) -> None:
    for controls in (Controls(RANGES), in_control()):
        response = decode_response(controls.write(payload))
        assert response.op == (payload[0] if payload else 0)
        assert all(
            RANGES[op].minimum <= value <= RANGES[op].maximum for op, value in controls.targets.items()
        )


@pytest.mark.parametrize(
    ("written", "answer"), [("02", "800203"), ("020102ff", "800203"), ("55", "805502"), ("", "800002")]
)
def test_what_does_not_add_up_is_told(written: str, answer: str) -> None:
    assert in_control().write(bytes.fromhex(written)).hex() == answer
