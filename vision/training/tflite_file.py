"""The network as a TensorFlow Lite file with int8 weights, sums, input and output.

Numbers become whole ones as TensorFlow Lite's 8-bit quantization specification says: weights evenly about
zero, with one scale for each output of a convolution and one for the whole of a dense layer; values between
the least and the greatest that were seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vision.phase.window import CHANNELS, STEPS
from vision.runtimes.litert.graph import Graph, Scale, Weights
from vision.training.layers import answers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vision.training.layers import Layer

LEAST, MOST = -128, 127
SHOWN = 500
"""About so many windows tell between which numbers the values lie."""
LARGEST_BIAS = 2**30
"""A larger one leaves the sums of 32 bits no room."""
TINY = 1e-6
"""No step is smaller, whatever is only ever 0."""


def to_tflite(layers: Sequence[Layer], windows: NDArray[np.float32]) -> bytes:
    """A file that does nearly the same: poses (1, STEPS, 1, CHANNELS) in, logits (1, LOGITS) out.

    Args:
        layers: of the network.
        windows: (n, STEPS, CHANNELS), like those that it will be shown.
    """
    shown = windows[:: max(len(windows) // SHOWN, 1)]
    graph = Graph()
    poses = value = graph.value("poses", (1, STEPS, 1, CHANNELS), scale_of_values(shown))
    for number, (layer, found) in enumerate(zip(layers, answers(layers, shown), strict=True), start=1):
        last = number == len(layers)
        name, scale = "logits" if last else f"layer_{number}", scale_of_values(found)
        weights = whole_weights(layer, value.scale)
        if layer.convolves:
            result = graph.value(name, (1, found.shape[1], 1, found.shape[2]), scale)
            graph.convolve(value, weights, result, stride=layer.stride, rectified=not last)
        else:
            flat = (1, len(layer.kernel))
            value = value if value.shape == flat else graph.reshaped(value, "flat", flat)
            result = graph.value(name, (1, found.shape[1]), scale)
            graph.connect(value, weights, result, rectified=not last)
        value = result
    return graph.file("phase", poses, value)


def scale_of_values(values: NDArray[np.floating[Any]]) -> Scale:
    """Even steps from the least to the greatest of some values; 0 is among them.

    The ends are rounded to half precision: in which order a processor adds does not show there.
    """
    ends = np.array([min(values.min(), 0.0), max(values.max(), 0.0)]).astype(np.float16).astype(np.float64)
    step = max(float(ends[1] - ends[0]) / (MOST - LEAST), TINY)
    return Scale(np.array([step], np.float32), round(LEAST - ends[0] / step))


def whole_weights(layer: Layer, given: Scale) -> Weights:
    """The weights of a layer in steps that hold them, and its bias among products with values `given`."""
    weights, bias = np.abs(layer.kernel).reshape(-1, layer.kernel.shape[-1]).max(0), np.abs(layer.bias)
    if not layer.convolves:
        weights, bias = weights.max(keepdims=True), bias.max(keepdims=True)
    least = np.maximum(bias / (LARGEST_BIAS * float(given.steps[0])), TINY)
    scale = Scale(np.maximum(weights.astype(np.float64) / MOST, least).astype(np.float32))
    kernel = np.moveaxis(scale.whole(layer.kernel, np.int8), -1, 0)
    return Weights(kernel, scale, Scale(scale.steps * given.steps).whole(layer.bias, np.int32))
