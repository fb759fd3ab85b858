"""The network of `reachable.py`: an aim and a band for each day, learned through all days of a member."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import keras
import numpy as np
import tensorflow as tf

from recommender.prescription import HIGHEST_INTENSITY, LOWEST_INTENSITY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FIRST, SECOND, BAND = 96, 32, 24
DROPOUT: Final = 0.1
WEIGHT_PRICE: Final = 3e-5
RATE, LEAST_RATE, PRICE_RATE = 2e-3, 1e-5, 0.5
NARROW: Final = -3.0
"""Bands start at 0.05 points."""


class Oracle:
    """Intensities for every day, as near as it can and with steps as small as they have to be."""

    def __init__(self, *, numbers: int, spread: float, most_step: float) -> None:
        """Start with random weights.

        Args:
            numbers: how many are known of a day.
            spread: standard deviation of what members say about the centres that it learns from.
            most_step: mean step from a day to the next in points, infinite for any.
        """
        layers = keras.layers
        given = keras.Input((None, numbers))
        regular = keras.regularizers.L2(WEIGHT_PRICE)
        value = layers.Dense(FIRST, activation="relu", kernel_regularizer=regular)(given)
        value = layers.Dropout(DROPOUT, noise_shape=(None, 1, FIRST))(value)
        aim = layers.Dense(1)(layers.Dense(SECOND, activation="relu")(value))
        start = keras.initializers.Constant(NARROW)
        band = layers.Dense(1, bias_initializer=start)(layers.Dense(BAND, activation="relu")(given))
        self._aims, self._bands = keras.Model(given, aim), keras.Model(given, band)
        self._spread, self._most = spread, most_step
        self._price = tf.Variable(0.0)

    def learn(
        self, numbers: Floats, wanted: Floats, centres: Floats, counts: Floats, *, epochs: int, at_once: int
    ) -> None:
        """Make the expected error of the days that count small; the price of a step is found on the way."""
        batches = len(numbers) // at_once
        schedule = keras.optimizers.schedules.CosineDecay(RATE, epochs * batches, alpha=LEAST_RATE / RATE)
        optimizer = keras.optimizers.Adam(schedule, global_clipnorm=1.0)
        variables = [*self._aims.trainable_variables]
        if np.isfinite(self._most):
            variables += self._bands.trainable_variables
        optimizer.build(variables)
        tables = [tf.constant(each) for each in (numbers, wanted, centres, counts)]

        def batch(chosen: Any) -> None:
            given, base, centre, count = (tf.gather(each, chosen) for each in tables)
            with tf.GradientTape() as tape:
                said = self._answers(given, base, training=True)
                step = tf.reduce_mean(tf.abs(said[:, 1:] - said[:, :-1]))
                error = tf.reduce_sum(count * self._expected(said - centre)) / tf.reduce_sum(count)
                loss = error + self._price * step + tf.add_n(self._aims.losses)
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
            if np.isfinite(self._most):
                self._price.assign(tf.nn.relu(self._price + PRICE_RATE * (step - self._most)))

        learn = tf.function(batch)
        chance = np.random.default_rng(0)
        for _ in range(epochs):
            for chosen in chance.permutation(len(numbers))[: batches * at_once].reshape(batches, at_once):
                learn(tf.constant(chosen))

    def answers(self, numbers: Floats, wanted: Floats) -> NDArray[Any]:
        """Intensities (members, days)."""
        return np.asarray(self._answers(tf.constant(numbers), tf.constant(wanted), training=False))

    def _answers(self, numbers: Any, wanted: Any, *, training: bool) -> Any:
        aims = self._aims(numbers, training=training)[..., 0] + wanted
        if not np.isfinite(self._most):
            return tf.clip_by_value(aims, LOWEST_INTENSITY, HIGHEST_INTENSITY)
        widths = tf.nn.softplus(self._bands(numbers)[..., 0])
        answer = aims[:, 0]
        found = [answer]
        for day in range(1, numbers.shape[1]):
            step, width = aims[:, day] - answer, widths[:, day]
            answer = answer + tf.nn.relu(step - width) - tf.nn.relu(-step - width)
            found.append(answer)
        return tf.clip_by_value(tf.stack(found, axis=1), LOWEST_INTENSITY, HIGHEST_INTENSITY)

    def _expected(self, off: Any) -> Any:
        """Mean size of a normal error of this spread whose middle is so far off: a folded normal's mean."""
        at = off / self._spread
        density = np.sqrt(2 / np.pi) * tf.exp(-0.5 * tf.square(at))
        return self._spread * (density + at * tf.math.erf(at / np.sqrt(2.0)))
