from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.federated.network import (
    WIDTH,
    ArraysRefused,
    FoldedIntensity,
    backward,
    forward,
    from_arrays,
    trained_names,
)
from recommender.training import examples
from recommender.training.weights import Dense, Weights
from tests.unit.recommender.federated.gyms import a_gym, network

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP = 1e-6
SCALES = examples.intensity_scales(a_gym(10, 5, seed=1))


def folded(seed: int = 1) -> FoldedIntensity:
    return network(SCALES, seed=seed)


def exact(model: FoldedIntensity) -> list[Dense]:
    return [Dense(each.kernel.astype(np.float64), each.bias.astype(np.float64)) for each in model.layers]


@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(1, 4))
@settings(max_examples=20)
def test_gradients_are_those_of_finite_differences(seed: int, trained: int, rows: int) -> None:
    layers = exact(folded(seed))
    chance = np.random.default_rng(seed)
    into, pull = chance.normal(size=(rows, 2, WIDTH)), chance.normal(size=(rows, 2, 2))

    def loss() -> float:
        return float((forward(layers, into)[-1] * pull).sum())

    found = backward(layers, forward(layers, into), pull, trained=trained)
    parts = [part for layer in layers[-trained:] for part in (layer.kernel, layer.bias)]
    assert [each.shape for each in found] == [each.shape for each in parts]
    for gradient, part in zip(found, parts, strict=True):
        place = tuple(int(chance.integers(size)) for size in part.shape)
        kept = part[place]
        part[place] = kept + STEP
        above = loss()
        part[place] = kept - STEP
        below = loss()
        part[place] = kept
        assert gradient[place] == pytest.approx((above - below) / (2 * STEP), abs=1e-4)


def test_it_says_what_the_network_in_training_says() -> None:
    chance = np.random.default_rng(3)
    sizes = [(22, 16), (16, 8), (8, 2)]
    dense = tuple(
        Dense(chance.normal(size=size).astype(np.float32), chance.normal(size=size[1]).astype(np.float32))
        for size in sizes
    )
    learned = Weights((chance.normal(size=(7, 3)).astype(np.float32),), dense)
    data = a_gym(4, 5, seed=2)
    rows = examples.intensity_rows(data, SCALES)
    model = FoldedIntensity(learned.for_rows(), SCALES)
    np.testing.assert_allclose(forward(model.layers, rows)[-1], learned.answers(rows), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(model.weights.answers(rows), learned.answers(rows), rtol=1e-5, atol=1e-5)
    said = model.predict(data.values, data.imputed)
    assert (said >= [10, 1]).all()
    assert (said <= [120, 5]).all()


def test_arrays_are_the_whole_model() -> None:
    model = folded()
    again = from_arrays(model.arrays())
    for one, other in zip(model.layers, again.layers, strict=True):
        np.testing.assert_array_equal(one.kernel, other.kernel)
        np.testing.assert_array_equal(one.bias, other.bias)
    np.testing.assert_array_equal(again.scales.said.deviation, SCALES.said.deviation)
    assert trained_names(3, 1) == ("layer_2.kernel", "layer_2.bias")
    assert {*trained_names(3, 3)} < {*model.arrays()}


def spoiled(**changes: Any) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {**folded().arrays()}
    for name, value in changes.items():
        array = name.replace("__", ".")
        if value is None:
            del arrays[array]
        else:
            arrays[array] = value
    return arrays


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({}, "the arrays are"),
        (spoiled(layer_1__bias=None), "the arrays are"),
        (spoiled(more=np.zeros(3)), "the arrays are"),
        (spoiled(layer_0__kernel=np.zeros((WIDTH + 1, 16))), "layer 0"),
        (spoiled(layer_2__bias=np.zeros(3)), "layer 2"),
        (spoiled(layer_1__bias=np.zeros((2, 8))), "layer 1"),
        (spoiled(layer_1__bias=np.full(8, np.nan)), "no finite number"),
        (spoiled(said__deviation=np.zeros(2)), "the scale said"),
        (spoiled(given__mean=np.zeros(3)), "the scale given"),
    ],
)
def test_what_is_no_network_is_refused(arrays: dict[str, NDArray[Any]], reason: str) -> None:
    with pytest.raises(ArraysRefused, match=reason):
        from_arrays(arrays)


def test_layers_fit_together() -> None:
    shapes = [each.kernel.shape for each in folded().layers]
    assert all(one[1] == other[0] for one, other in pairwise(shapes))
