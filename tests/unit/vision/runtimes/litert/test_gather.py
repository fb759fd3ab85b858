"""A model that gathers a few pixels at last computes only those: the same answers, in bytes to the bit."""

from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.unit.vision.runtimes.litert.network import (
    HALVED,
    INT8,
    PICTURE,
    SIDE,
    Network,
    Quantised,
    loaded,
    some_picture,
)
from vision.runtimes import litert
from vision.runtimes.litert import floats, gather, model_file

PIXELS = 5
CONVOLUTION, GATHER = schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.GATHER_ND


def some_places(seed: int, shape: tuple[int, ...] = (PIXELS,)) -> NDArray[np.int32]:
    """Of the one picture, anywhere in it."""
    places = np.random.default_rng(seed).integers(0, SIDE, (*shape, 3), np.int32)
    places[..., 0] = 0
    return places


def layer(network: Network, filters: int, *, seed: int = 0, side: int = 1) -> int:
    """A convolution of single pixels, or of squares; in bytes where the network is in bytes."""
    chance = np.random.default_rng(seed)
    last = network.graph.tensors[network.last]
    shape = (filters, side, side, model_file.shape(last)[-1])
    made = (*model_file.shape(last)[:-1], filters)
    if last.type == INT8:
        scales = Quantised(tuple(chance.uniform(0.001, 0.02, filters).tolist()), (0,) * filters)
        weights = network.constant(chance.integers(-127, 128, shape).astype(np.int8), scales)
        biases = network.constant(chance.integers(-2000, 2000, filters).astype(np.int32), scales)
        answers = Quantised((float(chance.uniform(1, 8)),), (int(chance.integers(-9, 10)),))
        return network.then("CONV_2D", weights, biases, shape=made, dtype=INT8, quantised=answers)
    weights = network.constant(chance.normal(size=shape).astype(np.float32))
    biases = network.constant(chance.normal(size=filters).astype(np.float32))
    return network.then("CONV_2D", weights, biases, shape=made)


def looked_up(network: Network, places: NDArray[np.int32]) -> Network:
    """Some pixels of the last map, or single numbers of it."""
    last = network.graph.tensors[network.last]
    rest = model_file.shape(last)[places.shape[-1] :]
    network.then("GATHER_ND", network.constant(places), shape=(*places.shape[:-1], *rest), dtype=last.type)
    network.graph.tensors[network.last].quantization = last.quantization
    return network


def of_floats() -> Network:
    network = Network()
    network.then("CAST")
    return network


def of_bytes() -> Network:
    network = of_floats()
    network.then("QUANTIZE", dtype=INT8, quantised=Quantised((1.0,), (-128,)))
    return network


def kinds(model: Any) -> list[int]:
    return [model_file.operator_kind(model, each) for each in model.subgraphs[0].operators]


def assert_alike(model: Any, whole: Any, picture: NDArray[np.uint8]) -> None:
    """They say the same; a processor may add up floats of few pixels in another order than those of many."""
    ours, theirs = (loaded(each).run([picture])[0] for each in (model, whole))
    if theirs.dtype == np.float32:
        assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-5 * float(np.abs(theirs).max()))
    else:
        assert np.array_equal(ours, theirs)


@settings(deadline=None, max_examples=60)
@given(
    begin=st.sampled_from((of_floats, of_bytes)),
    filters=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    places=st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple),
    seed=st.integers(0, 10_000),
)
def test_what_is_gathered_first_says_the_same(
    begin: Callable[[], Network], filters: list[int], places: tuple[int, ...], seed: int
) -> None:
    def written() -> Any:
        network = begin()
        for number, count in enumerate(filters):
            layer(network, count, seed=seed + number)
        return looked_up(network, some_places(seed, places)).finished()

    whole, model, picture = written(), written(), some_picture(seed)
    assert gather.gather_first(model)

    order = [kind for kind in kinds(model) if kind in {GATHER, CONVOLUTION}]
    assert order == [GATHER, *[CONVOLUTION] * len(filters)]
    of_layers = model.subgraphs[0].operators[-1 - len(filters) : -1]
    made = [model_file.shape(model.subgraphs[0].tensors[each.outputs[0]]) for each in of_layers]
    assert made == [(1, 1, prod(places), count) for count in filters]
    assert_alike(model, whole, picture)


