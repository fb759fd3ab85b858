"""The mean heart rate of a workout, by the same first-order answer to load that the box fits to people."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.heart_response.model import simulate
from recommender.prescription import LONGEST_MINUTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from recommender.heart_response.model import Response
    from recommender.prescription import WorkoutType

STEP_MINUTES: Final = 2.0
WARM_UP_MINUTES: Final = 6.0
LOADS: Final = np.linspace(0.0, 1.0, 6)
SHARE_OF_LOAD: Final[Mapping[WorkoutType, float]] = {
    "steady": 1.0, "intervals": 1.0, "resistance": 0.8, "mobility": 0.6,
}  # fmt: skip
"""Sets with rests and stretching ask less of a heart than running that feels as hard: guesses."""


@dataclass(frozen=True, slots=True)
class HeartRates:
    """One person's mean heart rate by load and duration.

    Attributes:
        means_bpm: (loads, steps) from the start of a workout to each time.
    """

    means_bpm: NDArray[np.float64]

    @classmethod
    def of(cls, response: Response) -> HeartRates:
        """Simulate two hours at every load of a grid.

        Args:
            response: For loads that are shares of the highest.
        """
        times_s = np.arange(0.0, LONGEST_MINUTES + STEP_MINUTES, STEP_MINUTES) * 60.0
        shape = np.where(times_s < WARM_UP_MINUTES * 60.0, 0.5, 1.0)
        persons = np.array([astuple(response)] * len(LOADS))
        persons[:, 1] *= LOADS  # the same load on a gain scaled down is a load scaled down
        rates = simulate(persons, times_s, shape, response.rest_bpm)
        return cls(np.cumsum(rates, axis=1) / np.arange(1, len(times_s) + 1))

    def mean_bpm(self, workout_type: WorkoutType, minutes: float, intensity_score: float) -> float:
        """Mean over a workout; an intensity of 1 is about 57 % of the maximum and 5 about 93 %."""
        load = (0.13 + 0.15 * intensity_score) * SHARE_OF_LOAD[workout_type]
        at = min(round(minutes / STEP_MINUTES), self.means_bpm.shape[1] - 1)
        return float(np.interp(load, LOADS, self.means_bpm[:, at]))
