from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from recommender.federated.network import trained_names
from recommender.federated.update import Blur, blurred, change, clip, length_of, moved, system_noise
from recommender.training import examples
from tests.unit.recommender.federated.gyms import a_gym, network

VALUES = st.floats(-1e6, 1e6, width=32)
ARRAYS = st.fixed_dictionaries(
    {"kernel": arrays(np.float64, (3, 2), elements=VALUES), "bias": arrays(np.float64, (2,), elements=VALUES)}
)
Parts = dict[str, NDArray[np.float64]]


@given(ARRAYS, st.floats(1e-3, 10))
@settings(max_examples=40)
def test_it_is_never_longer_than_the_bound_and_keeps_its_direction(parts: Parts, norm: float) -> None:
    before = length_of(parts)
    clipped = clip(parts, norm)
    assert length_of(clipped) <= norm * (1 + 1e-9)
    share = 1.0 if before <= norm else norm / before
    for name, each in parts.items():
        np.testing.assert_allclose(clipped[name], each * share, rtol=1e-9)


@given(ARRAYS, st.integers(0, 1000), st.floats(0.01, 3), st.floats(0.1, 5))
@settings(max_examples=40)
def test_noise_is_as_large_as_promised_whatever_the_update(
    parts: Parts, seed: int, norm: float, multiplier: float
) -> None:
    blur = Blur(clipping_norm=norm, noise_multiplier=multiplier)
    drawn = np.random.default_rng(seed).normal(size=8)
    said = blurred(parts, blur, lambda count: drawn[:count])
    clipped = clip(parts, norm)
    found = np.concatenate([(said[name] - clipped[name]).ravel() for name in parts])
    np.testing.assert_allclose(found, norm * multiplier * drawn, rtol=1e-4, atol=1e-5)


def test_the_same_update_is_never_told_twice() -> None:
    parts = {"bias": np.zeros(4000)}
    blur = Blur(clipping_norm=2.0, noise_multiplier=1.5)
    one, other = (blurred(parts, blur)["bias"] for _ in range(2))
    assert not np.array_equal(one, other)
    assert one.std() == pytest.approx(3.0, rel=0.1)
    assert abs(one.mean()) < 0.3


def test_noise_is_normal() -> None:
    drawn = system_noise(4000)
    assert drawn.std() == pytest.approx(1.0, rel=0.1)
    assert (np.abs(drawn) < 1).mean() == pytest.approx(0.683, abs=0.05)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_what_is_no_number_never_leaves(wrong: float) -> None:
    with pytest.raises(ValueError, match="no finite number"):
        blurred({"bias": np.array([0.0, wrong])}, Blur(clipping_norm=1.0, noise_multiplier=1.0))


def test_a_change_moves_the_model_to_where_it_learned_to() -> None:
    scales = examples.intensity_scales(a_gym(5, 5, seed=1))
    before, after = network(scales, seed=1), network(scales, seed=2)
    by = change(before, after, trained=2)
    assert tuple(by) == trained_names(3, 2)
    found = moved(before, by)
    np.testing.assert_array_equal(found.layers[0].kernel, before.layers[0].kernel)
    for one, other in zip(found.layers[1:], after.layers[1:], strict=True):
        np.testing.assert_allclose(one.kernel, other.kernel, atol=1e-6)
        np.testing.assert_allclose(one.bias, other.bias, atol=1e-6)
