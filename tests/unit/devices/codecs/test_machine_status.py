"""What machines tell of what was done to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import machine_status
from devices.codecs.control_point import PAUSE, STOP
from devices.codecs.fields import Variable
from devices.codecs.machine_status import STATUSES, MachineStatus, StatusOp
from devices.rejection import FrameRejected


@st.composite
def statuses(draw: st.DrawFn) -> MachineStatus:
    op = draw(st.sampled_from(StatusOp))
    structure = STATUSES.parameters[op]
    if structure.choices:
        return MachineStatus(op, (draw(st.sampled_from(sorted(structure.choices))),))
    values = []
    for each in structure.numbers:
        number = each.wide if isinstance(each, Variable) else each
        bits = 8 * number.octets - number.signed
        raw = draw(st.integers(-(1 << bits) if number.signed else 0, (1 << bits) - 1))
        values.append(raw * number.resolution.numerator / number.resolution.denominator)
    return MachineStatus(op, tuple(values))


@given(statuses())
def test_decode_of_encode_is_the_same(status: MachineStatus) -> None:
    assert machine_status.decode(machine_status.encode(status)) == status


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ("01", MachineStatus(StatusOp.RESET)),
        ("0201", MachineStatus(StatusOp.STOPPED_BY_USER, (STOP,))),
        ("0202", MachineStatus(StatusOp.STOPPED_BY_USER, (PAUSE,))),
        ("03", MachineStatus(StatusOp.STOPPED_BY_SAFETY_KEY)),
        ("04", MachineStatus(StatusOp.STARTED_BY_USER)),
        ("05d204", MachineStatus(StatusOp.SPEED_CHANGED, (12.34,))),
        ("06f1ff", MachineStatus(StatusOp.INCLINE_CHANGED, (-1.5,))),
        ("076400", MachineStatus(StatusOp.RESISTANCE_CHANGED, (10.0,))),
        ("08fa00", MachineStatus(StatusOp.POWER_CHANGED, (250.0,))),
        ("098c", MachineStatus(StatusOp.HEART_RATE_CHANGED, (140.0,))),
        ("0a2c01", MachineStatus(StatusOp.ENERGY_CHANGED, (300.0,))),
        ("0be803", MachineStatus(StatusOp.STEPS_CHANGED, (1000.0,))),
        ("0cf401", MachineStatus(StatusOp.STRIDES_CHANGED, (500.0,))),
        ("0d701101", MachineStatus(StatusOp.DISTANCE_CHANGED, (70_000.0,))),
        ("0e5802", MachineStatus(StatusOp.TIME_CHANGED, (600.0,))),
        ("0f3c007800", MachineStatus(StatusOp.TIME_IN_2_ZONES_CHANGED, (60.0, 120.0))),
        ("103c0078001e00", MachineStatus(StatusOp.TIME_IN_3_ZONES_CHANGED, (60.0, 120.0, 30.0))),
        (
            "1101000200030004000500",
            MachineStatus(StatusOp.TIME_IN_5_ZONES_CHANGED, (1.0, 2.0, 3.0, 4.0, 5.0)),
        ),
        ("1224fa45012833", MachineStatus(StatusOp.SIMULATION_CHANGED, (-1.5, 3.25, 0.004, 0.51))),
        ("133f52", MachineStatus(StatusOp.WHEEL_CHANGED, (2105.5,))),
        ("1404", MachineStatus(StatusOp.SPIN_DOWN, (4.0,))),
        ("15b500", MachineStatus(StatusOp.CADENCE_CHANGED, (90.5,))),
        ("ff", MachineStatus(StatusOp.CONTROL_LOST)),
    ],
)
def test_octets_of_every_status(payload: str, status: MachineStatus) -> None:
    octets = bytes.fromhex(payload)
    assert machine_status.decode(octets) == status
    assert machine_status.encode(status) == octets


def test_every_op_code_has_its_parameters() -> None:
    assert list(STATUSES.parameters) == list(StatusOp)


def test_a_resistance_of_one_octet() -> None:
    status = MachineStatus(StatusOp.RESISTANCE_CHANGED, (10.0,))
    assert machine_status.decode(bytes.fromhex("0764")) == status
    assert machine_status.encode(status, resistance_octets=1) == bytes.fromhex("0764")


@pytest.mark.parametrize(
    ("payload", "kind", "words"),
    [
        ("", "truncated", "empty"),
        ("00", "value", "no op code 0x00"),
        ("16", "value", "no op code 0x16"),
        ("fe", "value", "no op code 0xfe"),
        ("02", "truncated", "stop_or_pause"),
        ("0200", "value", "0 means nothing"),
        ("0300", "trailing", "1 octets follow"),
        ("05d2", "truncated", "target_speed_kmh needs octets 1 to 2"),
        ("1405", "value", "5 means nothing"),
    ],
)
def test_what_does_not_add_up_is_refused(payload: str, kind: str, words: str) -> None:
    with pytest.raises(FrameRejected) as caught:
        machine_status.decode(bytes.fromhex(payload))
    assert caught.value.kind == kind
    assert words in caught.value.reason


def test_what_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="SPEED_CHANGED does not take 0 values"):
        machine_status.encode(MachineStatus(StatusOp.SPEED_CHANGED))
