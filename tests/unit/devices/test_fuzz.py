"""Arbitrary frames and arbitrary messages: each is read or refused with a reason, and nothing else happens.

`make fuzz` tries a million of each; the suite some ten thousand, the same ones each time.
"""

import json
import math
import os
from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from devices.codecs import CODECS, MACHINES, decode_notification
from devices.codecs.fields import Number
from devices.codecs.layout import Layout
from devices.intake import Intake
from devices.profile import load_profiles
from devices.reading import PLAUSIBLE, UNITS
from devices.registry import MAX_UNADOPTED, DeviceRegistry, KnownDevice
from devices.rejection import REJECTIONS, FrameRejected

TRIALS = int(os.environ.get("GYMBOX_FUZZ", "20000"))
PATIENCE_S = 60 + TRIALS // 1000

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
TOPICS = (
    "gymbox/v1/{word}/ble/{address}/{service}/{characteristic}",
    "gymbox/v1/{word}/ble/{address}/{service}/{characteristic}/json",
    "gymbox/v1/b/ble/{address}/1826/{characteristic}",
    "gymbox/v1/b/ble/{address}/1826/{characteristic}/json",
    "gymbox/v1/b/ble/{address}/link",
    "homie/5/{word}/$state",
    "homie/5/{word}/$description",
    "homie/5/{word}/belt/speed",
    "home/gw/BTtoMQTT/{address}",
    "{word}/sensor/speed/state",
    "homeassistant/sensor/{word}/state",
)
DOCUMENTS = (
    "{}",
    "[]",
    "null",
    "1e999",
    "-1",
    "ready",
    "up",
    "{" * 2000,
    "[" * 4000,
    '{"hex": "0000d204"}',
    '{"hex": 5}',
    '{"hex": "zz", "ts_ms": 1}',
    '{"homie": "5.0", "version": 1, "nodes": {"belt": {"properties": {"speed": {"datatype": "float"}}}}}',
    '{"name": 1, "homie": [], "nodes": {"belt": null}}',
    '{"id": "c0:00:00:00:00:01", "rssi": "far", "hr": NaN, "batt": 55}',
)


def shape(layout: Layout) -> list[tuple[int, int, int]]:
    """Of each block: its bit, its octets, and how many of its numbers may take one octet more."""
    return [
        (
            block.bit,
            sum(n.octets if isinstance(n, Number) else n.narrow.octets for n in block.numbers),
            sum(not isinstance(n, Number) for n in block.numbers),
        )
        for block in layout.blocks
    ]


SHAPES = {name: (layout.flag_octets, shape(layout)) for name, layout in MACHINES.items()}
CHARACTERISTICS = sorted(CODECS)
OTHERS = [name for name in CHARACTERISTICS if name not in MACHINES]


def machine_frame(chance: Random, characteristic: str) -> bytes:
    """Octets that a machine could send: any fields, any numbers, either edition."""
    flag_octets, blocks = SHAPES[characteristic]
    width = chance.randrange(2)
    flags = chance.getrandbits(len(blocks))
    present = [block for block in blocks if bool(flags >> block[0] & 1) != (block[0] == 0)]
    length = sum(octets + width * variable for _, octets, variable in present)
    return flags.to_bytes(flag_octets, "little") + chance.randbytes(length)


def mangled(chance: Random, octets: bytes) -> bytes:
    """The same after a bad radio: cut, grown, flipped, swapped or doubled."""
    at = chance.randrange(len(octets) + 1)
    return (
        octets[:at],
        octets[:at] + chance.randbytes(chance.randrange(4)) + octets[at:],
        octets[:at]
        + bytes(each ^ 1 << chance.randrange(8) for each in octets[at : at + 1])
        + octets[at + 1 :],
        octets[at:] + octets[:at],
        octets * 2,
    )[chance.randrange(5)]


def frame(chance: Random) -> tuple[str, bytes]:
    """A characteristic and what may come from it: good frames, mangled ones, and noise."""
    kind = chance.random()
    if kind < 0.6:
        characteristic = chance.choice(list(MACHINES))
        octets = machine_frame(chance, characteristic)
        return characteristic, octets if kind < 0.3 else mangled(chance, octets)
    octets = chance.randbytes(chance.randrange(12) if kind < 0.98 else chance.randrange(700))
    if kind < 0.9:  # small first octets are flags and op codes that exist
        return chance.choice(OTHERS), bytes([chance.randrange(24)]) + octets
    return chance.choice(CHARACTERISTICS) if kind < 0.99 else chance.randbytes(2).hex(), octets


