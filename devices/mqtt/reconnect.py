"""When to try the broker again: a pure policy, told what failed, answers how long to wait."""

import random as _random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

Failure = Literal[
    "unreachable",  # no connection came about: refused port, no route, no answer
    "lost",  # an established connection ended
    "refused",  # the broker, or our trust in it, said no: only a person can change that
    "version",  # the broker made nothing of our first word: it may know another version of MQTT
]

_MAX_EXPONENT: Final = 64  # keeps the power finite on a box that is offline for years


@dataclass(frozen=True, slots=True)
class BackoffSettings:
    """How patient to be, in seconds.

    `stable_s`: a connection that lived this long starts the count anew; a shorter one is a failed
    attempt, or a broker that accepts and drops us would be hammered. `refused_s`: a wrong password
    tried twice a second looks like an attack and gets boxes banned.
    """

    first_s: float = 0.5
    factor: float = 1.8
    cap_s: float = 15.0
    refused_s: float = 30.0
    stable_s: float = 10.0
    jitter: float = 0.25  # fraction either way, so that a gym's boxes do not return in step


class Backoff:
    """Counts failed attempts and spaces the next one."""

    def __init__(
        self,
        settings: BackoffSettings | None = None,
        *,
        random: Callable[[], float] = _random.random,
    ) -> None:
        """`random` gives numbers in [0, 1)."""
        self._settings = settings or BackoffSettings()
        self._random = random
        self.attempts = 0

    def after(self, failure: Failure, *, connected_s: float = 0.0) -> float:
        """Seconds to wait now that an attempt, or a connection of `connected_s`, has ended."""
        if connected_s >= self._settings.stable_s:
            self.attempts = 0
        self.attempts += 1
        if failure == "refused":
            delay_s = self._settings.refused_s
        else:
            exponent = min(self.attempts - 1, _MAX_EXPONENT)
            delay_s = min(self._settings.first_s * self._settings.factor**exponent, self._settings.cap_s)
        return delay_s * (1 + self._settings.jitter * (2 * self._random() - 1))
