"""Many gyms together know more than the model that they begin from, with the noise that each is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from recommender.federated.fit import FitConfig, fit
from recommender.federated.network import FoldedIntensity, forward
from recommender.federated.update import Blur, blurred, change, length_of, moved
from recommender.training.examples import intensity_examples
from tests.unit.recommender.federated.gyms import a_gym, learned

if TYPE_CHECKING:
    from recommender.training.dataset import Dataset

GYMS = 100
PROMISED = Blur(clipping_norm=0.2, noise_multiplier=1.5)
CONFIG = FitConfig(layers=1, epochs=3)


def error(model: FoldedIntensity, people: Dataset) -> float:
    """Mean absolute error in standard deviations."""
    shown = intensity_examples(people, model.scales)
    known = shown.wanted[..., 2] > 0
    return float(np.abs(forward(model.layers, shown.rows)[-1] - shown.wanted[..., :2])[known].mean())


@pytest.fixture(scope="module")
def start() -> FoldedIntensity:
    return learned(a_gym(60, 16, seed=1), epochs=25)


@pytest.fixture(scope="module")
def gyms() -> list[Dataset]:
    return [a_gym(6, 12, seed=100 + number, abroad=True) for number in range(GYMS)]


@pytest.fixture(scope="module")
def strangers() -> Dataset:
    """Members of gyms like these who have taught nobody."""
    return a_gym(60, 8, seed=7, abroad=True)


def averaged(start: FoldedIntensity, gyms: list[Dataset], blur: Blur, seed: int) -> FoldedIntensity:
    chance = np.random.default_rng(seed)
    updates = []
    for gym in gyms:
        after = fit(start, intensity_examples(gym, start.scales), CONFIG, seed=seed)
        told = change(start, after, trained=1)
        updates.append(blurred(told, blur, lambda count: chance.normal(size=count)))
    mean = {name: np.mean([each[name] for each in updates], axis=0) for name in updates[0]}
    return moved(start, mean)


def test_with_noise_as_promised_they_do_better_than_the_start(
    start: FoldedIntensity, gyms: list[Dataset], strangers: Dataset
) -> None:
    before = error(start, strangers)
    quiet = error(averaged(start, gyms[:30], Blur(clipping_norm=9.0, noise_multiplier=0.0), 1), strangers)
    assert quiet < 0.9 * before
    for seed in (1, 2):
        assert error(averaged(start, gyms, PROMISED, seed), strangers) < 0.95 * before


def test_with_few_gyms_the_noise_is_all_there_is(start: FoldedIntensity, gyms: list[Dataset]) -> None:
    """Why a round needs many: what one gym tells is mostly noise."""
    told = change(start, averaged(start, gyms[:1], PROMISED, 1), trained=1)
    assert length_of(told) > 3 * PROMISED.clipping_norm
