"""What bridges, radios and firmware do to good frames: every fault seen in the field, by chance. Pure."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Final, Literal, get_args

from devices.topics import LINK, BleTopic

Fault = Literal[
    "garbage",  # octets that mean nothing
    "truncation",  # the end is missing
    "burst",  # a radio that was jammed lets everything go at once
    "duplicate",  # the same frame twice, as QoS 1 may deliver it
    "disorder",  # two frames, the later one first
    "clock",  # the bridge's clock jumps by hours
    "silence",  # nothing, for a while
    "freeze",  # the same values again and again
    "storm",  # the link is lost and found several times a second
    "width",  # a field of another width than always
]
Frames = list[tuple[str, bytes]]  # topic, payload
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
BURST: Final = 60
STORM: Final = 5
_LASTS_S: Final[dict[Fault, tuple[float, float]]] = {
    "clock": (5.0, 20.0),
    "silence": (5.0, 20.0),
    "freeze": (5.0, 20.0),
    "storm": (2.0, 4.0),
}
_JUMPS_MS: Final = (-86_400_000, -3_600_000, 3_600_000, 86_400_000)


@dataclass(frozen=True, slots=True)
class Notice:
    """A frame on its way, and the same with a field of another width; `at_s` is UTC, seconds since 1970."""

    topic: BleTopic
    payload: bytes
    at_s: float
    odd: Callable[[], bytes]


class Misbehaviour:
    """Stands between one device and the broker; at each frame a fault begins with this probability."""

    def __init__(self, probability: float, random: Random) -> None:
        self.begun: Counter[Fault] = Counter()
        self._probability = probability
        self._random = random
        self._lasting: Fault | None = None
        self._until_s = 0.0
        self._jump_ms = 0
        self._frozen = b""
        self._held: tuple[str, bytes] | None = None
        self._number = 0

    def relay(self, notice: Notice) -> Frames:
        """What becomes of a frame: none, one or many."""
        self._number += 1
        late = [self._held] if self._held else []
        self._held = None
        if self._lasting and notice.at_s >= self._until_s:
            self._lasting = None
        fault = self._lasting
        if fault is None and self._random.random() < self._probability:
            fault = self._begin(notice)
        return [*(self._do(fault, notice) if fault else [_raw(notice)]), *late]

    def _begin(self, notice: Notice) -> Fault:
        fault = self._random.choice(FAULTS)
        self.begun[fault] += 1
        self._frozen = notice.payload
        self._jump_ms = self._random.choice(_JUMPS_MS)
        if fault in _LASTS_S:
            self._lasting, self._until_s = fault, notice.at_s + self._random.uniform(*_LASTS_S[fault])
        return fault

    def _do(self, fault: Fault, notice: Notice) -> Frames:
        """Each fault has a method of its name."""
        done: Frames = getattr(self, f"_{fault}")(notice)
        return done

    def _garbage(self, notice: Notice) -> Frames:
        form: Literal["raw", "json"] = self._random.choice(("raw", "json"))
        topic = str(replace(notice.topic, form=form))
        return [(topic, self._random.randbytes(self._random.randrange(40)))]

    def _truncation(self, notice: Notice) -> Frames:
        return [(str(notice.topic), notice.payload[: self._random.randrange(len(notice.payload))])]

    def _burst(self, notice: Notice) -> Frames:
        return [_raw(notice)] * BURST

    def _duplicate(self, notice: Notice) -> Frames:
        return [self._stamped(notice)] * 2

    def _disorder(self, notice: Notice) -> Frames:
        self._held = self._stamped(notice)
        return []

    def _clock(self, notice: Notice) -> Frames:
        return [self._stamped(notice, self._jump_ms)]

    def _silence(self, _notice: Notice) -> Frames:
        return []

    def _freeze(self, notice: Notice) -> Frames:
        return [(str(notice.topic), self._frozen)]

    def _storm(self, notice: Notice) -> Frames:
        link = str(replace(notice.topic, characteristic=LINK))
        return [_raw(notice), *[(link, b"down"), (link, b"up")] * STORM]

    def _width(self, notice: Notice) -> Frames:
        return [(str(notice.topic), notice.odd())]

    def _stamped(self, notice: Notice, jump_ms: int = 0) -> tuple[str, bytes]:
        wrapped = {
            "ts_ms": int(notice.at_s * 1000) + jump_ms,
            "seq": self._number,
            "hex": notice.payload.hex(),
            "rssi": -60,
        }
        return str(replace(notice.topic, form="json")), json.dumps(wrapped).encode()


def _raw(notice: Notice) -> tuple[str, bytes]:
    return str(notice.topic), notice.payload
