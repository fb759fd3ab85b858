"""Heart rates foretold from the load, beside the last rate held and the parameters of the population.

Of simulated members whom no constant was fitted to: intervals on a treadmill, by a heart with a second lag
and a wander that the fitted model does not have. Not real people; `gymbox heart-rate` takes recordings.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from recommender.heart_response.evaluation import forecast_all
from recommender.heart_response.model import simulate
from recommender.heart_response.recording import Recording
from recommender.simulation.people import draw_person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator

SEED = 9002
STEP_S = 2.0
BOUT_S = 120.0
MINUTES = 30
FIT_S = 600.0
FASTEST_KMH = 15.0
"""What a load of 1 is taken to be."""
SECOND_LAG_S = 10.0
WANDER_BPM = 0.7
WANDER_KEPT = 0.97


@dataclass(frozen=True, slots=True)
class Errors:
    """Medians over people, root-mean-square in bpm."""

    people: int
    ours_bpm: float
    held_bpm: float
    population_bpm: float

    @property
    def gain(self) -> float:
        """By which share ours is lower than the better of the two baselines."""
        return 1 - self.ours_bpm / min(self.held_bpm, self.population_bpm)


def measure(people: int) -> Errors:
    """Fit each on ten minutes and foretell the other twenty."""
    chance = np.random.default_rng(SEED)
    recordings = {str(number): _recording(chance) for number in range(people)}
    forecasts = forecast_all(recordings, FIT_S)[1].values()

    def median(name: str) -> float:
        return float(np.median([getattr(each, name) for each in forecasts]))

    return Errors(people, median("rmse_bpm"), median("held_rmse_bpm"), median("population_rmse_bpm"))


def _recording(chance: Generator) -> Recording:
    heart = draw_person(chance)[1].heart
    heart = replace(heart, gain=heart.gain / FASTEST_KMH)
    times_s = np.arange(0.0, MINUTES * 60.0, STEP_S)
    bouts = chance.uniform(0.2, 0.85, math.ceil(times_s[-1] / BOUT_S) + 1)
    speeds = np.round(bouts[(times_s // BOUT_S).astype(int)] * FASTEST_KMH, 1)
    rates = simulate(np.array([astuple(heart)]), times_s, speeds, heart.rest_bpm)[0]
    felt, wander, shown = rates[0], 0.0, []
    for rate, push in zip(rates, chance.normal(0.0, WANDER_BPM, len(rates)), strict=True):
        felt += (rate - felt) * STEP_S / SECOND_LAG_S
        wander = WANDER_KEPT * wander + push
        shown.append(round(felt + wander))
    return Recording(times_s, speeds, np.array(shown, float))


def table(errors: Errors) -> Iterator[str]:
    """For people."""
    yield f"heart rate of {errors.people} simulated people, 20 minutes from the first 10: median RMSE in bpm"
    held, population = errors.held_bpm, errors.population_bpm
    yield f"ours {errors.ours_bpm:.1f}, last held {held:.1f}, population {population:.1f}"
    yield f"lower than the better of the two by {100 * errors.gain:.0f} %"
