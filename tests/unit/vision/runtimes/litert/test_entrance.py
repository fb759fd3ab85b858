"""A model that begins by scaling its picture is cut there: the same answers, found through a table."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.unit.vision.runtimes.litert.network import (
    ARITHMETIC,
    CHANNELS,
    FLOAT32,
    HALVED,
    PICTURE,
    Network,
    loaded,
    some_picture,
)
from vision.runtimes.litert import entrance, model_file


def tabled(model: Any) -> entrance.Tabled:
    parts = entrance.cut(model)
    assert parts is not None
    return entrance.Tabled(loaded(parts.entrance), loaded(parts.rest))


def scaled() -> Network:
    network = Network()
    network.then("CAST")
    network.then("SUB", network.constant(np.array([127.5], np.float32)))
    return network


number = st.floats(0.25, 200, width=32)
by_channel = st.lists(number, min_size=CHANNELS, max_size=CHANNELS).map(
    lambda values: np.array(values, np.float32)
)
constants = st.one_of(
    number.map(lambda value: np.array([value], np.float32)),
    by_channel,
    by_channel.map(lambda values: values.reshape(1, 1, 1, -1)),
)


@settings(deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(ARITHMETIC), constants), max_size=4),
    seed=st.integers(0, 1000),
)
def test_through_the_table_comes_what_the_whole_model_says(
    steps: list[tuple[str, NDArray[np.float32]]], seed: int
) -> None:
    network = Network()
    network.then("CAST")
    for name, values in steps:
        network.then(name, network.constant(values))
    model = network.halved().finished()
    picture = some_picture(seed)

    whole, apart = loaded(model), tabled(model)

    assert np.array_equal(whole.run([picture])[0], apart.run([picture])[0])
    assert (apart.inputs, apart.outputs[0].shape) == (whole.inputs, whole.outputs[0].shape)


def test_a_model_that_begins_with_a_layer_stays_whole() -> None:
    assert entrance.cut(Network(FLOAT32).halved().finished()) is None


def test_a_model_of_numbers_that_are_no_bytes_stays_whole() -> None:
    network = Network(FLOAT32)
    network.then("SUB", network.constant(np.array([1], np.float32)))
    assert entrance.cut(network.halved().finished()) is None


def test_a_model_that_is_all_entrance_stays_whole() -> None:
    assert entrance.cut(scaled().finished()) is None


def test_a_picture_of_few_pixels_stays_whole() -> None:
    network = Network(shape=(1, 2, 2, CHANNELS))
    network.then("CAST", shape=(1, 2, 2, CHANNELS))
    network.then("AVERAGE_POOL_2D", shape=(1, 1, 1, CHANNELS))
    assert entrance.cut(network.finished()) is None


def test_a_constant_that_differs_from_place_to_place_ends_the_entrance() -> None:
    network = scaled()
    mask = np.random.default_rng(1).random(PICTURE, np.float32)
    network.then("MUL", network.constant(mask))
    model = network.halved().finished()
    picture = some_picture(2)

    assert np.array_equal(loaded(model).run([picture])[0], tabled(model).run([picture])[0])


@pytest.mark.parametrize("at", [0, 1])
def test_a_model_that_comes_back_to_the_bare_picture_stays_whole(at: int) -> None:
    network = Network()
    cast = network.then("CAST")
    network.then("SUB", network.constant(np.array([127.5], np.float32)))
    again = (network.then("CAST"), cast)[at]  # the second cast is of floats: pointwise as well
    network.then("AVERAGE_POOL_2D", shape=HALVED)
    network.last = again
    network.then("MUL", cast)
    assert entrance.cut(network.finished()) is None


def test_of_a_picture_and_its_square_only_the_picture_is_tabled() -> None:
    network = scaled()
    network.then("MUL", network.last)
    model = network.halved().finished()
    picture = some_picture(3)

    assert np.array_equal(loaded(model).run([picture])[0], tabled(model).run([picture])[0])


def test_movenet_says_through_its_table_what_it_says_without(movenet: Path) -> None:
    content = (movenet / "cpu.tflite").read_bytes()
    whole, apart = loaded(content), tabled(model_file.read(content))
    shape = whole.inputs[0].shape
    chance = np.random.default_rng(4)
    noise: list[NDArray[Any]] = [chance.integers(0, 256, shape, np.uint8) for _ in range(4)]
    plain: list[NDArray[Any]] = [np.full(shape, grey, np.uint8) for grey in (0, 1, 127, 255)]

    assert (apart.name, apart.trouble, apart.inputs) == (whole.name, whole.trouble, whole.inputs)
    for picture in noise + plain:
        assert np.array_equal(whole.run([picture])[0], apart.run([picture])[0])
