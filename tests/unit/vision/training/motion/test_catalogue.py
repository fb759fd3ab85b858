from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from vision.phase.belief import EXERCISES, NONE
from vision.training.motion import catalogue


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_exercise_can_be_done_in_several_ways(exercise: str) -> None:
    variants = catalogue.of(exercise)
    assert len(variants) >= 2
    assert len({variant.name for variant in variants}) == len(variants)
    assert all(variant.weight > 0 for variant in variants)
    for variant in variants:
        assert catalogue.find(exercise, variant.name) is variant


def test_near_misses_are_among_the_others() -> None:
    names = {variant.name for variant in catalogue.of(NONE)}
    assert {"plank", "mountain_climber", "shoulder_tap", "dance", "walk", "bench_press", "stand"} <= names


def test_the_usual_is_drawn_more_often() -> None:
    rng = np.random.default_rng(1)
    drawn = Counter(catalogue.draw("pushup", rng).name for _ in range(400))
    assert drawn["floor"] > drawn["feet_elevated"]
    assert set(drawn) == {variant.name for variant in catalogue.of("pushup")}


def test_the_unknown_is_named_with_what_is_known() -> None:
    with pytest.raises(ValueError, match="unknown exercise 'plnk': choose from pushup, squat"):
        catalogue.of("plnk")
    with pytest.raises(ValueError, match="unknown variant 'one_armed' of pushup: choose from floor, wide"):
        catalogue.find("pushup", "one_armed")
