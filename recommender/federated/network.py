"""The intensity network as dense layers over whole rows, forward and backward by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recommender import encoding, intensity
from recommender.encoding import MEASURED, Scale
from recommender.features import FEATURE_NAMES
from recommender.person import TRAINING_PHASES
from recommender.training.examples import Scales
from recommender.training.weights import Dense, Weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

WIDTH: Final = len(MEASURED) + len(FEATURE_NAMES) + len(TRAINING_PHASES)
"""Of a row of `recommender.encoding.rows` without a workout."""
ANSWERS: Final = 2
"""Minutes and intensity."""
MOST_LAYERS: Final = 8
MOST_UNITS: Final = 1024
_SCALES: Final = {"given": len(MEASURED), "said": ANSWERS}


class ArraysRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """These arrays are no intensity network; the text says why."""


@dataclass(frozen=True, slots=True)
class FoldedIntensity:
    """The intensity model as it is averaged: the embedding of the phase is folded into the first layer.

    Attributes:
        layers: first to last, a rectifier after each but the last.
        scales: of what it sees and says.
    """

    layers: tuple[Dense, ...]
    scales: Scales

    @property
    def weights(self) -> Weights:
        """The same in the form that the exporter takes: each phase's embedding is its own unit vector."""
        return Weights((np.eye(len(TRAINING_PHASES), dtype=np.float32),), self.layers)

    def predict(self, values: NDArray[Any], imputed: NDArray[Any]) -> NDArray[np.float32]:
        """As `recommender.intensity.IntensityModel.predict`."""
        answers = forward(self.layers, encoding.rows(values, imputed, self.scales.given))[-1]
        return np.clip(self.scales.said.in_units(answers), intensity.LOWEST, intensity.HIGHEST)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Everything by name: `layer_0.kernel`, `layer_0.bias`, …, `given.mean`, …, `said.deviation`."""
        scales = {"given": self.scales.given, "said": self.scales.said}
        return {
            **layer_arrays(self.layers),
            **{f"{name}.mean": scale.mean for name, scale in scales.items()},
            **{f"{name}.deviation": scale.deviation for name, scale in scales.items()},
        }


def layer_arrays(layers: Sequence[Dense]) -> dict[str, NDArray[np.float32]]:
    """Kernels and biases by name."""
    found = {}
    for number, layer in enumerate(layers):
        found[f"layer_{number}.kernel"], found[f"layer_{number}.bias"] = layer.kernel, layer.bias
    return found


def trained_names(layers: int, trained: int) -> tuple[str, ...]:
    """Names of the arrays of the last `trained` of so many layers."""
    first = layers - trained
    return tuple(f"layer_{number}.{part}" for number in range(first, layers) for part in ("kernel", "bias"))


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> FoldedIntensity:
    """What `FoldedIntensity.arrays` told.

    Raises:
        ArraysRefused: an array is missing or too much, has another shape, or is not finite.
    """
    count = sum(name.endswith(".kernel") for name in arrays)
    scales = {f"{name}.{part}" for name in _SCALES for part in ("mean", "deviation")}
    expected = {*trained_names(count, count), *scales}
    if not 0 < count <= MOST_LAYERS or arrays.keys() != expected:
        raise ArraysRefused(f"the arrays are {', '.join(sorted(arrays))}, not {', '.join(sorted(expected))}")
    for name, values in arrays.items():
        if not np.isfinite(values).all():
            raise ArraysRefused(f"{name} holds what is no finite number")
    for name, width in _SCALES.items():
        mean, deviation = arrays[f"{name}.mean"], arrays[f"{name}.deviation"]
        if mean.shape != (width,) or deviation.shape != (width,) or not (deviation > 0).all():
            raise ArraysRefused(f"the scale {name} is not {width} means and as many deviations above zero")
    layers, width = [], WIDTH
    for number in range(count):
        kernel, bias = arrays[f"layer_{number}.kernel"], arrays[f"layer_{number}.bias"]
        units = ANSWERS if number == count - 1 else len(bias) if bias.ndim == 1 else 0
        if kernel.shape != (width, units) or bias.shape != (units,) or not 0 < units <= MOST_UNITS:
            raise ArraysRefused(f"layer {number} has a kernel {kernel.shape} and a bias {bias.shape}")
        layers.append(Dense(kernel.astype(np.float32), bias.astype(np.float32)))
        width = units
    given, said = (Scale(arrays[f"{name}.mean"], arrays[f"{name}.deviation"]) for name in _SCALES)
    return FoldedIntensity(tuple(layers), Scales(given, said))


def forward(layers: Sequence[Dense], rows: NDArray[Any]) -> list[NDArray[Any]]:
    """What goes into each layer, for rows (..., width), and last what the last one says."""
    values = [rows]
    for layer in layers[:-1]:
        values.append(np.maximum(values[-1] @ layer.kernel + layer.bias, 0))
    values.append(values[-1] @ layers[-1].kernel + layers[-1].bias)
    return values


def backward(
    layers: Sequence[Dense], values: Sequence[NDArray[Any]], gradient: NDArray[Any], *, trained: int
) -> list[NDArray[np.float64]]:
    """Gradients by kernel and bias of each of the last `trained` layers, first to last.

    Args:
        layers: of the network.
        values: what `forward` gave.
        gradient: of the loss by its last, of the same shape.
        trained: how many layers, counted from the end.
    """
    found: list[NDArray[np.float64]] = []
    flowing = gradient.reshape(-1, gradient.shape[-1])
    for number in reversed(range(len(layers) - trained, len(layers))):
        into = values[number].reshape(-1, values[number].shape[-1])
        found[:0] = [into.T @ flowing, flowing.sum(axis=0)]
        if number:
            flowing = (flowing @ layers[number].kernel.T) * (into > 0)
    return found
