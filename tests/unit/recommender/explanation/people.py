"""Persons, backgrounds and models that are made up, for explanations."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from recommender.features import FEATURE_NAMES, FEATURES, FeatureVector

Answers = Callable[[NDArray[np.float32], NDArray[np.bool_]], NDArray[np.float32]]

LOW = np.array([feature.low for feature in FEATURES])
HIGH = np.array([feature.high for feature in FEATURES])
USUAL = np.array([feature.usual for feature in FEATURES])


def somebody(chance: np.random.Generator) -> FeatureVector:
    """Anything that is possible; now and then the very end of a range, and what nobody told."""
    values = np.where(chance.random(10) < 0.1, chance.choice([LOW, HIGH]), chance.uniform(LOW, HIGH))
    untold = chance.random(9) < 0.2
    values[:9] = np.where(untold, USUAL[:9], values[:9])
    values[9] = chance.integers(0, 7)
    names = [name for name, missing in zip(FEATURE_NAMES, untold, strict=False) if missing]
    return FeatureVector(values.astype(np.float32), dict.fromkeys(names, "nobody told"))


def others(chance: np.random.Generator, rows: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    people = [somebody(chance) for _ in range(rows)]
    return np.array([one.values for one in people]), np.array([one.is_imputed for one in people])


def model(chance: np.random.Generator, *, size: float = 1.0) -> Answers:
    """A small network with weights by chance: nothing about it is linear."""
    first, second = chance.normal(0, 0.5, (20, 16)), chance.normal(0, 0.5, (16, 2))
    scale, middle = size * np.array([12.0, 0.8]), np.array([45.0, 3.0])

    def predict(values: NDArray[np.float32], stands_in: NDArray[np.bool_]) -> NDArray[np.float32]:
        told = np.concatenate([(values - USUAL) / (HIGH - LOW) * 3, stands_in], axis=1)
        answers: NDArray[np.float32] = (np.tanh(told @ first) @ second * scale + middle).astype(np.float32)
        return answers

    return predict
