from __future__ import annotations

import numpy as np
import pytest

from recommender.federated.fit import FitConfig, OutOfTime, fit
from recommender.federated.loss import steady_huber
from recommender.federated.network import FoldedIntensity, forward
from recommender.training import examples
from tests.unit.recommender.federated.gyms import a_gym, network

DATA = a_gym(20, 16, seed=1)
SCALES = examples.intensity_scales(DATA)
EXAMPLES = examples.intensity_examples(DATA, SCALES)
ALL = FitConfig(layers=3, epochs=4, learning_rate=3e-3)


def loss(model: FoldedIntensity, steady: tuple[float, float] = (0.0, 0.0)) -> float:
    return steady_huber(EXAMPLES.wanted, forward(model.layers, EXAMPLES.rows)[-1], steady)[0]


def test_it_learns_and_leaves_the_given_model_alone() -> None:
    before = network(SCALES)
    kept = [each.kernel.copy() for each in before.layers]
    after = fit(before, EXAMPLES, ALL, seed=1)
    assert loss(after) < 0.9 * loss(before)
    for one, other in zip(before.layers, kept, strict=True):
        np.testing.assert_array_equal(one.kernel, other)
    assert all(each.kernel.dtype == np.float32 for each in after.layers)


@pytest.mark.parametrize("trained", [1, 2])
def test_only_the_last_layers_change(trained: int) -> None:
    before = network(SCALES)
    after = fit(before, EXAMPLES, FitConfig(layers=trained), seed=1)
    changed = [
        not np.array_equal(one.kernel, other.kernel)
        for one, other in zip(before.layers, after.layers, strict=True)
    ]
    assert changed == [False] * (3 - trained) + [True] * trained


def test_smoothness_makes_it_steadier() -> None:
    before = network(SCALES)
    rough, smooth = (
        fit(before, EXAMPLES, FitConfig(layers=3, epochs=6, learning_rate=3e-3, steady=steady), seed=1)
        for steady in ((0.0, 0.0), (5.0, 5.0))
    )
    swings = [loss(each, (1.0, 1.0)) - loss(each) for each in (rough, smooth)]
    assert swings[1] < 0.75 * swings[0]


def test_the_same_seed_gives_the_same() -> None:
    one, other = (fit(network(SCALES), EXAMPLES, ALL, seed=5) for _ in range(2))
    np.testing.assert_array_equal(one.layers[0].kernel, other.layers[0].kernel)


def test_it_can_be_stopped() -> None:
    asked = 0

    def is_over() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    with pytest.raises(OutOfTime, match="took too long"):
        fit(network(SCALES), EXAMPLES, ALL, seed=1, is_over=is_over)
    assert asked == 3


@pytest.mark.parametrize("layers", [0, 4])
def test_layers_that_there_are_not_are_refused(layers: int) -> None:
    with pytest.raises(ValueError, match="of 3 layers"):
        fit(network(SCALES), EXAMPLES, FitConfig(layers=layers), seed=1)


def test_nothing_to_learn_from_is_refused() -> None:
    nobody = examples.Examples(EXAMPLES.rows[:0], EXAMPLES.wanted[:0])
    with pytest.raises(ValueError, match="0 runs"):
        fit(network(SCALES), nobody, ALL, seed=1)
