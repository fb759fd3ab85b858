from __future__ import annotations

from dataclasses import replace

import pytest

from recommender.training.recipe import Recipe
from recommender.training.search import Trial, priced, recipes, steadiest


def test_the_search_begins_with_the_starting_point_and_repeats_itself() -> None:
    found = list(recipes(6, seed=3))
    assert found[0] == Recipe()
    assert len(set(found)) == 6
    assert found == list(recipes(6, seed=3))
    assert found[1:] != list(recipes(6, seed=4))[1:]


def test_a_swing_is_tried_at_several_prices() -> None:
    rough = Recipe(first=48)
    found = list(priced(rough, 3))
    assert len({(each.steady_minutes, each.steady_intensity) for each in found}) == 3
    assert all(replace(each, steady_minutes=0.0, steady_intensity=0.0) == rough for each in found)
    assert all(each.steady_minutes > 0 and each.steady_intensity > 0 for each in found)


def test_the_best_of_those_whose_answers_are_both_steady_enough() -> None:
    trials = [
        Trial(Recipe(), 0.1, shares=(0.2, 0.6)),
        Trial(Recipe(), 0.3, shares=(0.4, 0.4)),
        Trial(Recipe(), 0.2, shares=(0.47, 0.47)),
    ]
    assert steadiest(trials) is trials[2]


def test_when_none_is_steady_enough_the_steadiest_is_taken() -> None:
    trials = [Trial(Recipe(), 0.1, shares=(0.1, 0.9)), Trial(Recipe(), 0.5, shares=(0.6, 0.5))]
    assert steadiest(trials) is trials[1]


def test_a_recipe_without_a_swing_is_not_compared() -> None:
    with pytest.raises(ValueError, match="intensity model"):
        steadiest([Trial(Recipe(), 0.1)])
