from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import effect
from recommender.effect import Candidate, EffectModel, Limits, no_harder_than, rank
from recommender.exertion import WORTH
from recommender.person import GOALS
from recommender.prescription import WORKOUT_TYPES, Prescription

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.person import Goal

CANDIDATES = tuple(Candidate(kind, Prescription(40, 3)) for kind in WORKOUT_TYPES)
SAID = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(1, 10)), min_size=4, max_size=4).map(
    np.array
)


@pytest.fixture(scope="module")
def model() -> EffectModel:
    return effect.load()


def ask(
    model: EffectModel, *, count: int = 3, types: object = None, planned: object = None
) -> NDArray[np.float32]:
    values, imputed = (each[:count] for each in BACKGROUND)
    chosen = np.zeros(count, int) if types is None else np.asarray(types)
    dose = np.tile([40.0, 3.0], (count, 1)) if planned is None else np.asarray(planned)
    return model.predict(values, imputed, chosen, dose)


BACKGROUND = (np.full((3, 10), 0.5, np.float32), np.zeros((3, 10), np.bool_))


def test_answers_lie_in_their_ranges(model: EffectModel) -> None:
    for kind in range(len(WORKOUT_TYPES)):
        said = ask(model, types=[kind] * 3, planned=[[10, 1], [120, 5], [45, 3]])
        assert said.shape == (3, 3)
        assert ((said[:, 1] >= 0) & (said[:, 1] <= 1)).all()
        assert ((said[:, 2] >= 1) & (said[:, 2] <= 10)).all()


def test_harder_and_longer_feels_harder_and_is_completed_less(model: EffectModel) -> None:
    easy, hard = ask(model, count=2, planned=[[20, 2], [110, 4.8]])
    assert hard[2] > easy[2] + 1
    assert hard[1] < easy[1]


@pytest.mark.parametrize(
    ("types", "planned", "reason"),
    [
        ([0, 0], None, "are not"),
        (None, [[40, 3]], "are not"),
        ([0, 4, 0], None, "into WORKOUT_TYPES"),
        ([0, -1, 0], None, "into WORKOUT_TYPES"),
        ([0, 0.5, 0], None, "into WORKOUT_TYPES"),
        (None, [[40, np.nan]] * 3, "not a finite number"),
    ],
)
def test_what_makes_no_sense_is_refused(
    model: EffectModel, types: object, planned: object, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        ask(model, types=types, planned=planned)


@given(said=SAID, goal=st.sampled_from(GOALS), most_load=st.none() | st.floats(10, 600))
def test_the_best_within_the_limits_comes_first(
    said: NDArray[np.float64], goal: Goal, most_load: float | None
) -> None:
    ranked = rank(CANDIDATES, said, goal, Limits(most_load=most_load))
    assert sorted(each.candidate.type for each in ranked) == sorted(WORKOUT_TYPES)
    within = [each for each in ranked if not each.beyond]
    assert ranked[: len(within)] == tuple(within)
    assert [each.effect for each in within] == sorted((each.effect for each in within), reverse=True)
    beyond = [each.rpe for each in ranked if each.beyond]
    assert beyond == sorted(beyond)
    for each in ranked:
        row = said[WORKOUT_TYPES.index(each.candidate.type)]
        assert each.effect == pytest.approx(row[0] * WORTH[goal][each.candidate.type])
        assert ("highest_rpe" in each.beyond) == (row[2] > 8.5)
        assert ("lowest_completion" in each.beyond) == (row[1] < 0.5)
        assert ("most_load" in each.beyond) == (most_load is not None and most_load < 120)


@given(minutes=st.floats(10, 120), intensity=st.floats(1, 5))
def test_no_candidate_asks_more_than_was_prescribed(minutes: float, intensity: float) -> None:
    found = no_harder_than(Prescription(minutes, intensity), ("steady", "mobility"))
    assert len(found) == 8
    assert found[0] == Candidate("steady", Prescription(minutes, intensity))
    assert {each.type for each in found} == {"steady", "mobility"}
    assert all(each.prescription.duration_minutes <= minutes for each in found)
    assert all(each.prescription.intensity_score <= intensity for each in found)


def test_nothing_to_rank_is_nothing() -> None:
    assert rank((), np.empty((0, 3)), "rehab") == ()
    with pytest.raises(ValueError, match="zip"):
        rank(CANDIDATES, np.ones((3, 3)), "rehab")
