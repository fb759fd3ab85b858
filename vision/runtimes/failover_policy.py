"""When an accelerator is given up, and when it is tried again. Pure: told the time and what happened."""

from __future__ import annotations

from dataclasses import dataclass

_REMEMBERED = 0.9  # share of the usual time that one more inference leaves as it was


@dataclass(frozen=True, slots=True, kw_only=True)
class FailoverLimits:
    """How patient a box is with its accelerator; counting goes on within two seconds of its last answer."""

    factor: float = 10.0
    """How many times as long as usual an inference may take,"""
    least_s: float = 0.5
    """but never less than this: a busy machine is no broken accelerator,"""
    most_s: float = 1.5
    """and never more than this."""
    start_s: float = 20.0
    """How long loading a model may take; nobody waits for it."""
    first_retry_s: float = 10.0
    longest_retry_s: float = 300.0
    settled_s: float = 60.0
    """After working for so long, its past is forgotten."""


class FailoverPolicy:
    """Retries come twice as late each time until the accelerator works for a while; they never end."""

    def __init__(self, limits: FailoverLimits | None = None) -> None:
        self.limits = limits or FailoverLimits()
        self._usual_s: float | None = None
        self._failures = 0
        self._retry_s = float("-inf")
        self._promoted_s: float | None = None

    @property
    def deadline_s(self) -> float:
        """How long the next inference may take."""
        limits = self.limits
        return min(max(limits.factor * (self._usual_s or 0.0), limits.least_s), limits.most_s)

    def answered(self, took_s: float) -> None:
        """An inference came back in time."""
        usual_s = took_s if self._usual_s is None else self._usual_s
        self._usual_s = _REMEMBERED * usual_s + (1 - _REMEMBERED) * took_s

    def promoted(self, now_s: float) -> None:
        """The accelerator works from now on."""
        self._promoted_s, self._usual_s = now_s, None

    def failed(self, now_s: float) -> None:
        """The accelerator, or the attempt to start it, failed."""
        limits = self.limits
        if self._promoted_s is not None and now_s - self._promoted_s >= limits.settled_s:
            self._failures = 0
        self._promoted_s = None
        # 2**20 retries is beyond every limit; without the bound a long-lived failure would overflow.
        delay_s = limits.first_retry_s * 2.0 ** min(self._failures, 20)
        self._failures += 1
        self._retry_s = now_s + min(delay_s, limits.longest_retry_s)

    def may_start(self, now_s: float) -> bool:
        """Whether it is time to try the accelerator."""
        return now_s >= self._retry_s
