"""What a session adds up to: sets, heart rate, treadmill. Pure: events with their times in, sums out.

All times are seconds since the session began, so that a session can go on after a restart of the box.
"""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from recommender.heart_rate import HeartRateSummary, HeartRateTally
from vision.counting.form import Form, Verdict

# A longer rest than this begins a new set, even of the same exercise.
SET_PAUSE_S: Final = 60.0
# A value holds until the next one, but no longer than it takes to become stale.
HOLD_S: Final = 4.0
# Reps beyond these are counted but not listed, so that a record stays small enough to send.
MAX_LISTED_REPS: Final = 1000
# Should a counter ever flap between exercises, later reps join an earlier set of theirs.
MAX_SETS: Final = 200
# No belt runs faster; a counter that jumps further than this was reset or garbled.
MAX_BELT_M_PER_S: Final = 30 / 3.6
# Machines count in steps and tell late; this much is never suspicious.
COUNTER_SLACK_M: Final = 20.0
# Over less than this a mean is a matter of rounding.
_SHORTEST_MOVE_S: Final = 0.001
# Stands in where a member's maximum is unknown: then the zones are left out of the report.
_ANY_MAXIMUM_BPM: Final = 200.0


@dataclass(frozen=True, slots=True)
class ListedRep:
    """One repetition as it is kept; what earlier versions did not keep is None."""

    at_s: float
    tempo_s: float
    depth: float
    partial: bool
    verdict: Verdict | None = None
    range_of_motion: float | None = None
    eccentric_s: float | None = None
    concentric_s: float | None = None


@dataclass(slots=True)
class SetSum:
    """Repetitions of one exercise without a long pause."""

    exercise: str
    started_s: float
    ended_s: float
    reps: int = 0
    partials: int = 0
    tempo_sum_s: float = 0.0
    verdicts: dict[Verdict, int] = field(default_factory=dict)
    listed: list[ListedRep] = field(default_factory=list)

    @property
    def mean_tempo_s(self) -> float | None:
        """Mean time of a full repetition."""
        return self.tempo_sum_s / self.reps if self.reps else None


@dataclass(slots=True)
class SetLog:
    """Splits repetitions into sets."""

    sets: list[SetSum] = field(default_factory=list)
    listed: int = 0

    def add(
        self,
        exercise: str,
        *,
        started_s: float,
        ended_s: float,
        depth: float,
        partial: bool,
        form: Form | None = None,
    ) -> None:
        """Take one repetition, in the order in which they ended."""
        started_s = max(0.0, started_s)
        ended_s = max(started_s, ended_s)
        current = self._current(exercise, started_s)
        current.ended_s = max(current.ended_s, ended_s)
        tempo_s = ended_s - started_s
        if partial:
            current.partials += 1
        else:
            current.reps += 1
            current.tempo_sum_s += tempo_s
        form = form or Form()
        if form.verdict is not None:
            current.verdicts[form.verdict] = current.verdicts.get(form.verdict, 0) + 1
        if self.listed < MAX_LISTED_REPS:
            self.listed += 1
            current.listed.append(
                ListedRep(
                    at_s=round(ended_s, 3),
                    tempo_s=round(tempo_s, 3),
                    depth=round(depth, 3),
                    partial=partial,
                    verdict=form.verdict,
                    range_of_motion=form.range_of_motion,
                    eccentric_s=form.eccentric_s,
                    concentric_s=form.concentric_s,
                )
            )

    def totals(self) -> tuple[dict[str, int], dict[str, int]]:
        """Full and partial repetitions of the session, by exercise."""
        reps: Counter[str] = Counter()
        partials: Counter[str] = Counter()
        for each in self.sets:
            reps[each.exercise] += each.reps
            partials[each.exercise] += each.partials
        return dict(reps), dict(partials)

    def _current(self, exercise: str, started_s: float) -> SetSum:
        if self.sets:
            last = self.sets[-1]
            if last.exercise == exercise and started_s - last.ended_s <= SET_PAUSE_S:
                return last
        if len(self.sets) >= MAX_SETS:
            earlier = next((each for each in reversed(self.sets) if each.exercise == exercise), None)
            if earlier is not None:
                return earlier
        self.sets.append(SetSum(exercise, started_s, started_s))
        return self.sets[-1]