def test_two_lookups_of_one_map_each_compute_their_own() -> None:
    def written() -> Any:
        network = of_floats()
        stem = layer(network, 4, side=3)
        layer(network, 2, seed=1)
        first = looked_up(network, some_places(1)).last
        network.last = stem
        layer(network, 2, seed=2)
        looked_up(network, some_places(2))
        network.then("ADD", first, shape=(PIXELS, 2))
        return network.finished()

    whole, model, picture = written(), written(), some_picture(3)
    assert gather.gather_first(model)
    order = [kind for kind in kinds(model) if kind in {GATHER, CONVOLUTION}]
    assert order == [CONVOLUTION, GATHER, CONVOLUTION, GATHER, CONVOLUTION]
    assert_alike(model, whole, picture)


def nothing_is_gathered() -> Network:
    network = of_floats()
    layer(network, 4)
    return network


def numbers_are_gathered() -> Network:
    """Not whole pixels: of each the channel is asked for as well."""
    network = of_floats()
    layer(network, 4)
    channels = np.ones((PIXELS, 1), np.int32)
    return looked_up(network, np.concatenate([some_places(4), channels], axis=1))


def the_layer_looks_at_neighbours() -> Network:
    network = of_floats()
    layer(network, 4, side=3)
    return looked_up(network, some_places(5))


def the_layer_leaps() -> Network:
    network = of_floats()
    layer(network, 4)
    network.graph.operators[-1].builtinOptions.strideW = 2
    network.graph.operators[-1].builtinOptions.strideH = 2
    network.graph.tensors[network.last].shape = [*HALVED[:3], 4]
    places = some_places(6)
    places[:, 1:] //= 2
    return looked_up(network, places)


def the_map_is_asked_for_again() -> Network:
    network = of_floats()
    layer(network, 4)
    looked_up(network, some_places(7))
    gathered = network.last
    network.last = network.graph.operators[-1].inputs[0]
    network.then("ADD", gathered, shape=(1, SIDE, SIDE, 4))
    return network


def there_are_no_layers() -> Network:
    return looked_up(of_floats(), some_places(8))


def it_asks_for_more_pixels_than_there_are() -> Network:
    network = of_floats()
    layer(network, 4)
    return looked_up(network, some_places(9, (SIDE * SIDE,)))


def it_has_two_graphs() -> Network:
    network = of_floats()
    layer(network, 4)
    looked_up(network, some_places(10))
    network.model.subgraphs.append(network.graph)
    return network


@pytest.mark.parametrize(
    "written",
    [
        nothing_is_gathered,
        numbers_are_gathered,
        the_layer_looks_at_neighbours,
        the_layer_leaps,
        the_map_is_asked_for_again,
        there_are_no_layers,
        it_asks_for_more_pixels_than_there_are,
        it_has_two_graphs,
    ],
)
def test_other_models_stay_as_they_are(written: Callable[[], Network]) -> None:
    model, as_it_was = written().finished(), written().finished()
    assert not gather.gather_first(model)
    assert model_file.write(model) == model_file.write(as_it_was)


def test_a_map_that_is_an_answer_is_computed_whole() -> None:
    network = of_floats()
    answer = layer(network, 4)
    model = looked_up(network, some_places(11)).finished()
    model.subgraphs[0].outputs = [answer, network.last]
    assert not gather.gather_first(model)


def test_a_model_of_pictures_is_loaded_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(floats, "are_quicker_here", lambda: False)
    network, path = Network(), tmp_path / "cpu.tflite"
    place = network.constant(np.random.default_rng(12).random(PICTURE, np.float32))
    network.then("CAST")
    network.then("MUL", place)
    layer(network, 4)
    path.write_bytes(model_file.write(looked_up(network, some_places(12)).finished()))
    written, computed = model_file.write, list[int]()

    def write(model: Any) -> bytes:
        computed.extend(kinds(model))
        return written(model)

    monkeypatch.setattr(model_file, "write", write)
    model, picture = litert.load(path), some_picture(12)

    assert [each for each in computed if each in {GATHER, CONVOLUTION}] == [GATHER, CONVOLUTION]
    as_written = litert.load_as_written(path).run([picture])[0]
    assert model.run([picture])[0] == pytest.approx(as_written, rel=1e-5, abs=1e-3)


@pytest.mark.parametrize("in_floats", [True, False])
def test_movenet_says_what_it_says_with_whole_maps(movenet: Path, *, in_floats: bool) -> None:
    def model() -> Any:
        read = model_file.read((movenet / "cpu.tflite").read_bytes())
        assert not in_floats or floats.compute_in_floats(read)
        return read

    model_with_maps, model_that_gathers = model(), model()
    assert gather.gather_first(model_that_gathers)
    chance, shape = np.random.default_rng(13), loaded(model_with_maps).inputs[0].shape
    for _ in range(4):
        assert_alike(model_that_gathers, model_with_maps, chance.integers(0, 256, shape, np.uint8))
