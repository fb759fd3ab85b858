"""A network as it was learned: plain arrays between the framework and the files."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Dense:
    """One dense layer.

    Attributes:
        kernel: float32 (in, out).
        bias: float32 (out,).
    """

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """Embeddings of the categories, then dense layers; a rectifier follows each but the last.

    The first layer sees the plain columns of a row (`recommender.encoding.rows`), then the embeddings.

    Attributes:
        embeddings: float32 (categories, size) each: of the training phase, and of the type of workout.
        layers: first to last.
    """

    embeddings: tuple[NDArray[np.float32], ...]
    layers: tuple[Dense, ...]

    @property
    def plain(self) -> int:
        """How many columns are no category."""
        return int(self.layers[0].kernel.shape[0] - sum(table.shape[1] for table in self.embeddings))

    def for_rows(self) -> tuple[Dense, ...]:
        """Layers that do the same to a whole row: embeddings times the first layer are one matrix."""
        first = self.layers[0]
        parts, start = [first.kernel[: self.plain]], self.plain
        for table in self.embeddings:
            parts.append(table @ first.kernel[start : start + table.shape[1]])
            start += table.shape[1]
        return (Dense(np.concatenate(parts, dtype=np.float32), first.bias), *self.layers[1:])

    def answers(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the network says of rows (n, width): float32 (n, outputs), scaled."""
        value = rows
        layers = self.for_rows()
        for layer in layers[:-1]:
            value = np.maximum(value @ layer.kernel + layer.bias, 0)
        return value @ layers[-1].kernel + layers[-1].bias


def equalized(layers: tuple[Dense, ...]) -> tuple[Dense, ...]:
    """Layers that say the same, each hidden unit's weights as large where it comes in as where it goes out.

    Eight bits then hold the small units as finely as the large ones (Nagel et al., "Data-free quantization
    through weight equalization and bias correction", ICCV 2019, section 4.1).
    """
    found = list(layers)
    for at, (into, out_of) in enumerate(pairwise(layers)):
        kernel = found[at].kernel
        coming, going = np.abs(kernel).max(axis=0), np.abs(out_of.kernel).max(axis=1)
        used = (coming > 0) & (going > 0)
        size = np.sqrt(np.divide(coming, going, out=np.ones_like(coming), where=used))
        found[at] = Dense(kernel / size, into.bias / size)
        found[at + 1] = Dense(out_of.kernel * size[:, None], out_of.bias)
    return tuple(found)