@dataclass(slots=True)
class BeltLog:
    """Adds up a treadmill: distance by its counter's differences, speed over the time the belt moved."""

    distance_m: float = 0.0
    counter_m: float | None = None
    counter_at_s: float = 0.0
    speed_kmh: float | None = None
    speed_at_s: float = 0.0
    max_speed_kmh: float | None = None
    moving_s: float = 0.0
    speed_seconds: float = 0.0
    heard: bool = False

    def add_distance(self, at_s: float, counter_m: float) -> None:
        """Take the machine's total; where it starts is nothing, and neither is a jump no belt can make."""
        self.heard = True
        before_m, before_s = self.counter_m, self.counter_at_s
        self.counter_m, self.counter_at_s = counter_m, max(before_s, at_s)
        if before_m is None:
            return
        # A counter that went back was reset: what it shows now was run since.
        gained_m = counter_m - before_m if counter_m >= before_m else counter_m
        if 0.0 <= gained_m <= max(0.0, at_s - before_s) * MAX_BELT_M_PER_S + COUNTER_SLACK_M:
            self.distance_m += gained_m

    def add_speed(self, at_s: float, speed_kmh: float) -> None:
        """Take the belt's speed; it holds until the next one or until it is stale."""
        self.heard = True
        self.settle(at_s)
        self.speed_kmh, self.speed_at_s = speed_kmh, max(self.speed_at_s, at_s)
        self.max_speed_kmh = max(self.max_speed_kmh or 0.0, speed_kmh)

    def settle(self, at_s: float) -> None:
        """Credit the last speed up to now; from here on the speed is unknown."""
        if self.speed_kmh:
            held_s = min(max(0.0, at_s - self.speed_at_s), HOLD_S)
            self.moving_s += held_s
            self.speed_seconds += held_s * self.speed_kmh
        self.speed_kmh = None

    @property
    def mean_speed_kmh(self) -> float | None:
        """Mean speed while the belt moved; None when it hardly did."""
        return self.speed_seconds / self.moving_s if self.moving_s >= _SHORTEST_MOVE_S else None


class Progress:
    """Everything that one session adds up to."""

    def __init__(self, *, maximum_bpm: float | None, resumed: HeartRateSummary | None = None) -> None:
        """Begin with nothing; `maximum_bpm` is the member's, when it is known."""
        self.maximum_bpm = maximum_bpm
        self.sets = SetLog()
        self.belt = BeltLog()
        self.heart = HeartRateTally(
            maximum_bpm=maximum_bpm or _ANY_MAXIMUM_BPM, max_gap_s=HOLD_S, resumed=resumed
        )
        self.last_activity_s = 0.0

    def add_rep(
        self,
        exercise: str,
        *,
        started_s: float,
        ended_s: float,
        depth: float,
        partial: bool,
        form: Form | None = None,
    ) -> None:
        """Take one repetition."""
        self.sets.add(exercise, started_s=started_s, ended_s=ended_s, depth=depth, partial=partial, form=form)
        self._active(ended_s)

    def add_heart_rate(self, at_s: float, bpm: float) -> None:
        """Take one heart rate."""
        self.heart.add(at_s, bpm)
        self._active(at_s)

    def add_distance(self, at_s: float, counter_m: float) -> None:
        """Take the treadmill's distance counter."""
        self.belt.add_distance(at_s, counter_m)

    def add_speed(self, at_s: float, speed_kmh: float) -> None:
        """Take the treadmill's speed."""
        self.belt.add_speed(at_s, speed_kmh)
        if speed_kmh > 0.0:
            self._active(at_s)

    def somebody_there(self, at_s: float) -> None:
        """Take that the person was seen or touched the screen."""
        self._active(at_s)

    def settle(self, at_s: float) -> None:
        """Credit what still holds up to now, before a report; more may follow if it cannot be stored."""
        self.belt.settle(at_s)
        self.heart.add(at_s, None)

    def _active(self, at_s: float) -> None:
        self.last_activity_s = max(self.last_activity_s, at_s)

    def to_state(self) -> dict[str, Any]:
        """Write everything down as JSON values, for a restart."""
        heart = self.heart.summary()
        return {
            "sets": [asdict(each) for each in self.sets.sets],
            "belt": asdict(self.belt),
            "heart": None if heart is None else asdict(heart),
            "last_activity_s": self.last_activity_s,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any], *, maximum_bpm: float | None) -> Self:
        """Go on from what `to_state` wrote."""
        heart = state["heart"]
        if heart is not None:
            heart = HeartRateSummary(**{**heart, "seconds_in_zone": tuple(heart["seconds_in_zone"])})
        progress = cls(maximum_bpm=maximum_bpm, resumed=heart)
        for each in state["sets"]:
            room = MAX_LISTED_REPS - progress.sets.listed  # earlier versions listed more
            listed = [ListedRep(**rep) for rep in each["listed"][:room]]
            progress.sets.sets.append(SetSum(**{**each, "listed": listed}))
            progress.sets.listed += len(listed)
        progress.belt = BeltLog(**state["belt"])
        progress.last_activity_s = state["last_activity_s"]
        return progress
