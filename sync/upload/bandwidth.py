"""How fast bytes may leave: a token bucket, pure; the time comes from outside."""

from typing import Final

# A second's worth may leave at once: smooth enough for a gym's line, and few wake-ups.
_BURST_S: Final = 1.0


class TokenBucket:
    """Lets through a number of bytes a second on average; without a rate, everything."""

    def __init__(self, rate_bytes_s: float | None, *, now_s: float) -> None:
        """Begin full.

        Args:
            rate_bytes_s: Bytes a second; None for no bound.
            now_s: Monotonic seconds.

        Raises:
            ValueError: The rate is not positive.
        """
        if rate_bytes_s is not None and rate_bytes_s <= 0:
            raise ValueError(f"a rate must be positive, not {rate_bytes_s} bytes a second")
        self.rate_bytes_s = rate_bytes_s
        self._tokens = (rate_bytes_s or 0.0) * _BURST_S
        self._at_s = now_s

    def take(self, size: int, now_s: float) -> float:
        """Take that many bytes; returns the seconds to wait before they may leave.

        More than the bucket holds is lent, and paid back by whoever takes next.
        """
        if self.rate_bytes_s is None:
            return 0.0
        gained = max(0.0, now_s - self._at_s) * self.rate_bytes_s
        self._tokens = min(self._tokens + gained, self.rate_bytes_s * _BURST_S) - size
        self._at_s = max(self._at_s, now_s)
        return max(0.0, -self._tokens / self.rate_bytes_s)
