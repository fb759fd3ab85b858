"""How many messages a second: a bare paho subscriber that only counts, and the whole box, turn by turn.

Both get the same messages as fast as they take them, each from a mosquitto of its own. For the box a message
is through when its frame was decoded, its device is up to date, and the session that it belongs to has it; a
session runs at every station and is written to the disk as always.
"""

from __future__ import annotations

import json
import select
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.machines.broker import NoBrokerError, Publisher, mosquitto, publish_packet
from benchmarks.machines.counters import counters
from benchmarks.machines.hall import Hall, opened
from benchmarks.speed.family import usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.machines.counters import Counters
    from benchmarks.speed.running_box import RunningBox

BARE = Path(__file__).with_name("bare.py")
STATIONS = 500
"""So many that no device says more in a second than its profile allows."""
WAIT_S = 120.0
LOOK_S = 1.0
PAUSE_S = 3.0
"""Between floods, until every device may speak freely again."""
PAHO, BOX = "bare paho", "this box"


@dataclass(frozen=True, slots=True)
class Turn:
    """One flood.

    Attributes:
        who: took it.
        messages: sent.
        per_s: taken in a second.
        cpu_us: processor time of each.
        lost: not taken, or refused.
    """

    who: str
    messages: int
    per_s: float
    cpu_us: float
    lost: int


def measure(messages: int, turns: int) -> list[Turn]:
    """Flood both, turn by turn.

    Raises:
        NoBrokerError: no mosquitto here, or it does not do its part.
        BoxFailedError: the box does not come up, or answers no more.
    """
    hall = Hall(STATIONS)
    rounds = max(1, messages // hall.devices)
    flood = b"".join(
        publish_packet(*hall.message(device, count))
        for count in range(rounds)
        for device in range(hall.devices)
    )
    done: list[Turn] = []
    with opened(hall) as (box, port), mosquitto() as paho_port:
        for _ in range(turns):
            done.append(_paho(paho_port, flood, rounds * hall.devices))
            done.append(_box(box, port, flood, rounds * hall.devices))
            time.sleep(PAUSE_S)
    return done


def _paho(port: int, flood: bytes, messages: int) -> Turn:
    command = [sys.executable, str(BARE), str(port), str(messages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as peer:
        try:
            _line(peer)
            with _sent(port, flood):
                took = json.loads(_line(peer))
        finally:
            peer.kill()
    return Turn(PAHO, messages, messages / took["seconds"], 1e6 * took["cpu_s"] / messages, 0)


def _line(peer: subprocess.Popen[str]) -> str:
    if peer.stdout is None or not select.select([peer.stdout], [], [], WAIT_S)[0]:
        raise NoBrokerError(f"the bare subscriber got not every message within {WAIT_S:.0f} s")
    return peer.stdout.readline()


def _box(box: RunningBox, port: int, flood: bytes, messages: int) -> Turn:
    begun, cpu = counters(box), usage(box.pid)
    looks: list[Counters] = [begun]
    until_s = time.monotonic() + WAIT_S
    with _sent(port, flood):
        while looks[-1].ended - begun.ended < messages and time.monotonic() < until_s:
            time.sleep(LOOK_S)
            looks.append(counters(box))
    spent_s = usage(box.pid).cpu_s - cpu.cpu_s
    through = looks[-1].done - begun.done
    return Turn(BOX, messages, speed(looks), 1e6 * spent_s / messages, messages - through)


def speed(looks: Sequence[Counters]) -> float:
    """Messages through in a second, between the first look at work in progress and the last."""
    first, last = looks[0], looks[-1]
    working = [look for look in looks if first.done < look.done < last.done]
    if len(working) > 1:
        first, last = working[0], working[-1]
    return (last.done - first.done) / max(last.at_s - first.at_s, 1e-9)


@contextmanager
def _sent(port: int, flood: bytes) -> Iterator[None]:
    """Meanwhile, a thread sends the flood."""
    with Publisher(port) as publisher:
        sender = threading.Thread(target=publisher.send, args=(flood,), daemon=True)
        sender.start()
        yield
        sender.join(WAIT_S)


def table(turns: Sequence[Turn]) -> Iterator[str]:
    """For people."""
    yield f"{'flood':10} {'messages':>9} {'per second':>11} {'CPU us each':>12} {'lost':>6}"
    for turn in turns:
        yield f"{turn.who:10} {turn.messages:9} {turn.per_s:11.0f} {turn.cpu_us:12.1f} {turn.lost:6}"
    yield f"this box takes {share(turns):.2f} of what a bare paho subscriber takes (medians)"


def share(turns: Sequence[Turn]) -> float:
    """The box's rate as a share of the peer's, medians over the turns."""
    box, paho = (statistics.median(turn.per_s for turn in turns if turn.who == who) for who in (BOX, PAHO))
    return box / paho
