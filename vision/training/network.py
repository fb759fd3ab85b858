"""The network, its learning, its export to TensorFlow Lite. The only file that knows Keras and TensorFlow.

Importing it loads both, which the extra `train` installs.
"""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when TensorFlow loads: its notes are not for people

import keras
import tensorflow as tf

from vision.phase.belief import EXERCISES, LOGITS, NONE, PHASES
from vision.phase.window import CHANNELS, STEPS
from vision.training.onnx_file import Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from vision.training.examples import Examples

BATCH = 512
"""Always as many, or TensorFlow compiles anew; what is left over differs from epoch to epoch."""
SMOOTHING = 0.05
"""Nothing is certain: so much of the belief goes to the other exercises."""
PHASE_WEIGHT, DEPTH_WEIGHT = 0.5, 2.0
CALIBRATION = 500
"""About so many windows show the range of numbers that the int8 version must hold."""


class Network:
    """One dimension of convolution over time, laid out as images of one column for the Edge TPU compiler."""

    def __init__(self, seed: int) -> None:
        """Start with random weights; the same seed gives the same ones, and the same learning."""
        keras.utils.set_random_seed(seed)
        tf.config.experimental.enable_op_determinism()
        self._random = np.random.default_rng(seed)
        convolution, dense = keras.layers.Conv2D, keras.layers.Dense
        self._model = keras.Sequential(
            [
                keras.Input((STEPS, 1, CHANNELS)),
                convolution(48, (3, 1), activation="relu"),
                convolution(64, (3, 1), strides=(2, 1), activation="relu"),
                convolution(64, (3, 1), strides=(2, 1), activation="relu"),
                keras.layers.Flatten(),
                keras.layers.Dropout(0.2),
                dense(64, activation="relu"),
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
        self._model.compile(optimizer=keras.optimizers.AdamW(schedule, weight_decay=1e-3), loss=_loss)
        inputs, wanted = examples.windows[:, :, None], _wanted(examples)
        for epoch in range(epochs):
            order = self._random.permutation(len(examples))
            for chunk in order[: batches * size].reshape(batches, size):
                self._model.train_on_batch(inputs[chunk], wanted[chunk])
            on_epoch(epoch + 1)

    def logits(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """What it says of windows (n, STEPS, CHANNELS): (n, LOGITS)."""
        return np.asarray(self._model.predict(windows[:, :, None], batch_size=4096, verbose=0))

    @property
    def layers(self) -> list[Layer]:
        """Its weights, layer by layer."""
        return [
            Layer(kernel, bias, getattr(layer, "strides", (1,))[0])
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

    def to_int8(self, windows: NDArray[np.float32]) -> bytes:
        """The network as TensorFlow Lite with int8 weights, sums, input and output.

        Args:
            windows: (n, STEPS, CHANNELS), what it will be shown; sets the range of every number.
        """

        def shown() -> Iterator[list[NDArray[np.float32]]]:
            for window in windows[:: max(len(windows) // CALIBRATION, 1)]:
                yield [window[None, :, None]]

        spec = tf.TensorSpec((1, STEPS, 1, CHANNELS), tf.float32, name="poses")
        function = tf.function(lambda poses: self._model(poses, training=False))
        with _quiet():
            converter = tf.lite.TFLiteConverter.from_concrete_functions(
                [function.get_concrete_function(spec)]
            )
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = shown
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
            return bytes(converter.convert())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The converter warns of things that are as they should be."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Statistics for quantized inputs were expected")
            yield
    finally:
        logger.setLevel(level)


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
