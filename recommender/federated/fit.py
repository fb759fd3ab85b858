"""A few epochs on one gym's own days, from given weights on. Bounded in time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recommender.federated.loss import steady_huber
from recommender.federated.network import backward, forward
from recommender.training.weights import Dense

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from recommender.federated.network import FoldedIntensity
    from recommender.training.examples import Examples

BETAS: Final = (0.9, 0.999)
EPSILON: Final = 1e-7
"""As Kingma and Ba, "Adam: a method for stochastic optimization" (2015), propose, and Keras does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitConfig:
    """How a gym learns.

    Attributes:
        layers: how many are trained, counted from the end; the others stay as they are.
        epochs: how often each day is looked at.
        batch: so many runs of eight days at once.
        learning_rate: of Adam.
        steady: what a swing of minutes and of intensity costs beside an error of that size.
    """

    layers: int = 1
    epochs: int = 3
    batch: int = 16
    learning_rate: float = 0.01
    steady: tuple[float, float] = (0.0, 0.0)


class OutOfTime(RuntimeError):  # noqa: N818 - named by what happened, as all errors of the project are
    """Learning took longer than it may."""


def fit(
    model: FoldedIntensity,
    examples: Examples,
    config: FitConfig,
    *,
    seed: int,
    is_over: Callable[[], bool] = lambda: False,
) -> FoldedIntensity:
    """The model after learning; the given one is left alone.

    Args:
        model: to begin with.
        examples: at least one run of days (`recommender.training.examples.intensity_examples`).
        config: how to learn.
        seed: of the order of the days.
        is_over: asked before every batch whether to give up.

    Raises:
        OutOfTime: `is_over` said so.
        ValueError: there are no examples, or not so many layers.
    """
    if not len(examples) or not 0 < config.layers <= len(model.layers):
        raise ValueError(f"{len(examples)} runs of days, {config.layers} of {len(model.layers)} layers")
    layers = [Dense(each.kernel.astype(np.float64), each.bias.astype(np.float64)) for each in model.layers]
    trained = layers[-config.layers :]
    adam = _Adam([part for layer in trained for part in (layer.kernel, layer.bias)], config.learning_rate)
    chance = np.random.default_rng(seed)
    for _ in range(config.epochs):
        order = chance.permutation(len(examples))
        for batch in np.split(order, range(config.batch, len(order), config.batch)):
            if is_over():
                raise OutOfTime(f"learning from {len(examples)} runs of days took too long and was given up")
            values = forward(layers, examples.rows[batch])
            _, gradient = steady_huber(examples.wanted[batch], values[-1], config.steady)
            adam.step(backward(layers, values, gradient, trained=config.layers))
    after = tuple(Dense(each.kernel.astype(np.float32), each.bias.astype(np.float32)) for each in layers)
    return replace(model, layers=after)


class _Adam:
    """Changes arrays in place."""

    def __init__(self, arrays: list[NDArray[Any]], learning_rate: float) -> None:
        self._arrays, self._learning_rate = arrays, learning_rate
        self._means = [np.zeros(each.shape) for each in arrays]
        self._squares = [np.zeros(each.shape) for each in arrays]
        self._steps = 0

    def step(self, gradients: list[NDArray[np.float64]]) -> None:
        self._steps += 1
        first, second = (1.0 - beta**self._steps for beta in BETAS)
        for array, gradient, mean, square in zip(
            self._arrays, gradients, self._means, self._squares, strict=True
        ):
            mean[...] += (1.0 - BETAS[0]) * (gradient - mean)
            square[...] += (1.0 - BETAS[1]) * (gradient * gradient - square)
            array[...] -= self._learning_rate * (mean / first) / (np.sqrt(square / second) + EPSILON)
