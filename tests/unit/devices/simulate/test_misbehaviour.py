"""Every fault, one at a time."""

import json
from itertools import count
from random import Random
from typing import Any

import pytest

from devices.simulate.misbehaviour import BURST, FAULTS, STORM, Fault, Misbehaviour, Notice
from devices.topics import BleTopic

TOPIC = BleTopic("hall", "c0:00:00:00:00:01", "1826", "2acd")
RAW, JSON = str(TOPIC), f"{TOPIC}/json"
LINK = "gymbox/v1/hall/ble/c0:00:00:00:00:01/link"
Frames = list[tuple[str, bytes]]


class Chance(Random):
    """Lets one fault begin at the first frame, and none after it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(7)
        self._fault: Fault | None = fault

    def random(self) -> float:
        return 0.0 if self._fault else 0.5

    def choice(self, seq: Any) -> Any:
        if tuple(seq) == FAULTS:
            fault, self._fault = self._fault, None
            return fault
        return super().choice(seq)


def notice(number: int) -> Notice:
    return Notice(TOPIC, b"frame %d" % number, 1000.0 + number, lambda: b"odd")


def relayed(fault: Fault, frames: int = 30) -> list[Frames]:
    """What becomes of each of the frames, the first of which is where the fault begins."""
    chance = Chance(fault)
    misbehaviour = Misbehaviour(0.5, chance)
    said = [misbehaviour.relay(notice(number)) for number in range(frames)]
    assert misbehaviour.begun == {fault: 1}
    assert said[-1] == [(RAW, b"frame %d" % (frames - 1))]  # all is well again
    return said


def unwrapped(frame: tuple[str, bytes]) -> tuple[int, bytes, int]:
    """Number, octets and stamp of a frame in JSON."""
    assert frame[0] == JSON
    wrapped = json.loads(frame[1])
    return wrapped["seq"], bytes.fromhex(wrapped["hex"]), wrapped["ts_ms"]


def test_who_behaves_changes_nothing() -> None:
    misbehaviour = Misbehaviour(0.0, Random(1))  # noqa: S311 - repeatable chance, not a secret
    assert [misbehaviour.relay(notice(n)) for n in range(50)] == [[(RAW, b"frame %d" % n)] for n in range(50)]
    assert not misbehaviour.begun


def test_garbage() -> None:
    ((topic, payload),) = relayed("garbage")[0]
    assert topic in {RAW, JSON}
    assert payload != b"frame 0"


def test_truncation() -> None:
    ((topic, payload),) = relayed("truncation")[0]
    assert topic == RAW
    assert len(payload) < len(b"frame 0")
    assert b"frame 0".startswith(payload)


def test_a_burst() -> None:
    assert relayed("burst")[0] == [(RAW, b"frame 0")] * BURST


def test_a_duplicate_has_the_same_number() -> None:
    first, second = relayed("duplicate")[0]
    assert first == second
    assert unwrapped(first) == (1, b"frame 0", 1_000_000)


def test_disorder() -> None:
    first, second, third, *_ = relayed("disorder")
    assert first == []
    assert second[0] == (RAW, b"frame 1")
    assert unwrapped(second[1])[:2] == (1, b"frame 0")
    assert third == [(RAW, b"frame 2")]


def test_a_clock_that_jumps() -> None:
    said = relayed("clock")
    jumps = [
        unwrapped(frames[0])[2] - (1_000_000 + 1000 * n)
        for n, frames in enumerate(said)
        if frames[0][0] == JSON
    ]
    assert 5 <= len(jumps) <= 20
    assert len(set(jumps)) == 1
    assert abs(jumps[0]) >= 3_600_000


def test_silence() -> None:
    said = relayed("silence")
    assert 5 <= sum(not frames for frames in said) <= 20


def test_values_that_freeze() -> None:
    said = [payload for ((_, payload),) in relayed("freeze")]
    assert 5 <= said.count(b"frame 0") <= 20


def test_a_storm_of_reconnects() -> None:
    said = relayed("storm")[0]
    assert said == [(RAW, b"frame 0"), *[(LINK, b"down"), (LINK, b"up")] * STORM]


def test_a_wrong_width() -> None:
    assert relayed("width")[0] == [(RAW, b"odd")]


@pytest.mark.parametrize("probability", [0.01, 0.1])
def test_as_often_as_told(probability: float) -> None:
    misbehaviour = Misbehaviour(probability, Random(3))  # noqa: S311 - repeatable chance, not a secret
    good = 0
    for number in count():
        good += misbehaviour.relay(notice(number)) == [(RAW, b"frame %d" % number)]
        if number == 5000:
            break
    begun = sum(misbehaviour.begun.values())
    assert set(misbehaviour.begun) == set(FAULTS)
    assert 0.4 * probability < begun / 5000 < 1.2 * probability
    assert good < 5000 - begun / 2
