"""When things happen in a capture process: pure, the time is always given."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LATE_S = 0.25
"""A file's frame this late is passed over, so that the file keeps its own pace."""
_GIVE_UP_S = 1.0  # later than this, the file goes on from now; it does not race after lost time
_MAX_STEP_S = 3.0  # a gap in a file's own times is not waited out for longer
_MIN_STEP_S = 0.001
_NOMINAL_STEP_S = 1 / 25
_LAG_WINDOW_S = 120.0  # long against a lag that creeps up, short against two clocks that drift apart
_BEHIND_S = 1.0
_PATIENCE_S = 2.0  # a reader that was only held up has caught up by then
_TURNED_BACK_S = 0.5  # more than pictures change places between coding and showing


class RateGate:
    """Lets through as many frames a second as are wanted: those nearest to an even beat."""

    def __init__(self, fps: float) -> None:
        """Start with this rate; nothing is wanted at zero. ``fps`` may be changed by any thread."""
        self.fps = fps
        self._beat_s = float("-inf")
        self._period_s = 0.0
        self._before_s = float("-inf")

    def is_due(self, time_s: float) -> bool:
        """Whether a frame of this moment would not come before its beat; asking changes nothing."""
        fps = self.fps
        return fps > 0 and (1 / fps != self._period_s or time_s >= self._beat_s)

    def wants(self, time_s: float) -> bool:
        """Whether the frame of this moment is wanted."""
        fps = self.fps
        if fps <= 0:
            return False
        period_s = 1 / fps
        # A frame may come before its beat by half of the source's own step, for the next is further off.
        early_s = min(time_s - self._before_s, period_s) / 2
        self._before_s = time_s
        if period_s != self._period_s or time_s - self._beat_s > period_s:
            self._period_s, self._beat_s = period_s, time_s
        if time_s < self._beat_s - early_s:
            return False
        self._beat_s += period_s
        return True

    def missed(self) -> None:
        """The frame that was wanted could not be had: the next one is wanted in its place."""
        self._beat_s = float("-inf")


class FilePacer:
    """Turns positions in a file, pass after pass, into moments of one unbroken monotonic time."""

    def __init__(self) -> None:
        """Begin before the first frame."""
        self._due_s: float | None = None
        self._position_s: float | None = None
        self._step_s = _NOMINAL_STEP_S

    def begin_pass(self) -> None:
        """The file starts over: its first frame follows the last by one ordinary step."""
        self._position_s = None

    def due_s(self, position_s: float, now_s: float, *, held: bool = False) -> float:
        """When the frame at this position is to be shown; a file that was ``held`` never hurries after it."""
        if self._due_s is None:
            self._due_s = now_s
        else:
            if self._position_s is not None:
                self._step_s = min(max(position_s - self._position_s, _MIN_STEP_S), _MAX_STEP_S)
            self._due_s += self._step_s
        if now_s - self._due_s > (0.0 if held else _GIVE_UP_S):
            self._due_s = now_s
        self._position_s = position_s
        return self._due_s


class LagMeter:
    """How far behind a live source its reader is, against the quickest picture of the last minutes."""

    def __init__(self) -> None:
        """Begin before the first picture."""
        self._since_s = self._position_s = float("-inf")
        self._least_s = self._least_before_s = float("inf")

    def lag_s(self, position_s: float, now_s: float) -> float:
        """The lag of the picture that stands here in the stream and was read now; 0 for the first."""
        if position_s < self._position_s - _TURNED_BACK_S:  # the source's clock was set back
            self._since_s, self._least_s = float("-inf"), float("inf")
        self._position_s = position_s
        if now_s - self._since_s > _LAG_WINDOW_S:
            self._since_s, self._least_before_s, self._least_s = now_s, self._least_s, float("inf")
        delay_s = now_s - position_s
        self._least_s = min(self._least_s, delay_s)
        return delay_s - min(self._least_s, self._least_before_s)


class KeepUp:
    """Tells the reader of a live source which pictures to leave out so as not to fall further behind."""

    def __init__(self) -> None:
        """Begin before the first picture."""
        self._lag = LagMeter()
        self._behind_since_s: float | None = None
        self._began_at_lag_s = float("inf")
        self._believes = True

    def leaves_out(self, position_s: float, now_s: float, *, key: bool) -> bool:
        """Whether this picture is to be left out, with all up to the next that needs no other (``key``).

        Leaving out gains time at once. Where it does not, the source's clock is wrong and never heeded again.
        """
        lag_s = self._lag.lag_s(position_s, now_s)
        if lag_s <= _BEHIND_S:
            self._behind_since_s = None
        elif self._behind_since_s is None:
            self._behind_since_s = now_s
        behind = self._behind_since_s is not None and now_s - self._behind_since_s > _PATIENCE_S
        if key and behind and lag_s >= self._began_at_lag_s:
            self._believes = False
        leaves_out = self._believes and behind and not key
        self._began_at_lag_s = min(self._began_at_lag_s, lag_s) if leaves_out else float("inf")
        return leaves_out


@dataclass(slots=True)
class Backoff:
    """How long to wait before a source is opened again: doubling, with jitter, for ever."""

    random: Callable[[], float]
    """Uniform in 0..1."""
    first_s: float = 0.5
    most_s: float = 10.0
    _failures: int = 0

    def next_s(self) -> float:
        """Wait this long after one more failure: between three quarters and all of the step."""
        step_s: float = min(self.most_s, self.first_s * 2 ** min(self._failures, 16))
        self._failures += 1
        return step_s * (0.75 + 0.25 * self.random())

    def reset(self) -> None:
        """The source has worked for a while."""
        self._failures = 0


@dataclass(slots=True)
class RateMeter:
    """Events a second over the last few seconds."""

    window_s: float = 3.0
    _times: deque[float] = field(default_factory=lambda: deque(maxlen=1024))
    _since_s: float | None = None

    def mark(self, now_s: float) -> None:
        """Note an event."""
        if self._since_s is None:
            self._since_s = now_s
        self._times.append(now_s)

    def per_second(self, now_s: float) -> float:
        """The rate, over the window or, in the beginning, over the time since the first event."""
        while self._times and now_s - self._times[0] > self.window_s:
            self._times.popleft()
        if not self._times or self._since_s is None:
            return 0.0
        return len(self._times) / max(min(self.window_s, now_s - self._since_s), 1.0)
