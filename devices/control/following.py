"""From the plan's current step to the targets that it asks for; pure, with time as an argument.

A step names targets, or a range of the heart rate that the speed is to bring about. The time of a step passes
only while the box may go on: who is stopped finds the step where it was. A person who changes something by
hand keeps it so until the next step begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from devices.control.command import Quantity, Source
from devices.control.facts import MachineFacts

# A heart follows the legs with a time constant of about half a minute: faster steering would swing.
STEER_EVERY_S: Final = 15.0
RAISE_KMH: Final = 0.2
LOWER_KMH: Final = 0.4
# Two of its time constants: sooner it cannot tell whether the speed that a step begins with was enough.
OPENING_S: Final = 90.0


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a plan: targets for so long, or a speed that keeps the heart rate (bpm) within two bounds.

    `opening_kmh` is the speed from which on it is looked for; None for whichever the belt has.
    """

    duration_s: float
    targets: Mapping[Quantity, float] = field(default_factory=dict)
    heart_rate_bpm: tuple[float, float] | None = None
    opening_kmh: float | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A value that the step asks for now; `alarm` when it is only because something is wrong."""

    quantity: Quantity
    value: float
    source: Source = "plan"


class Follower:
    """One plan on its way; `done_s` of it may have passed already."""

    def __init__(self, steps: Sequence[Step], *, done_s: float = 0.0) -> None:
        self.steps = tuple(steps)
        self._done_s = done_s
        self._seen_s: float | None = None
        self._index = 0
        self._skip_what_is_done()
        self._steered_s = done_s
        self._by_hand: set[Quantity] = set()

    @property
    def done_s(self) -> float:
        """Seconds of the plan that have passed."""
        return self._done_s

    @property
    def index(self) -> int:
        """Number of the current step from 0; the number of steps when all are done."""
        return self._index

    @property
    def step(self) -> Step | None:
        """The current step, None when all are done."""
        return self.steps[self._index] if self._index < len(self.steps) else None

    @property
    def remaining_s(self) -> float:
        """Seconds that the current step has left."""
        return max(0.0, sum(each.duration_s for each in self.steps[: self._index + 1]) - self._done_s)

    def remaining_at_s(self, now_s: float, *, going: bool) -> float:
        """Seconds that the current step has left at this moment, between two calls of `advance`."""
        passed_s = now_s - self._seen_s if going and self._seen_s is not None else 0.0
        return max(0.0, self.remaining_s - passed_s)

    def changed_by_hand(self, quantity: Quantity) -> None:
        """A person set something else: leave it alone until the next step."""
        self._by_hand.add(quantity)

    def advance(self, now_s: float, *, going: bool) -> bool:
        """Let time pass, for the step only when `going`; True when another step begins with it."""
        if going and self._seen_s is not None:
            self._done_s += now_s - self._seen_s
        self._seen_s = now_s
        before = self._index
        self._skip_what_is_done()
        if self._index == before:
            return False
        self._by_hand.clear()
        self._steered_s = self._done_s
        return True

    def wishes(self, facts: MachineFacts, heart_rate_bpm: float | None, now_s: float) -> tuple[Wish, ...]:
        """What the current step asks of the machine now; `heart_rate_bpm` is None when it is not known."""
        step = self.step
        if step is None:
            return ()
        found = [Wish(quantity, value) for quantity, value in step.targets.items()]
        if step.heart_rate_bpm is not None:
            found += self._open(step, facts, heart_rate_bpm, now_s) or self._steer(
                step.heart_rate_bpm, facts, heart_rate_bpm, now_s
            )
        at_rest = not facts.measured(
            "speed_kmh", now_s
        )  # a plan does not set a belt in motion: a person does
        return tuple(
            wish
            for wish in found
            if wish.quantity not in self._by_hand and not (at_rest and wish.quantity == "speed_kmh")
        )

    def _skip_what_is_done(self) -> None:
        while self._index < len(self.steps) and self.remaining_s <= 0.0:
            self._index += 1

    def _open(self, step: Step, facts: MachineFacts, bpm: float | None, now_s: float) -> list[Wish]:
        """Go up to the speed that the step begins with and stay there, while the heart follows from below."""
        speed_kmh, bounds, opening_kmh = (
            facts.measured("speed_kmh", now_s),
            step.heart_rate_bpm,
            step.opening_kmh,
        )
        if speed_kmh is None or bounds is None or opening_kmh is None:
            return []
        passed_s = step.duration_s - self.remaining_s
        if passed_s >= OPENING_S or bpm is None or bpm >= bounds[0] or speed_kmh >= opening_kmh + RAISE_KMH:
            return []
        self._steered_s = self._done_s
        return [Wish("speed_kmh", opening_kmh)]

    def _steer(
        self, bounds: tuple[float, float], facts: MachineFacts, bpm: float | None, now_s: float
    ) -> list[Wish]:
        low, high = bounds
        speed_kmh = facts.measured("speed_kmh", now_s)
        if speed_kmh is None or self._done_s - self._steered_s < STEER_EVERY_S:
            return []
        if bpm is not None and low <= bpm < high:
            return []
        self._steered_s = self._done_s
        supported = facts.ranges.get("speed_kmh")
        least_kmh = supported.increment if supported else 0.0
        if bpm is not None and bpm < low:
            return [Wish("speed_kmh", speed_kmh + max(RAISE_KMH, least_kmh))]
        # Too high, or not heard: down.
        slower_kmh = speed_kmh - max(LOWER_KMH, least_kmh)
        return [Wish("speed_kmh", slower_kmh, "alarm" if bpm is None else "plan")]
