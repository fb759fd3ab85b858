"""How many messages one device may send: a token bucket, so that a flood costs others nothing."""


class TokenBucket:
    """Holds up to `burst` tokens, gains `per_s` of them a second; starts full."""

    __slots__ = ("_at_s", "_burst", "_per_s", "_tokens")

    def __init__(self, per_s: float, burst: float) -> None:
        """Both must be positive, and a burst at least one.

        Raises:
            ValueError: they are not.
        """
        if per_s <= 0.0 or burst < 1.0:
            raise ValueError(f"a bucket needs a positive rate and room for one, not {per_s} and {burst}")
        self._per_s = per_s
        self._burst = burst
        self._tokens = burst
        self._at_s = float("-inf")

    def take(self, now_s: float) -> bool:
        """Take one token at `now_s` (monotonic seconds); False when there is none."""
        tokens = self._tokens
        if now_s > self._at_s:
            tokens += (now_s - self._at_s) * self._per_s
            self._at_s = now_s
        tokens = min(tokens, self._burst)
        if tokens < 1.0:
            self._tokens = tokens
            return False
        self._tokens = tokens - 1.0
        return True
