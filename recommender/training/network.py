"""The networks, their learning, their export to int8. The only file of the room that knows Keras, TensorFlow.

Importing it loads both, which the extra `train` installs.
"""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when TensorFlow loads: its notes are not for people

import keras
import tensorflow as tf

from recommender.encoding import plain_columns
from recommender.person import TRAINING_PHASES
from recommender.prescription import WORKOUT_TYPES
from recommender.training.weights import Dense, Weights, equalized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from recommender.training.examples import Examples
    from recommender.training.recipe import Recipe

Task = Literal["intensity", "effect"]
BATCH_ROWS: Final = 512
"""About so many rows at once; always as many, or TensorFlow compiles anew."""
HUBER: Final = 0.25
"""Deviations up to which an error counts by its square; beyond, by its size: outliers pull little."""
CALIBRATION: Final = 2000
"""About so many rows show the range of numbers that the int8 version must hold."""
CATEGORIES: Final = {
    "intensity": (("phase", len(TRAINING_PHASES)),),
    "effect": (("phase", len(TRAINING_PHASES)), ("type", len(WORKOUT_TYPES))),
}
OUTPUTS: Final = {"intensity": 2, "effect": 3}


class Network:
    """An MLP over rows of `recommender.encoding.rows`, for a person on several days in order, or on one."""

    def __init__(self, task: Task, recipe: Recipe, *, seed: int) -> None:
        """Start with random weights; the same seed gives the same ones, and the same learning."""
        keras.utils.set_random_seed(seed)
        tf.config.experimental.enable_op_determinism()
        self._random = np.random.default_rng(seed)
        self._recipe = recipe
        self._categories = CATEGORIES[task]
        layers = keras.layers
        plain = plain_columns(workout=task == "effect")
        row = keras.Input((None, plain + sum(count for _, count in self._categories)))
        parts, start = [row[..., :plain]], plain
        for name, count in self._categories:
            table = layers.Dense(recipe.embedding, use_bias=False, name=name)
            parts.append(table(row[..., start : start + count]))
            start += count
        value = layers.Dense(recipe.first, activation="relu", name="first")(layers.Concatenate()(parts))
        # The same units are left out on all days of a person, or dropout itself would swing from day to day.
        value = layers.Dropout(recipe.dropout, noise_shape=(None, 1, recipe.first))(value)
        value = layers.Dense(recipe.second, activation="relu", name="second")(value)
        self._model = keras.Model(row, layers.Dense(OUTPUTS[task], name="last")(value))
        steady = recipe.steady_minutes, recipe.steady_intensity
        self._loss = _steady(steady) if task == "intensity" else _outcome

    def fit(
        self,
        learned: Examples,
        judged: Examples,
        *,
        epochs: int,
        patience: int,
    ) -> None:
        """Learn until `patience` epochs in a row are no better on what is judged; keep the best weights."""
        size = min(max(BATCH_ROWS // learned.rows.shape[1], 1), len(learned))
        batches = len(learned) // size
        schedule = keras.optimizers.schedules.CosineDecay(self._recipe.learning_rate, epochs * batches)
        optimizer = keras.optimizers.Adam(schedule)
        optimizer.build(self._model.trainable_variables)
        learn = self._epoch(optimizer, tf.constant(learned.rows), tf.constant(learned.wanted))
        best, kept, since = np.inf, self._model.get_weights(), 0
        for _ in range(epochs):
            order = self._random.permutation(len(learned))[: batches * size].reshape(batches, size)
            learn(tf.constant(order))
            found = float(self._loss(judged.wanted, self._model(judged.rows, training=False)))
            if found < best:
                best, kept, since = found, self._model.get_weights(), 0
            else:
                since += 1
            if since >= patience:
                break
        self._model.set_weights(kept)

    def _epoch(self, optimizer: Any, rows: Any, wanted: Any) -> Callable[[Any], None]:
        """What learns from batches of indices (batches, size), all in one call: thousands take longer."""
        model, loss = self._model, self._loss

        def learn(order: Any) -> None:
            for batch in order:
                with tf.GradientTape() as tape:
                    found = loss(tf.gather(wanted, batch), model(tf.gather(rows, batch), training=True))
                gradients = tape.gradient(found, model.trainable_variables)
                optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

        graph: Callable[[Any], None] = tf.function(learn)
        return graph

    @property
    def weights(self) -> Weights:
        """What it has learned."""
        tables = tuple(self._model.get_layer(name).get_weights()[0] for name, _ in self._categories)
        dense = tuple(
            Dense(*self._model.get_layer(name).get_weights()) for name in ("first", "second", "last")
        )
        return Weights(tables, dense)


def to_int8(layers: tuple[Dense, ...], shown: NDArray[np.float32]) -> bytes:
    """Dense layers as TensorFlow Lite with int8 weights, sums, input and output.

    Args:
        layers: as `Weights.for_rows` gives them.
        shown: (n, width), rows like those that it will see; sets the range of every number.
    """
    *hidden, last = equalized(layers)

    def calibration() -> Iterator[list[NDArray[np.float32]]]:
        for row in shown[:: max(len(shown) // CALIBRATION, 1)]:
            yield [row[None]]

    @tf.function(input_signature=[tf.TensorSpec((1, shown.shape[1]), tf.float32, name="row")])  # type: ignore[untyped-decorator]
    def network(row: Any) -> Any:
        value = row
        for layer in hidden:
            value = tf.nn.relu(tf.linalg.matmul(value, layer.kernel) + layer.bias)
        return tf.linalg.matmul(value, last.kernel) + last.bias

    with _quiet():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([network.get_concrete_function()])
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = calibration
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


def _huber(error: Any) -> Any:
    size = tf.abs(error)
    return tf.where(size < HUBER, tf.square(size) / (2 * HUBER), size - HUBER / 2)


def _steady(smoothness: tuple[float, float]) -> Callable[[Any, Any], Any]:
    """Error, and how far the answer swings from one day of a person to the next.

    `wanted` (m, days, 4) is minutes and intensity, whether they are known, and whether the next day follows.
    """

    def loss(wanted: Any, said: Any) -> Any:
        known, follows = wanted[..., 2:3], wanted[:, :-1, 3:4]
        error = tf.reduce_sum(known * _huber(said - wanted[..., :2])) / tf.maximum(tf.reduce_sum(known), 1.0)
        swings = follows * smoothness * tf.abs(said[:, 1:] - said[:, :-1])
        swing = tf.reduce_sum(swings) / tf.maximum(tf.reduce_sum(follows), 1.0)
        return error + swing

    return loss


def _outcome(wanted: Any, said: Any) -> Any:
    """Effect, completion and RPE together, each where it is known.

    `wanted` (m, 1, 6) is the three, and whether each is known.
    """
    right, known = wanted[..., :3], wanted[..., 3:]
    numbers = _huber(said - right)
    completion = tf.nn.sigmoid_cross_entropy_with_logits(labels=right[..., 1], logits=said[..., 1])
    each = tf.stack([numbers[..., 0], completion, numbers[..., 2]], axis=-1)
    return tf.reduce_sum(known * each) / tf.maximum(tf.reduce_sum(known), 1.0)
