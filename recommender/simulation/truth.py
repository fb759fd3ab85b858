"""What would serve a member best on one day, and what any workout would do: what no record tells.

A workout serves fully at the minutes and the intensity that suit the day, and the less the further it is off,
more quickly so when it is too hard than when it is too easy: Busso's parabola of load and effect (see
`recommender/simulation/body.py`), with widths that are guesses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.exertion import COMPLETED, RPE_PER_INTENSITY, WORTH, wanted_rpe
from recommender.history import HIGHEST_RPE, LOWEST_RPE
from recommender.prescription import WORKOUT_TYPES, Prescription, within_range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from recommender.person import Person, TrainingPhase
    from recommender.simulation.body import Body
    from recommender.simulation.people import Traits

OWN_INTENSITY: Final = 0.4
OWN_MINUTES: Final = 0.8
"""How far people move from what was prescribed to what suits them: most stay as long as they like."""
TYPE_RPE: Final = np.array([0.0, 0.3, 0.0, -0.4])
"""How much harder a kind of workout feels, in the order of WORKOUT_TYPES."""
OWN_SPREAD: Final = 0.03
"""By how much (logarithm) they stay longer or shorter than what suits them."""
BREAKS_OFF: Final = 4.6
"""Log-odds of not breaking off."""
LENGTH_RPE: Final = 1.5
"""Points of exertion for each e-fold of minutes above those that suit."""
PHASE_MINUTES: Final[Mapping[TrainingPhase, float]] = {
    "base": 0.9,
    "build": 1.0,
    "hypertrophy": 1.0,
    "strength": 1.0,
    "peak": 0.85,
    "deload": 0.75,
    "rehab": 0.65,
}
STRAIN_MINUTES: Final = 0.05
"""So much shorter, as a share, is what suits for each point of strain."""

_LOGISTIC_SPREAD: Final = math.sqrt(3) / math.pi
"""A logistic distribution of this scale has the spread 1."""
_MINUTES_WIDTH: Final = 0.45
_EASIER_WIDTH: Final = 1.2
_HARDER_WIDTH: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One member on one day.

    Attributes:
        suited: what would serve them best: the capacity of the day.
        fitness: 1 is what their usual training keeps up.
        fatigue: likewise.
        strain: points of exertion that everything costs more today.
        injury: 1 fresh to 0 healed.
        adherence: log-odds by which they complete plans more than others.
        worth: of each kind of workout for their goal, in the order of WORKOUT_TYPES.
    """

    suited: Prescription
    fitness: float
    fatigue: float
    strain: float
    injury: float
    adherence: float
    worth: tuple[float, ...]

    def answers(self, types: NDArray[np.int64], prescriptions: NDArray[np.float64]) -> NDArray[np.float64]:
        """What workouts would do if they were prescribed today.

        Args:
            types: (n,) indices into WORKOUT_TYPES.
            prescriptions: (n, 2) minutes and intensity.

        Returns:
            (n, 3): training effect, 0 to 1; probability that at least `exertion.COMPLETED` of it gets done;
            expected exertion, 1 to 10.
        """
        minutes, intensities = np.asarray(prescriptions, float).T
        longer = np.log(minutes / self.suited.duration_minutes)
        harder = intensities - self.suited.intensity_score
        performed = self.suited.intensity_score + (1 - OWN_INTENSITY) * harder
        rpe = RPE_PER_INTENSITY * performed + self.strain + TYPE_RPE[types]
        rpe += LENGTH_RPE * (1 - OWN_MINUTES) * longer
        enough = (-math.log(COMPLETED) / OWN_MINUTES - longer) / OWN_SPREAD
        completed = self.perseverance(harder) * _logistic(enough / _LOGISTIC_SPREAD)
        width = np.where(harder > 0, _HARDER_WIDTH, _EASIER_WIDTH)
        fit = np.exp(-0.5 * ((longer / _MINUTES_WIDTH) ** 2 + (harder / width) ** 2))
        effect = np.array(self.worth)[types] * fit
        return np.stack([effect, completed, np.clip(rpe, LOWEST_RPE, HIGHEST_RPE)], axis=1)

    def perseverance(self, harder: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Probability of not breaking off a plan whose intensity is so much higher than what suits."""
        return _logistic(BREAKS_OFF + self.adherence - np.maximum(harder, 0.0))


def _logistic(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-odds)))


def truth_of(person: Person, traits: Traits, body: Body, strain: float) -> Truth:
    """What suits somebody in this state.

    Args:
        person: Goal and phase of today.
        traits: What is hidden about them.
        body: Fitness and fatigue of today.
        strain: All of today's strain, in points of exertion.
    """
    form = 0.8 + 0.2 * min(body.fitness, 1.5)
    minutes = traits.suited_minutes * PHASE_MINUTES[person.training_phase] * form
    wanted = wanted_rpe(person.goal, person.training_phase)
    return Truth(
        suited=within_range(
            minutes * float(np.exp(-STRAIN_MINUTES * strain)), (wanted - strain) / RPE_PER_INTENSITY
        ),
        fitness=body.fitness,
        fatigue=body.fatigue,
        strain=strain,
        injury=body.injury,
        adherence=traits.adherence,
        worth=tuple(WORTH[person.goal][name] for name in WORKOUT_TYPES),
    )
