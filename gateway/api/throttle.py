"""How often a client may show a wrong token, password or code. Pure: time is an argument."""

from collections import OrderedDict, deque
from typing import Final

WINDOW_S: Final = 60.0
# Clients remembered at once; the one that failed longest ago is forgotten first.
MAX_CLIENTS: Final = 1024


class FailureThrottle:
    """Counts failures of each client in the last minute."""

    def __init__(self, *, limit: int, window_s: float = WINDOW_S, max_clients: int = MAX_CLIENTS) -> None:
        self._limit = limit
        self._window_s = window_s
        self._max_clients = max_clients
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failures)

    def wait_s(self, client: str, now_s: float) -> float:
        """Return how long the client has to wait; 0 when it need not."""
        failures = self._failures.get(client)
        if failures is None or len(failures) < self._limit:
            return 0.0
        return max(0.0, failures[0] + self._window_s - now_s)

    def failed(self, client: str, now_s: float) -> None:
        """Note a failure."""
        failures = self._failures.pop(client, None) or deque(maxlen=self._limit)
        failures.append(now_s)
        self._failures[client] = failures
        while len(self._failures) > self._max_clients:
            self._failures.popitem(last=False)

    def forgive(self, client: str) -> None:
        """Take back the last failure, which was noted before it was known to be one."""
        failures = self._failures.get(client)
        if failures:
            failures.pop()
