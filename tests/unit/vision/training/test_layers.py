from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.training.layers import Layer, answers, logits

if TYPE_CHECKING:
    from numpy.typing import NDArray


def layer(rng: np.random.Generator, *shape: int, stride: int = 1) -> Layer:
    kernel = rng.normal(0, 0.2, shape).astype(np.float32)
    return Layer(kernel, rng.normal(0, 0.2, shape[-1]).astype(np.float32), stride)


def step_by_step(layers: list[Layer], window: NDArray[np.float32]) -> NDArray[np.float64]:
    """The same sums for one window; time first, channels last."""
    value = window.astype(np.float64)
    for number, each in enumerate(layers):
        if each.convolves:
            reach = each.kernel.shape[0]
            starts = range(0, len(value) - reach + 1, each.stride)
            value = np.stack(
                [np.tensordot(value[at : at + reach], each.kernel[:, 0], 2) + each.bias for at in starts]
            )
        else:
            value = value.reshape(-1) @ each.kernel + each.bias
        if number < len(layers) - 1:
            value = np.maximum(value, 0)
    return value


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    steps=st.integers(5, 12),
    widths=st.tuples(*[st.integers(1, 5)] * 4),
    reach=st.integers(1, 4),
    stride=st.integers(1, 3),
)
def test_layers_answer_as_they_do_step_by_step(
    seed: int, steps: int, widths: tuple[int, ...], reach: int, stride: int
) -> None:
    rng = np.random.default_rng(seed)
    given_, first, second, last = widths
    left = (steps - reach) // stride + 1
    network = [
        layer(rng, reach, 1, given_, first, stride=stride),
        layer(rng, 1, 1, first, second),
        layer(rng, left * second, 4),
        layer(rng, 4, last),
    ]
    windows = rng.normal(0, 1, (3, steps, given_)).astype(np.float32)
    found = list(answers(network, windows))
    assert [each.shape for each in found] == [(3, left, first), (3, left, second), (3, 4), (3, last)]
    assert all((each >= 0).all() for each in found[:-1])
    for said, window in zip(logits(network, windows), windows, strict=True):
        assert said == pytest.approx(step_by_step(network, window), abs=1e-9)
