"""What is known of one person's heart, from session to session: a filter that keeps no recordings.

Between two sessions the belief grows less sure, as people change (the prediction step of a Kalman filter with
a random walk; Sarkka, "Bayesian Filtering and Smoothing", 2013, chapters 4 and 5); a session makes it surer
(the update, by `recommender.heart_response.fitting`). It starts as what is believed of anybody.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.heart_response.fitting import UNITS, TooShortError, fit

if TYPE_CHECKING:
    from datetime import date

    from recommender.heart_response.fitting import Belief, Unit
    from recommender.heart_response.recording import Recording

FORGOTTEN_DAYS: Final = 365.0
"""Time constant with which a belief grows as unsure as of anybody: after a month without a session the load
at a rate is known to a tenth, which is what a month of training, or without it, may change."""
DAY_BPM: Final = 3.0
"""So much quicker or slower a heart beats on another day (Lamberts et al., J. Strength Cond. Res. 18 (2004)
641-645: 1.1 to 1.4 % at hard work, and more at light work: 23 (2009) 1005-1010)."""
_ANOTHER_DAY: Final = np.diag([DAY_BPM**2, 0.0, 0.0, 0.0, 0.0, 0.0])


class UnknownUnitError(ValueError):
    """Nothing is known of how people answer to loads in this unit; the text says which are known."""


@dataclass(frozen=True, slots=True)
class KnownHeart:
    """What is known of one person, for loads in one unit.

    Attributes:
        unit: of the loads, one of `UNITS` by name.
        belief: after the last session.
        sessions: how many it was learned from.
        last_day: of the last of them; None before the first.
    """

    unit: str
    belief: Belief
    sessions: int = 0
    last_day: date | None = None

    def on(self, day: date) -> Belief:
        """What is believed on a day: the less sure the longer the last session is ago."""
        if self.last_day is None or day <= self.last_day:
            return self.belief
        days = (day - self.last_day).days
        aged = self.belief.aged(1 - math.exp(-days / FORGOTTEN_DAYS), unit_named(self.unit).belief)
        return replace(aged, covariance=aged.covariance + _ANOTHER_DAY)

    def after(self, session: Recording, day: date) -> KnownHeart:
        """What is known after a session; the same as before when it has too few rates to learn from.

        Args:
            session: loads in this heart's unit.
            day: of the session; one before the last session counts as of that day.
        """
        try:
            belief = fit(session, self.on(day)).belief
        except TooShortError:
            return self
        last_day = day if self.last_day is None else max(day, self.last_day)
        return replace(self, belief=belief, sessions=self.sessions + 1, last_day=last_day)


def unknown_heart(unit: str) -> KnownHeart:
    """What is known before the first session: what people are like.

    Raises:
        UnknownUnitError: there is no such unit.
    """
    return KnownHeart(unit, unit_named(unit).belief)


def unit_named(name: str) -> Unit:
    """The unit of this name.

    Raises:
        UnknownUnitError: there is no such unit.
    """
    for unit in UNITS:
        if unit.name == name:
            return unit
    raise UnknownUnitError(f"unknown unit {name!r} of a load: choose from {', '.join(u.name for u in UNITS)}")
