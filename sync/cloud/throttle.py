"""How often somebody may be wrong. Pure: time is an argument. One process counts for itself."""

from collections import OrderedDict, deque
from typing import Final

LIMIT: Final = 10
WINDOW_S: Final = 60.0
# Keys remembered at once; the one that was wrong longest ago is forgotten first.
MAX_KEYS: Final = 4096


class FailureThrottle:
    """Counts what each key got wrong within the window.

    Who tries says `failed` before it is known whether it is wrong, and `succeeded` afterwards: so those who
    try many at once are counted too.
    """

    def __init__(self, *, limit: int = LIMIT, window_s: float = WINDOW_S, max_keys: int = MAX_KEYS) -> None:
        self._limit = limit
        self._window_s = window_s
        self._max_keys = max_keys
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failures)

    def wait_s(self, key: str, now_s: float) -> float:
        """Return how long the key has to wait until it may try; 0 when it need not."""
        failures = self._failures.get(key)
        if failures is None or len(failures) < self._limit:
            return 0.0
        return max(0.0, failures[0] + self._window_s - now_s)

    def failed(self, key: str, now_s: float) -> None:
        """Count one."""
        failures = self._failures.pop(key, None) or deque(maxlen=self._limit)
        failures.append(now_s)
        self._failures[key] = failures
        while len(self._failures) > self._max_keys:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """Take the last one back: it was right."""
        failures = self._failures.get(key)
        if failures:
            failures.pop()
            if not failures:
                del self._failures[key]
