"""What a gym tells: by how much its own days would change the weights, clipped and blurred."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.federated.network import from_arrays, layer_arrays, trained_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recommender.federated.network import FoldedIntensity

Noise = Callable[[int], NDArray[np.float64]]
"""So many draws from the standard normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blur:
    """How an update is made harmless.

    Attributes:
        clipping_norm: its length (L2, over all arrays together) is at most this.
        noise_multiplier: the noise's standard deviation, in clipping norms.
    """

    clipping_norm: float
    noise_multiplier: float


def system_noise(count: int) -> NDArray[np.float64]:
    """From the operating system's source: noise that somebody can work out again hides nothing."""
    source = random.SystemRandom()
    return np.array([source.gauss(0.0, 1.0) for _ in range(count)])


def change(
    before: FoldedIntensity, after: FoldedIntensity, *, trained: int
) -> dict[str, NDArray[np.float64]]:
    """New minus given weights of the last `trained` layers, by name."""
    old, new = layer_arrays(before.layers), layer_arrays(after.layers)
    names = trained_names(len(before.layers), trained)
    return {name: new[name].astype(np.float64) - old[name] for name in names}


def blurred(
    arrays: Mapping[str, NDArray[Any]], blur: Blur, noise: Noise = system_noise
) -> dict[str, NDArray[np.float32]]:
    """The arrays, together no longer than the bound, and with noise.

    Raises:
        ValueError: one holds what is no finite number.
    """
    clipped = clip(arrays, blur.clipping_norm)
    sigma = blur.noise_multiplier * blur.clipping_norm
    drawn = noise(sum(each.size for each in clipped.values()))
    ends = np.cumsum([each.size for each in clipped.values()])[:-1]
    return {
        name: (each + sigma * part.reshape(each.shape)).astype(np.float32)
        for (name, each), part in zip(clipped.items(), np.split(drawn, ends), strict=True)
    }


def clip(arrays: Mapping[str, NDArray[Any]], norm: float) -> dict[str, NDArray[Any]]:
    """The arrays, all by one factor shorter if together they are longer than the norm.

    Raises:
        ValueError: one holds what is no finite number.
    """
    length = length_of(arrays)
    if not np.isfinite(length):
        raise ValueError("the update holds what is no finite number")
    share = min(1.0, norm / length) if length else 1.0
    return {name: each * share for name, each in arrays.items()}


def length_of(arrays: Mapping[str, NDArray[Any]]) -> float:
    """L2 norm over all of them together."""
    return float(np.sqrt(sum(np.square(each, dtype=np.float64).sum() for each in arrays.values())))


def moved(model: FoldedIntensity, by: Mapping[str, NDArray[Any]]) -> FoldedIntensity:
    """The model with these changes added to its weights.

    Raises:
        ArraysRefused: the result is no network.
    """
    arrays = model.arrays()
    return from_arrays({name: each + by[name] if name in by else each for name, each in arrays.items()})
