import pytest

from devices.codecs.control_point import Op, Request, encode_request
from devices.control.command import QUANTITIES, Command, SetTarget, Start, Stop
from devices.control.requests import OPS, RANGES, request_of


@pytest.mark.parametrize(
    ("command", "request_"),
    [
        (Stop("c", "kiosk"), Request(Op.STOP, (1.0,))),
        (Stop("c", "kiosk", pause=True), Request(Op.STOP, (2.0,))),
        (Start("c", "kiosk", "s", 1.0), Request(Op.START)),
        (SetTarget("c", "plan", "s", 1.0, "incline_percent", 2.5), Request(Op.SET_INCLINE, (2.5,))),
    ],
)
def test_a_command_in_the_machines_own_terms(command: Command, request_: Request) -> None:
    assert request_of(command) == request_
    assert encode_request(request_of(command))


def test_a_clamped_value_is_what_is_written() -> None:
    assert request_of(SetTarget("c", "plan", "s", 1.0, "power_w", 900.0), 200.0).values == (200.0,)


def test_every_quantity_has_an_op_code_and_a_range() -> None:
    assert set(OPS) == set(RANGES.values()) == set(QUANTITIES)
