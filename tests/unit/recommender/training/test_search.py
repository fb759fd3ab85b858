from __future__ import annotations

import pytest

from recommender.training.recipe import Recipe
from recommender.training.search import Trial, recipes, smoothings, steadiest

ROUGH = Trial(Recipe(), 0.3, 1.0)


def judge(recipe: Recipe) -> Trial:
    """Swings fall with their price, errors rise."""
    swing = 0.5 / (1 + 0.05 * recipe.steady_minutes) + 0.5 / (1 + 0.6 * recipe.steady_intensity)
    return Trial(recipe, 0.3 + 0.01 * (recipe.steady_minutes + recipe.steady_intensity), swing)


def test_the_search_begins_with_the_starting_point_and_repeats_itself() -> None:
    found = list(recipes(6, seed=3))
    assert found[0] == Recipe()
    assert len(set(found)) == 6
    assert found == list(recipes(6, seed=3))
    assert found[1:] != list(recipes(6, seed=4))[1:]


def test_smoothing_ends_a_little_below_half() -> None:
    trials = list(smoothings(ROUGH, 20, judge))
    assert len(trials) < 20
    chosen = steadiest(trials, ROUGH)
    assert chosen.swing is not None
    assert 0.46 <= chosen.swing <= 0.485


def test_smoothing_gives_up() -> None:
    trials = list(smoothings(ROUGH, 3, lambda recipe: Trial(recipe, 1.0, ROUGH.swing)))
    assert [trial.recipe.steady_minutes for trial in trials] == sorted(
        trial.recipe.steady_minutes for trial in trials
    )
    assert len(trials) == 3


def test_when_none_is_steady_enough_the_steadiest_is_taken() -> None:
    trials = [Trial(Recipe(), 0.1, 0.9), Trial(Recipe(first=32), 0.5, 0.6)]
    assert steadiest(trials, ROUGH) is trials[1]


def test_a_recipe_without_a_swing_is_not_compared() -> None:
    with pytest.raises(ValueError, match="intensity model"):
        steadiest([Trial(Recipe(), 0.1)], ROUGH)
