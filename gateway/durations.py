"""How long something took, counted in buckets as Prometheus wants them; safe from any thread."""

import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Tally:
    """Durations of one kind.

    Attributes:
        counts: for each bound, how many took no longer.
        total_s: all together.
        number: how many there were, those above the last bound included.
    """

    counts: tuple[int, ...]
    total_s: float
    number: int


class Durations:
    """Durations by name."""

    def __init__(self, bounds_s: Sequence[float]) -> None:
        """`bounds_s` rise; what takes longer than the last counts in the number alone."""
        self.bounds_s = tuple(bounds_s)
        self._lock = threading.Lock()
        self._counts: dict[str, list[int]] = {}
        self._total_s: dict[str, float] = {}

    def add(self, name: str, duration_s: float) -> None:
        """Count one."""
        place = bisect_left(self.bounds_s, duration_s)
        with self._lock:
            self._counts.setdefault(name, [0] * (len(self.bounds_s) + 1))[place] += 1
            self._total_s[name] = self._total_s.get(name, 0.0) + duration_s

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        """Count what happens inside, also when it fails."""
        begun_s = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - begun_s)

    def tallies(self) -> Mapping[str, Tally]:
        """Return what was counted, by name."""
        with self._lock:
            return {
                name: Tally(tuple(accumulate(counts[:-1])), self._total_s[name], sum(counts))
                for name, counts in self._counts.items()
            }
