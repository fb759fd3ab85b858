"""When a child process that ended is started again. Pure: told the time, asked for the delay."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartLimits:
    """How patient the box is with a child that keeps ending."""

    cap: int = 5
    """Restarts within `window_s` before the child is given time to think."""
    window_s: float = 60.0
    """Also how long a child must run before its past is forgotten."""
    first_s: float = 0.5
    longest_s: float = 30.0
    slow_s: float = 30.0
    """Pace of the attempts once the cap is hit; they never end, since nobody drives to the box."""
    jitter: float = 0.2
    """Share by which a delay varies, so that children that died together do not start together."""


@dataclass(frozen=True, slots=True)
class Restart:
    """The verdict after an exit."""

    delay_s: float
    degraded: bool
    recent: int
    """Exits within the window, this one included."""


class RestartPolicy:
    """Exponential backoff; a child over the cap is retried slowly until it runs for a whole window."""

    def __init__(
        self,
        *,
        limits: RestartLimits | None = None,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._limits = limits or RestartLimits()
        self._uniform = uniform
        self._exits: deque[float] = deque(maxlen=self._limits.cap + 1)
        self._in_a_row = 0
        self._degraded = False

    def exited(self, *, now_s: float, ran_s: float) -> Restart:
        """Note that the child ended after running for `ran_s`; returns when to start it again."""
        limits = self._limits
        if ran_s >= limits.window_s:
            self._exits.clear()
            self._in_a_row, self._degraded = 0, False
        self._exits.append(now_s)
        self._in_a_row += 1
        recent = sum(1 for at_s in self._exits if now_s - at_s < limits.window_s)
        self._degraded = self._degraded or recent > limits.cap
        return Restart(self._delay_s(), self._degraded, recent)

    def _delay_s(self) -> float:
        limits = self._limits
        if self._degraded:
            return limits.slow_s
        # 2**30 s is beyond every limit; without the bound a long-lived failure would overflow.
        delay_s = limits.first_s * 2.0 ** min(self._in_a_row - 1, 30)
        delay_s *= self._uniform(1 - limits.jitter, 1 + limits.jitter)
        return min(max(delay_s, limits.first_s), limits.longest_s)
