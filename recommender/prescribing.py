"""What the intensity model says to one person today: network, ratings, goal and steadiness together. Pure.

The past days are asked about as if they had lain in today's phase of training, so that nobody needs to know
in which phase somebody was, and a new phase shows on its first day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import numpy as np

from recommender.exertion import ease, limit_of_goal, phase_intensity
from recommender.features import MONTH_DAYS, feature_vector, pasts
from recommender.personal import habit, steadied
from recommender.prescription import within_range

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from recommender.features import FeatureVector
    from recommender.history import History
    from recommender.person import Person
    from recommender.personal import Personal
    from recommender.prescription import Prescription


OwnPart = Literal["ratings", "goal", "steadiness"]
"""What a prescription has beside the answer of its network."""
LEAST: Final = 1e-9
"""A smaller part is a rounding error."""


class Predictor(Protocol):
    """An intensity model, or a network in the making."""

    @property
    def personal(self) -> Personal | None:
        """How it gets to know one person; None when its answer is all that it has."""
        ...

    def predict(self, values: NDArray[Any], imputed: NDArray[Any]) -> NDArray[np.float32]:
        """As `IntensityModel.predict`."""
        ...


@dataclass(frozen=True, slots=True)
class Prescribed:
    """What a model prescribes, and of what it is made: all parts add up to it.

    Attributes:
        prescription: how long and how hard.
        network: (2,) what is said of everybody who looks like this person.
        ratings: (2,) what their own ratings add to it.
        goal: (2,) what is taken off where a goal asks for less than the phase does.
        steadiness: (2,) what is left out today, so that the answer does not jump.
    """

    prescription: Prescription
    network: NDArray[np.float64]
    ratings: NDArray[np.float64]
    goal: NDArray[np.float64]
    steadiness: NDArray[np.float64]

    @property
    def own(self) -> dict[OwnPart, NDArray[np.float64]]:
        """The parts beside the network's that there are."""
        parts: dict[OwnPart, NDArray[np.float64]] = {
            "ratings": self.ratings,
            "goal": self.goal,
            "steadiness": self.steadiness,
        }
        return {name: part for name, part in parts.items() if np.abs(part).max() > LEAST}


def prescribe(
    model: Predictor, person: Person, history: History, today: date, features: FeatureVector
) -> Prescribed:
    """Ask a model about today and the four weeks before it.

    Args:
        model: the one to ask.
        person: as they are today.
        history: their past, in any order; workouts of today and later days are left out.
        today: the day to train on.
        features: of that day.

    Raises:
        ValueError: a field of the past holds what no person has.
    """
    personal, nothing = model.personal, np.zeros(2)
    if personal is None:
        [network] = model.predict(features.values[None], features.is_imputed[None]).astype(np.float64)
        return Prescribed(within_range(*network.tolist()), network, nothing, nothing, nothing)
    eases = {each.day: felt for each in history.workouts if (felt := ease(each)) is not None}
    rated = [day for day in eases if 0 < (today - day).days <= 2 * MONTH_DAYS]
    month = _last_days(history, today)
    days = sorted({*month, *rated})
    said = _ask(model, person, history, days, features)
    own = [number for number, day in enumerate(days) if day in eases]
    suiting = np.array([eases[days[number]] for number in own]) + phase_intensity(person.training_phase)
    ordinals = np.array([day.toordinal() for day in (*days, today)])
    ratings = np.zeros_like(said)
    ratings[:, 1] = personal.intercepts(ordinals, ordinals[own], suiting - said[own, 1])
    goal = np.array([0.0, -limit_of_goal(person.goal, person.training_phase)])
    trained = np.array([each.day.toordinal() for each in history.workouts if each.day < today])
    lately = slice(-1 - len(month), None)
    answer = steadied((said + ratings)[lately], habit(ordinals[lately], trained), personal.band) + goal
    end = within_range(*answer.tolist())
    parts = said[-1], ratings[-1], goal
    left_out = np.array([end.duration_minutes, end.intensity_score]) - sum(parts)
    return Prescribed(end, *parts, left_out)


def _last_days(history: History, today: date) -> list[date]:
    """The days before today of which anything may be known, four weeks at most."""
    told = (*(each.day for each in history.workouts), *(each.day for each in history.wellbeing))
    known_days = (today - min(told, default=today)).days
    return [today - timedelta(days=ago) for ago in range(1, min(known_days, MONTH_DAYS) + 1)]


def _ask(
    model: Predictor, person: Person, history: History, days: Sequence[date], features: FeatureVector
) -> NDArray[np.float64]:
    """What the network says of some days, and of today last: (days + 1, 2)."""
    before = zip(days, pasts(history, days), strict=True)
    vectors = [*(feature_vector(person, past, day) for day, past in before), features]
    values = np.stack([each.values for each in vectors])
    return model.predict(values, np.stack([each.is_imputed for each in vectors])).astype(np.float64)
