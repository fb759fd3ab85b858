"""The layers of a network, and what they say: the sums that every file made of them must do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

CONVOLUTION_AXES = 4


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights of one layer; a rectifier follows each but the last.

    Attributes:
        kernel: float32; (steps, 1, in, out) convolves over time, (in, out) is dense.
        bias: float32 (out,).
        stride: in steps of time.
    """

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]
    stride: int = 1

    @property
    def convolves(self) -> bool:
        """Whether it looks at some steps of time, and not at all of them."""
        return self.kernel.ndim == CONVOLUTION_AXES


def answers(layers: Sequence[Layer], windows: NDArray[np.float32]) -> Iterator[NDArray[np.float64]]:
    """What each layer in turn makes of windows (n, STEPS, CHANNELS).

    Convolutions answer (n, steps, out), dense layers (n, out); the last ones are the logits (n, LOGITS).
    """
    value = windows.astype(np.float64)
    for number, layer in enumerate(layers, start=1):
        value = _weighted(layer, value) + layer.bias
        if number < len(layers):
            value = np.maximum(value, 0)
        yield value


def logits(layers: Sequence[Layer], windows: NDArray[np.float32]) -> NDArray[np.float64]:
    """What a network says of windows (n, STEPS, CHANNELS): (n, LOGITS)."""
    *_, last = answers(layers, windows)
    return last


def _weighted(layer: Layer, value: NDArray[np.float64]) -> NDArray[np.float64]:
    if not layer.convolves:
        found: NDArray[np.float64] = value.reshape(len(value), -1) @ layer.kernel
        return found
    kernel = layer.kernel[:, 0]
    seen = sliding_window_view(value, len(kernel), axis=1)[:, :: layer.stride]
    return np.tensordot(seen, kernel, ((3, 2), (0, 1)))
