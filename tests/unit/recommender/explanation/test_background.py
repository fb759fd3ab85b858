import numpy as np
import pytest

from recommender.explanation.attribution import attribute
from recommender.explanation.background import FEW, representative
from tests.unit.recommender.explanation.people import model, others, somebody


def test_a_few_rows_of_the_many() -> None:
    chance = np.random.default_rng(3)
    everyone, predict = others(chance, 60), model(chance)
    values, stands_in = representative(everyone, predict)
    assert values.shape == stands_in.shape == (FEW, 10)
    assert len(np.unique(values, axis=0)) == FEW
    for row, marks in zip(values, stands_in, strict=True):
        assert ((everyone[0] == row) & (everyone[1] == marks)).all(axis=1).any()


def test_they_stand_for_the_many_better_than_any_others_do() -> None:
    chance = np.random.default_rng(5)
    everyone, predict, people = others(chance, 200), model(chance), [somebody(chance) for _ in range(6)]
    whole = predict(*everyone).mean(axis=0)
    chosen = representative(everyone, predict)
    by_chance = [tuple(each[start : start + FEW] for each in everyone) for start in range(0, 80, FEW)]

    def off(background: tuple[np.ndarray, ...]) -> float:
        values, stands_in = background
        return float(np.abs(predict(values, stands_in).mean(axis=0) - whole).sum())

    assert off(chosen) < np.median([off(each) for each in by_chance])
    assert all(np.isfinite(attribute(person, predict, chosen).parts).all() for person in people)


def test_when_there_are_few_they_are_all_kept() -> None:
    chance = np.random.default_rng(6)
    everyone = others(chance, FEW)
    assert representative(everyone, model(chance)) is everyone


def test_a_model_that_breaks_on_its_own_background() -> None:
    everyone = others(np.random.default_rng(7), 20)
    with pytest.raises(ValueError, match="its own background"):
        representative(everyone, lambda values, _stands_in: np.full((len(values), 2), np.inf))