def message(chance: Random) -> tuple[str, bytes]:
    """A topic and a payload: mostly a frame where it belongs, sometimes anything anywhere."""
    characteristic, octets = frame(chance)
    topic = chance.choice(TOPICS[:4] if chance.random() < 0.8 else TOPICS).format(
        word=chance.choice(("b", "mill", "Ä ", "x" * 90, "")),
        address=f"c0:00:00:00:{chance.randrange(3):02x}:{chance.randrange(256):02x}",
        service=chance.choice(("1826", "180d", "180f", "zzzz")),
        characteristic=characteristic,
    )
    if chance.random() < 0.1:
        return topic, chance.choice(
            (chance.choice(DOCUMENTS).encode(), octets, bytes(chance.randrange(9000)))
        )
    if not topic.endswith("/json"):
        return topic, octets
    number: object = chance.choice((None, 1, -5, 1e308, 10**30, True, "7", [], chance.randrange(1 << 40)))
    payload = json.dumps({"hex": octets.hex(), "seq": number, "ts_ms": number, "rssi": number}).encode()
    return topic, payload if chance.random() < 0.8 else mangled(chance, payload)


@pytest.mark.timeout(PATIENCE_S)
def test_arbitrary_frames_are_read_or_refused() -> None:
    chance = Random(2)  # noqa: S311 - repeatable chance, not a secret
    outcomes: Counter[str] = Counter()
    for _ in range(TRIALS):
        characteristic, octets = frame(chance)
        try:
            notification = decode_notification(characteristic, octets)
        except FrameRejected as rejection:
            outcomes[rejection.kind] += 1
            continue
        outcomes["read"] += 1
        assert all(isinstance(v, str) or math.isfinite(v) for _, v in notification.stated), octets.hex()
        assert all(measurement.metric in UNITS for measurement in notification.measurements)
        if characteristic in MACHINES:
            layout = MACHINES[characteristic]
            again = layout.decode(layout.encode(layout.decode(octets).values, width=notification.width))
            assert again.values == notification.said, octets.hex()
    # It went everywhere, or it would prove nothing.
    assert outcomes["read"] > TRIALS // 4
    kinds = {"flags", "truncated", "trailing", "width", "value", "unsupported", "too_large", "encoding"}
    assert kinds <= set(outcomes) <= {"read", *REJECTIONS}


@pytest.mark.timeout(PATIENCE_S)
def test_arbitrary_messages_are_taken_in_or_refused() -> None:
    chance = Random(3)  # noqa: S311 - repeatable chance, not a secret
    profiles = load_profiles()
    known = [
        KnownDevice("bike", "ble-bike", "c0:00:00:00:00:01"),
        KnownDevice("mill", "ble-treadmill", "c0:00:00:00:00:02"),
        KnownDevice("band", "ble-heart-rate", "c0:00:00:00:00:03"),
    ]
    registry = DeviceRegistry(known, profiles=profiles)
    intake = Intake(registry, profiles)
    accepted = 0
    now_s = 0.0
    for _ in range(TRIALS):
        topic, payload = message(chance)
        now_s += chance.expovariate(100.0)
        try:
            taken = intake.handle(topic, payload, retain=chance.random() < 0.05, received_at=NOW, now_s=now_s)
        except FrameRejected:
            continue
        accepted += 1
        for reading in taken.readings:
            low, high = PLAUSIBLE.get(reading.metric, (-math.inf, math.inf))
            assert low <= reading.value <= high
            assert math.isfinite(reading.value)
    counts = intake.counts
    assert counts.accepted == accepted > TRIALS // 10
    assert accepted + sum(counts.rejected.values()) == TRIALS
    assert {"topic", "retained", "too_large", "encoding", "json", "truncated", "trailing"} <= set(
        counts.rejected
    )
    assert len(registry.all(now_s)) <= MAX_UNADOPTED + len(known)
