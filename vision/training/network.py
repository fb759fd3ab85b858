"""The network and its learning. The only file that knows Keras and TensorFlow.

Importing it loads both, which the extra `train` installs.

The same examples teach the same on every processor, although each adds up in an order of its own: sums are
taken in double precision, and what is learned from (examples) and by (gradients) is rounded so coarsely that
their last digits do not show.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when TensorFlow loads: its notes are not for people

import keras
import tensorflow as tf

from vision.phase.belief import EXERCISES, LOGITS, NONE, PHASES
from vision.phase.window import CHANNELS, STEPS
from vision.training.layers import Layer, logits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vision.training.examples import Examples

BATCH = 512
"""Always as many, or TensorFlow compiles anew; what is left over differs from epoch to epoch."""
SMOOTHING = 0.05
"""Nothing is certain: so much of the belief goes to the other exercises."""
PHASE_WEIGHT, DEPTH_WEIGHT = 0.5, 2.0
WEIGHT_DECAY = 1e-3
DOUBLE = "float64"


class Network:
    """One dimension of convolution over time, laid out as images of one column for the Edge TPU compiler."""

    def __init__(self, seed: int) -> None:
        """Start with random weights; the same seed gives the same ones, and the same learning."""
        keras.utils.set_random_seed(seed)
        tf.config.experimental.enable_op_determinism()
        self._random = np.random.default_rng(seed)
        convolution = partial(keras.layers.Conv2D, activation="relu", dtype=DOUBLE)
        dense = partial(keras.layers.Dense, dtype=DOUBLE)
        self._model = keras.Sequential(
            [
                keras.Input((STEPS, 1, CHANNELS), dtype=DOUBLE),
                convolution(96, (3, 1)),
                convolution(128, (3, 1), strides=(2, 1)),
                convolution(128, (3, 1), strides=(2, 1)),
                keras.layers.Flatten(dtype=DOUBLE),
                keras.layers.Dropout(0.2, dtype=DOUBLE),
                dense(128, activation="relu"),
                dense(LOGITS),
            ]
        )

    def fit(
        self,
        examples: Examples,
        *,
        epochs: int,
        learning_rate: float,
        on_epoch: Callable[[int], None],
    ) -> None:
        """Learn; `on_epoch` is told how many epochs are done."""
        size = min(BATCH, len(examples))
        batches = len(examples) // size
        schedule = keras.optimizers.schedules.CosineDecay(learning_rate, epochs * batches)
        learn = self._step(keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY))
        inputs, wanted = (
            each.astype(np.float16) for each in (examples.windows[:, :, None], _wanted(examples))
        )
        for epoch in range(epochs):
            order = self._random.permutation(len(examples))
            for chunk in order[: batches * size].reshape(batches, size):
                learn(tf.constant(inputs[chunk], DOUBLE), tf.constant(wanted[chunk], DOUBLE))
            on_epoch(epoch + 1)

    def _step(self, optimizer: Any) -> Callable[[Any, Any], None]:
        """What learns from one batch of windows and right answers."""
        weights = self._model.trainable_variables
        optimizer.build(weights)

        def learn(windows: Any, wanted: Any) -> None:
            with tf.GradientTape() as tape:
                loss = _loss(wanted, self._model(windows, training=True))
            optimizer.apply([_rounded(each) for each in tape.gradient(loss, weights)], weights)

        graph: Callable[[Any, Any], None] = tf.function(learn)
        return graph

    def logits(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """What it says of windows (n, STEPS, CHANNELS): (n, LOGITS)."""
        return logits(self.layers, windows).astype(np.float32)

    @property
    def layers(self) -> list[Layer]:
        """Its weights, layer by layer."""
        return [
            Layer(kernel.astype(np.float32), bias.astype(np.float32), getattr(layer, "strides", (1,))[0])
            for layer in self._weighted
            for kernel, bias in [layer.get_weights()]
        ]

    @layers.setter
    def layers(self, layers: Sequence[Layer]) -> None:
        for own, given in zip(self._weighted, layers, strict=True):
            own.set_weights([given.kernel, given.bias])

    @property
    def _weighted(self) -> list[Any]:
        return [layer for layer in self._model.layers if layer.get_weights()]


def _rounded(gradient: Any) -> Any:
    """To eight binary digits: far finer than batches differ, far coarser than orders of sums do."""
    return tf.cast(tf.cast(gradient, tf.bfloat16), gradient.dtype)


def _wanted(examples: Examples) -> NDArray[np.float32]:
    """The right answers (n, 13): exercise, phase, depth, and whether phase and depth mean anything."""
    exercises = np.eye(len(EXERCISES), dtype=np.float32)[examples.exercise]
    exercises = exercises * (1 - SMOOTHING) + SMOOTHING / len(EXERCISES)
    phases = np.eye(len(PHASES), dtype=np.float32)[examples.phase]
    means = (examples.exercise != EXERCISES.index(NONE)).astype(np.float32)
    return np.concatenate([exercises, phases, examples.depth[:, None], means[:, None]], axis=1)


def _loss(wanted: Any, logits: Any) -> Any:
    """Mean of one loss for each of the three answers."""
    ends = (len(EXERCISES), len(EXERCISES) + len(PHASES))
    exercise = tf.nn.softmax_cross_entropy_with_logits(wanted[:, : ends[0]], logits[:, : ends[0]])
    phase = tf.nn.softmax_cross_entropy_with_logits(
        wanted[:, ends[0] : ends[1]], logits[:, ends[0] : ends[1]]
    )
    depth = tf.square(wanted[:, ends[1]] - tf.sigmoid(logits[:, ends[1]]))
    return tf.reduce_mean(exercise + wanted[:, -1] * (PHASE_WEIGHT * phase + DEPTH_WEIGHT * depth))
