"""Fitness Machine Feature, characteristic 0x2ACC: what a machine measures and takes (FTMS 1.0.1 4.3)."""

from dataclasses import dataclass
from enum import IntFlag
from typing import Final

from devices.codecs.fields import Number, Structure

_WORDS: Final = Structure("Machine Feature", (Number("features", 4), Number("targets", 4)))


class Feature(IntFlag):
    """What a machine measures (table 4.3). Bits of a later edition are kept and mean nothing."""

    AVERAGE_SPEED = 1 << 0
    CADENCE = 1 << 1
    DISTANCE = 1 << 2
    INCLINE = 1 << 3
    ELEVATION_GAIN = 1 << 4
    PACE = 1 << 5
    STEP_COUNT = 1 << 6
    RESISTANCE = 1 << 7
    STRIDE_COUNT = 1 << 8
    ENERGY = 1 << 9
    HEART_RATE = 1 << 10
    METABOLIC_EQUIVALENT = 1 << 11
    ELAPSED = 1 << 12
    REMAINING = 1 << 13
    POWER = 1 << 14
    BELT_FORCE = 1 << 15
    USER_DATA_RETENTION = 1 << 16


class Target(IntFlag):
    """What a machine can be asked for (table 4.4)."""

    SPEED = 1 << 0
    INCLINE = 1 << 1
    RESISTANCE = 1 << 2
    POWER = 1 << 3
    HEART_RATE = 1 << 4
    ENERGY = 1 << 5
    STEPS = 1 << 6
    STRIDES = 1 << 7
    DISTANCE = 1 << 8
    TIME = 1 << 9
    TIME_IN_2_ZONES = 1 << 10
    TIME_IN_3_ZONES = 1 << 11
    TIME_IN_5_ZONES = 1 << 12
    SIMULATION = 1 << 13
    WHEEL = 1 << 14
    SPIN_DOWN = 1 << 15
    CADENCE = 1 << 16


@dataclass(frozen=True, slots=True)
class Features:
    """What a machine measures, and what it can be asked for."""

    measures: Feature
    targets: Target


def decode(payload: bytes) -> Features:
    """What a machine says of itself.

    Raises:
        FrameRejected: kinds `truncated`, `trailing`.
    """
    words = _WORDS.decode(payload)
    return Features(Feature(int(words["features"])), Target(int(words["targets"])))


def encode(features: Features) -> bytes:
    """The eight octets.

    Raises:
        ValueError: more than 32 bits.
    """
    return _WORDS.encode({"features": features.measures, "targets": features.targets})
