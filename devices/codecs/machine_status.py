"""Fitness Machine Status, characteristic 0x2ADA: what somebody did to the machine (FTMS 1.0.1 4.17)."""

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final

from devices.codecs import targets
from devices.codecs.fields import Number, Structure
from devices.codecs.operations import Operations


@unique
class StatusOp(IntEnum):
    """What happened (table 4.26)."""

    RESET = 0x01
    STOPPED_BY_USER = 0x02  # or paused; the values are `control_point.STOP` and `PAUSE`
    STOPPED_BY_SAFETY_KEY = 0x03
    STARTED_BY_USER = 0x04  # or resumed
    SPEED_CHANGED = 0x05
    INCLINE_CHANGED = 0x06
    RESISTANCE_CHANGED = 0x07
    POWER_CHANGED = 0x08
    HEART_RATE_CHANGED = 0x09
    ENERGY_CHANGED = 0x0A
    STEPS_CHANGED = 0x0B
    STRIDES_CHANGED = 0x0C
    DISTANCE_CHANGED = 0x0D
    TIME_CHANGED = 0x0E
    TIME_IN_2_ZONES_CHANGED = 0x0F
    TIME_IN_3_ZONES_CHANGED = 0x10
    TIME_IN_5_ZONES_CHANGED = 0x11
    SIMULATION_CHANGED = 0x12
    WHEEL_CHANGED = 0x13
    SPIN_DOWN = 0x14  # 1 requested, 2 success, 3 error, 4 stop pedalling
    CADENCE_CHANGED = 0x15
    CONTROL_LOST = 0xFF


_SPIN_DOWN = Structure("spin down", (Number("spin_down", 1),), frozenset({1.0, 2.0, 3.0, 4.0}))

STATUSES: Final = Operations(
    "Machine Status",
    {
        StatusOp.RESET: targets.NOTHING,
        StatusOp.STOPPED_BY_USER: targets.STOP,
        StatusOp.STOPPED_BY_SAFETY_KEY: targets.NOTHING,
        StatusOp.STARTED_BY_USER: targets.NOTHING,
        StatusOp.SPEED_CHANGED: targets.SPEED,
        StatusOp.INCLINE_CHANGED: targets.INCLINE,
        StatusOp.RESISTANCE_CHANGED: targets.RESISTANCE,
        StatusOp.POWER_CHANGED: targets.POWER,
        StatusOp.HEART_RATE_CHANGED: targets.HEART_RATE,
        StatusOp.ENERGY_CHANGED: targets.ENERGY,
        StatusOp.STEPS_CHANGED: targets.STEPS,
        StatusOp.STRIDES_CHANGED: targets.STRIDES,
        StatusOp.DISTANCE_CHANGED: targets.DISTANCE,
        StatusOp.TIME_CHANGED: targets.TIME,
        StatusOp.TIME_IN_2_ZONES_CHANGED: targets.TIME_IN_2_ZONES,
        StatusOp.TIME_IN_3_ZONES_CHANGED: targets.TIME_IN_3_ZONES,
        StatusOp.TIME_IN_5_ZONES_CHANGED: targets.TIME_IN_5_ZONES,
        StatusOp.SIMULATION_CHANGED: targets.SIMULATION,
        StatusOp.WHEEL_CHANGED: targets.WHEEL,
        StatusOp.SPIN_DOWN: _SPIN_DOWN,
        StatusOp.CADENCE_CHANGED: targets.CADENCE,
        StatusOp.CONTROL_LOST: targets.NOTHING,
    },
)


@dataclass(frozen=True, slots=True)
class MachineStatus:
    """One notification; `values` in the units and the order of table 4.26."""

    op: StatusOp
    values: tuple[float, ...] = ()


def decode(payload: bytes) -> MachineStatus:
    """What happened.

    Raises:
        FrameRejected: kinds `truncated`, `trailing`, `width`, `value`.
    """
    return MachineStatus(*STATUSES.decode(payload))


def encode(status: MachineStatus, *, resistance_octets: int = 2) -> bytes:
    """Octets to notify.

    Raises:
        ValueError: too many or too few values, or one that does not fit.
    """
    return STATUSES.encode(status.op, status.values, width=resistance_octets)
