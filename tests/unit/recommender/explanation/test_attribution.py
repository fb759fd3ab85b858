import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from recommender import intensity
from recommender.explanation.attribution import OTHERS_MOST, attribute
from tests.unit.recommender.explanation.people import model, others, somebody

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, rows=st.integers(1, 8))
def test_base_and_parts_add_up_to_the_prediction(seed: int, rows: int) -> None:
    chance = np.random.default_rng(seed)
    person, background, predict = somebody(chance), others(chance, rows), model(chance)
    found = attribute(person, predict, background)
    alone = predict(person.values[None], person.is_imputed[None])[0]
    assert found.prediction == pytest.approx(alone, abs=1e-4)
    assert found.base == pytest.approx(predict(*background).mean(axis=0), abs=1e-4)
    assert found.parts.shape == (10, 2)


def test_they_do_for_the_packaged_model_too() -> None:
    packaged, chance = intensity.load(), np.random.default_rng(3)
    for person in [somebody(chance) for _ in range(20)]:
        alone = packaged.predict(person.values[None], person.is_imputed[None])[0]
        found = attribute(person, packaged.predict, packaged.background)
        assert found.prediction == pytest.approx(alone, abs=1e-4)


@given(seed=SEEDS)
def test_of_a_weighted_sum_each_feature_has_its_own_summand(seed: int) -> None:
    chance = np.random.default_rng(seed)
    weights, of_unknown = chance.normal(0, 1, (10, 2)), chance.normal(0, 1, (10, 2))
    person, (values, stands_in) = somebody(chance), others(chance, 5)

    def predict(values: NDArray[np.float32], stands_in: NDArray[np.bool_]) -> NDArray[np.float64]:
        return values @ weights + stands_in @ of_unknown

    expected = (person.values - values.mean(axis=0))[:, None] * weights
    expected += (person.is_imputed - stands_in.mean(axis=0))[:, None] * of_unknown
    assert attribute(person, predict, (values, stands_in)).parts == pytest.approx(expected, abs=1e-4)


def test_the_model_is_asked_once_and_never_sees_a_value_without_its_mark() -> None:
    chance = np.random.default_rng(4)
    person, (values, stands_in), asked = somebody(chance), others(chance, 3), []

    def predict(rows: NDArray[np.float32], marks: NDArray[np.bool_]) -> NDArray[np.float32]:
        asked.append(len(rows))
        own = (rows == person.values) & (marks == person.is_imputed)
        whose = np.arange(len(rows)) % 3
        of_other = (rows == values[whose]) & (marks == stands_in[whose])
        assert (own | of_other).all()
        return np.zeros((len(rows), 2), np.float32)

    assert not attribute(person, predict, (values, stands_in)).parts.any()
    assert asked == [1024 * 3]


@pytest.mark.parametrize(
    "shapes",
    [((0, 10),) * 2, ((OTHERS_MOST + 1, 10),) * 2, ((3, 9),) * 2, ((3, 10), (2, 10)), ((10,),) * 2],
)
def test_a_background_of_no_use(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    person = somebody(np.random.default_rng(1))
    background = np.zeros(shapes[0], np.float32), np.zeros(shapes[1], np.bool_)
    with pytest.raises(ValueError, match=r"it needs 1 to 16 rows of 10"):
        attribute(person, model(np.random.default_rng(1)), background)


@pytest.mark.parametrize("answer", [np.zeros((2048, 3)), np.zeros((7, 2)), np.full((2048, 2), np.nan)])
def test_a_model_that_does_not_answer_with_numbers(answer: NDArray[np.float64]) -> None:
    chance = np.random.default_rng(2)
    with pytest.raises(ValueError, match=r"instead of finite numbers \(2048, 2\)"):
        attribute(somebody(chance), lambda _values, _stands_in: answer, others(chance, 2))
