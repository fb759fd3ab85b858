"""The ONNX files against the same sums done with numpy, by way of the rows that the int8 files see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the extra `train` is not installed")

from recommender import effect, intensity
from recommender.prescription import WORKOUT_TYPES
from recommender.training.examples import Scales
from recommender.training.learned import LearnedEffect, LearnedIntensity
from recommender.training.recipe import Recipe
from tests.unit.recommender.model_folders import effect_bytes, intensity_bytes, network, people, write_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_the_intensity_file_does_the_sums(tmp_path: Path) -> None:
    weights, given, said = network(workout=False)
    learned = LearnedIntensity(weights, Scales(given, said), Recipe())
    model = intensity.load(write_folder(tmp_path, "intensity", intensity_bytes()))
    values, imputed = people(300, seed=4)
    found = model.predict(values, imputed)
    np.testing.assert_allclose(found, learned.predict(values, imputed), rtol=1e-4, atol=1e-4)
    assert found.std(axis=0).min() > 0.1


def test_the_effect_file_does_the_sums(tmp_path: Path) -> None:
    weights, given, said = network(workout=True)
    learned = LearnedEffect(weights, Scales(given, said), Recipe())
    model = effect.load(write_folder(tmp_path, "effect", effect_bytes()))
    values, imputed = people(300, seed=4)
    rng = np.random.default_rng(5)
    workouts = rng.integers(len(WORKOUT_TYPES), size=300), rng.uniform([10, 1], [120, 5], (300, 2))
    found = model.predict(values, imputed, *workouts)
    np.testing.assert_allclose(found, learned.predict(values, imputed, *workouts), rtol=1e-4, atol=1e-4)
    assert found.std(axis=0).min() > 0.01


def test_the_same_weights_are_the_same_bytes() -> None:
    assert intensity_bytes() == intensity_bytes()
    assert effect_bytes() == effect_bytes()


def test_a_phase_between_two_is_the_nearer_one(tmp_path: Path) -> None:
    model = intensity.load(write_folder(tmp_path, "intensity", intensity_bytes()))
    values, imputed = (np.repeat(each[:1], 4, axis=0) for each in people(1))
    values[:, -1] = (2.0, 2.3, 6.0, 99.0)
    one, near, last, beyond = model.predict(values, imputed)
    np.testing.assert_array_equal(one, near)
    np.testing.assert_array_equal(last, beyond)
    assert (one != last).any()
