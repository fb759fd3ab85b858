import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.heart_response.fitness import (
    WIDEST_LOAD_SPREAD,
    WIDEST_RECOVERY_SPREAD,
    fitness_change,
    steady_load,
)
from recommender.heart_response.fitting import UNITS, Belief, fit
from recommender.heart_response.model import Response
from tests.unit.recommender.heart_response.test_fitting import recorded

KMH = UNITS[0].belief


def believed(*, share: float = 0.01, gain: float = 7.0, fall_s: float = 60.0) -> Belief:
    mean = KMH.mean.copy()
    mean[[1, 3]] = np.log([gain, fall_s])
    return Belief(mean, share * KMH.covariance)


@given(gain=st.floats(4, 12), fitter=st.floats(0.7, 1.4), quicker=st.floats(0.6, 1.6))
def test_a_change_is_the_one_that_was(gain: float, fitter: float, quicker: float) -> None:
    found = fitness_change(believed(gain=gain), believed(gain=gain / fitter, fall_s=60 * quicker), at_bpm=140)
    assert found.load.value == pytest.approx(fitter - 1)
    assert found.recovery.value == pytest.approx(quicker - 1)


def test_of_whom_little_is_known_the_change_is_unknown() -> None:
    found = fitness_change(KMH, believed(gain=5), at_bpm=140)
    assert found.load.value is None
    assert found.recovery.value is None
    assert found.load.spread > WIDEST_LOAD_SPREAD
    assert found.recovery.spread > WIDEST_RECOVERY_SPREAD
    assert steady_load(KMH, 140).value is None


def test_the_load_at_a_rate_with_its_spread() -> None:
    belief = believed(gain=7.0)
    found = steady_load(belief, 140)
    assert found.value == pytest.approx(10.0)
    people = np.random.default_rng(1).multivariate_normal(belief.mean, belief.covariance, 20_000)
    loads = (140 - people[:, 0]) / np.exp(people[:, 1])
    assert found.spread == pytest.approx(np.log(loads).std(), rel=0.05)


def test_a_season_of_training_shows_in_two_sessions() -> None:
    before = fit(recorded(Response(68, 8.0, 40, 70, 0.1, 188), noise_bpm=2), KMH).belief
    after = fit(recorded(Response(62, 7.2, 35, 55, 0.1, 188), noise_bpm=2), KMH).belief
    found = fitness_change(before, after, at_bpm=140)
    truth = (140 - 62) / 7.2 / ((140 - 68) / 8.0) - 1
    assert found.load.value == pytest.approx(truth, abs=2 * found.load.spread)
    assert found.load.value is not None
    assert found.load.value > 0.1
    assert found.recovery.value is not None
    assert found.recovery.value < 0


def test_no_load_leads_to_less_than_rest() -> None:
    with pytest.raises(ValueError, match="60 bpm is not above this person's 70 bpm at rest"):
        steady_load(KMH, 60)
