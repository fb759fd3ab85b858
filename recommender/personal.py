"""What a network cannot know of one person: a random intercept, and an answer that does not jump. Pure.

The intensity model is a mixed-effects model. The network is its fixed part, the same for everybody who looks
alike to it. What somebody finds harder or easier than such people do is a random intercept, predicted from
their own ratings: the mean of their surprises, shrunk towards none by how much people differ beside how much
one rating says (the best linear unbiased prediction: Henderson, "Best linear unbiased estimation and
prediction under a selection model", Biometrics 31 (1975) 423-447; Robinson, "That BLUP is a good thing: the
estimation of random effects", Statist. Sci. 6 (1991) 15-32). Older ratings count less.

What is said from day to day is kept steady by the smoothness term of the loss, at its use: of all answers
today's is the one that is near to what the model says and, at a price, near to yesterday's. With squares for
the first and the size of the step for the second that is soft thresholding: nothing moves within a band, and
beyond it the answer follows at the band's distance. How near an answer is matters only where somebody trains,
while every step costs: so the band is the price over how likely that day is one of training.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recommender.features import MONTH_DAYS, WEEK_DAYS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

UNMOVED: Final = 1e9
"""A shrinkage that leaves nothing of an intercept."""
USUAL_HABIT: Final = 3 / 7
"""How likely anybody trains on any day: three of a week."""
USUAL_WEEKS: Final = 4
"""So many weeks of the usual are believed in before the first one that is known."""


@dataclass(frozen=True, slots=True)
class Personal:
    """How a model gets to know one person; estimated in training, kept inside of the model's file.

    Attributes:
        shrinkage: variance of what one rating says, by the variance between people: so many ratings of
            nothing special are believed in before the first one.
        half_life_days: after so long a rating counts half.
        band: minutes and points of intensity within which an answer stays what it was, on a day that is as
            likely as usual one of training.

    Raises:
        ValueError: one of them is not a number of its range.
    """

    shrinkage: float
    half_life_days: float
    band: tuple[float, float]

    def __post_init__(self) -> None:
        """Refuse what no training has found."""
        positive = self.shrinkage, self.half_life_days
        if not all(math.isfinite(each) and each > 0 for each in positive):
            raise ValueError(f"a shrinkage and a half-life of {positive} are not both above zero")
        if not all(math.isfinite(each) and each >= 0 for each in self.band):
            raise ValueError(f"a band of {self.band} is not two numbers from zero on")

    def intercepts(
        self, days: NDArray[Any], rated: NDArray[Any], surprises: NDArray[Any]
    ) -> NDArray[np.float64]:
        """Points of intensity by which the answer of each day is moved: what the ratings before it say.

        Args:
            days: (d,) ordinals.
            rated: (r,) ordinals of the days of workouts that were rated.
            surprises: (r,) what would have suited there less what the network says of such people.

        Returns:
            (d,).
        """
        ages_days = days[:, None] - rated[None, :]
        counts = (ages_days > 0) & (ages_days <= MONTH_DAYS)
        weights = np.where(counts, np.exp2(-ages_days.clip(0, MONTH_DAYS) / self.half_life_days), 0.0)
        found: NDArray[np.float64] = weights @ surprises / (weights.sum(axis=1) + self.shrinkage)
        return found

    def to_json(self) -> str:
        """As a model's file carries it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Personal:
        """As a model's file carried it.

        Raises:
            ValueError: it is not what `to_json` gives.
            TypeError, KeyError: likewise.
        """
        document = json.loads(text)
        minutes, points = document["band"]
        return cls(**{**document, "band": (minutes, points)})


FIXED: Final = Personal(shrinkage=UNMOVED, half_life_days=MONTH_DAYS, band=(0.0, 0.0))
"""The network alone."""


def habit(days: NDArray[Any], trained: NDArray[Any]) -> NDArray[np.float64]:
    """How likely somebody trains on each day: by what they did on that day of the four weeks before.

    Args:
        days: (d,) ordinals.
        trained: (t,) ordinals of days with a workout; before the first of them nothing is known.

    Returns:
        (d,), above zero and below one.
    """
    before = days[:, None] - np.arange(WEEK_DAYS, MONTH_DAYS + 1, WEEK_DAYS)
    known = before >= trained.min(initial=days.max(initial=0))
    did = np.isin(before, trained).sum(axis=1)
    found: NDArray[np.float64] = (did + USUAL_WEEKS * USUAL_HABIT) / (known.sum(axis=1) + USUAL_WEEKS)
    return found


def steadied(said: NDArray[np.float64], habits: NDArray[np.float64], band: ArrayLike) -> NDArray[np.float64]:
    """Today's answer: each day's follows what the model says of it no nearer than the band.

    Args:
        said: (..., days, 2) of the last days, oldest first, all as if in today's phase of training: that a
            phase asks for something else is no swing.
        habits: (..., days) how likely each of them is one of training.
        band: (2,) minutes and points of intensity.

    Returns:
        (..., 2).
    """
    widths = np.asarray(band, np.float64) * (USUAL_HABIT / habits[..., None])
    answer = said[..., 0, :]
    for day in range(1, said.shape[-2]):
        step = said[..., day, :] - answer
        answer = answer + step - step.clip(-widths[..., day, :], widths[..., day, :])
    return answer
