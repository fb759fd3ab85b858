"""An int8 model computed in floats says what its weights say, without the rounding between layers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.unit.vision.runtimes.litert.network import (
    CHANNELS,
    INT8,
    INT16,
    PICTURE,
    SIDE,
    UINT8,
    Network,
    Quantised,
    loaded,
    some_picture,
)
from vision.footage import clip_path
from vision.offline.clip import Clip
from vision.pose.movenet import MoveNet
from vision.runtimes import litert
from vision.runtimes.litert import floats, model_file
from vision.runtimes.litert.entrance import Tabled

FILTERS = 4
SEEN = (1, SIDE, SIDE, FILTERS)
OF_BYTES = Quantised((1.0,), (-128,))


class Layer:
    """A convolution of single pixels as a converter quantises it, and what it means."""

    def __init__(self, seed: int, *, answers: Quantised) -> None:
        chance = np.random.default_rng(seed)
        self.weights = chance.integers(-127, 128, (FILTERS, 1, 1, CHANNELS)).astype(np.int8)
        self.scales = chance.uniform(0.001, 0.02, FILTERS).astype(np.float32)
        self.biases = chance.integers(-2000, 2000, FILTERS).astype(np.int32)
        self.answers = answers

    def network(self) -> Network:
        network = Network()
        network.then("CAST")
        network.then("QUANTIZE", dtype=INT8, quantised=OF_BYTES)
        by_filter = Quantised(tuple(self.scales.tolist()), (0,) * FILTERS)
        parts = (network.constant(self.weights, by_filter), network.constant(self.biases, by_filter))
        network.then("CONV_2D", *parts, shape=SEEN, dtype=INT8, quantised=self.answers)
        network.then("DEQUANTIZE", shape=SEEN)
        return network

    def meant(self, picture: NDArray[np.uint8]) -> NDArray[np.float64]:
        weights = self.weights.reshape(FILTERS, CHANNELS) * self.scales.astype(np.float64)[:, None]
        return picture.astype(np.float64) @ weights.T + self.biases * self.scales


def in_floats(network: Network) -> Any:
    model = network.finished()
    assert floats.compute_in_floats(model)
    return model


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_a_layer_says_what_its_weights_mean_and_int8_says_it_rounded(seed: int) -> None:
    layer = Layer(seed, answers=Quantised((8.0,), (3,)))
    picture = some_picture(seed)
    meant = layer.meant(picture)

    rounded = loaded(layer.network().finished()).run([picture])[0]
    exact = loaded(in_floats(layer.network())).run([picture])[0]

    assert exact == pytest.approx(meant, rel=1e-4, abs=1e-2)
    inside = (meant > -131 * 8.0) & (meant < 124 * 8.0)
    assert np.abs(rounded - meant)[inside].max() <= 8.0
    assert np.abs(rounded - meant).max() > np.abs(exact - meant).max()


def test_what_only_rounds_is_left_out() -> None:
    model = in_floats(Layer(1, answers=Quantised((8.0,))).network())
    kinds = [model_file.operator_kind(model, each) for each in model.subgraphs[0].operators]
    assert kinds == [schema.BuiltinOperator.CAST, schema.BuiltinOperator.CONV_2D]


def halves() -> Network:
    """Weights of half the size: they are dequantised, and nothing is quantised."""
    network = Network()
    network.then("CAST")
    network.last, picture = network.constant(np.array([2.0], np.float16)), network.last
    network.then("DEQUANTIZE", shape=(1,))
    network.then("MUL", picture)
    return network


def test_weights_in_half_floats_are_kept_beside_quantised_ones() -> None:
    network = halves()
    network.then("QUANTIZE", dtype=INT8, quantised=Quantised((4.0,), (-128,)))
    network.then("DEQUANTIZE")
    picture = some_picture(2)

    assert np.array_equal(loaded(in_floats(network)).run([picture])[0], 2.0 * picture)


def nothing_is_quantised() -> Network:
    return halves().halved()


def its_input_is_quantised() -> Network:
    network = Network(UINT8, quantised=Quantised((0.5,)))
    network.then("DEQUANTIZE")
    return network.halved()


def its_answer_is_quantised() -> Network:
    network = Network()
    network.then("CAST")
    network.then("QUANTIZE", dtype=INT8, quantised=OF_BYTES)
    return network


def it_counts_in_sixteen_bits() -> Network:
    network = Network()
    network.then("CAST")
    network.then("QUANTIZE", dtype=INT16, quantised=Quantised((0.01,)))
    network.then("DEQUANTIZE")
    return network


def it_has_an_operator_of_others() -> Network:
    network = Layer(3, answers=Quantised((8.0,))).network()
    network.then("CUSTOM", shape=SEEN)
    return network


def it_has_two_graphs() -> Network:
    network = Layer(4, answers=Quantised((8.0,))).network()
    network.model.subgraphs.append(network.graph)
    return network


@pytest.mark.parametrize(
    ("machine", "flags", "quicker"),
    [
        ("x86_64", "fpu sse2 avx avx2 fma", True),
        ("AMD64", "fpu sse2", True),
        ("x86_64", "avx2 avx512f avx512_vnni", False),
        ("x86_64", "avx2 avx_vnni", False),
        ("x86_64", "", True),
        ("aarch64", "fp asimd asimddp", False),
        ("aarch64", "fp asimd", False),
    ],
)
def test_floats_are_quicker_where_bytes_have_no_products(machine: str, flags: str, *, quicker: bool) -> None:
    info = f"processor\t: 0\nmodel name\t: a CPU\nflags\t\t: {flags}\n"
    assert floats.are_quicker(machine, info) is quicker


@pytest.fixture
def slow_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CPU without products of bytes."""
    monkeypatch.setattr(floats, "are_quicker_here", lambda: True)


def test_where_bytes_are_quick_they_stay_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(floats, "are_quicker_here", lambda: False)
    layer, path, picture = Layer(7, answers=Quantised((8.0,))), tmp_path / "cpu.tflite", some_picture(7)
    path.write_bytes(model_file.write(layer.network().finished()))
    model = litert.load(path)
    assert isinstance(model, Tabled)
    assert np.array_equal(model.run([picture])[0], litert.load_as_written(path).run([picture])[0])


def test_a_machine_that_does_not_tell_of_its_cpu_keeps_bytes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(floats, "_CPU_INFO", tmp_path / "nowhere")
    assert not floats.are_quicker_here()


@pytest.mark.parametrize(
    "written",
    [
        nothing_is_quantised,
        its_input_is_quantised,
        its_answer_is_quantised,
        it_counts_in_sixteen_bits,
        it_has_an_operator_of_others,
        it_has_two_graphs,
    ],
)
def test_other_models_stay_as_they_are(written: Callable[[], Network]) -> None:
    model, as_it_was = written().finished(), written().finished()
    assert not floats.compute_in_floats(model)
    assert model_file.write(model) == model_file.write(as_it_was)


@pytest.mark.usefixtures("slow_bytes")
def test_a_model_of_pictures_is_loaded_so_and_others_as_they_are_written(tmp_path: Path) -> None:
    layer, path = Layer(5, answers=Quantised((8.0,))), tmp_path / "cpu.tflite"
    picture = some_picture(5)
    path.write_bytes(model_file.write(layer.network().finished()))
    assert litert.load(path).run([picture])[0] == pytest.approx(layer.meant(picture), rel=1e-4, abs=1e-2)
    assert isinstance(litert.load(path), Tabled)

    path.write_bytes(model_file.write(its_answer_is_quantised().finished()))
    assert isinstance(litert.load(path), litert.LiteRtModel)
    assert np.array_equal(litert.load(path).run([picture])[0], picture.astype(np.int16) - 128)


@pytest.mark.usefixtures("slow_bytes")
def test_of_floats_that_do_not_begin_with_bytes_no_table_is_made(tmp_path: Path) -> None:
    network, path = Network(), tmp_path / "cpu.tflite"
    place = network.constant(np.random.default_rng(6).random(PICTURE, np.float32))
    network.then("CAST")
    network.last = network.graph.inputs[0]
    network.then("CAST")
    network.then("MUL", network.graph.operators[0].outputs[0])
    network.then("QUANTIZE", dtype=INT8, quantised=Quantised((300.0,)))
    network.then("DEQUANTIZE")
    network.then("MUL", place)
    path.write_bytes(model_file.write(network.finished()))
    model = litert.load(path)
    assert isinstance(model, litert.LiteRtModel)
    assert len(np.unique(model.run([some_picture(6)])[0])) > 256


@pytest.fixture(scope="module")
def frames() -> list[NDArray[np.uint8]]:
    with Clip(clip_path()) as video:
        return [frame for _, (_, frame) in zip(range(60), video, strict=False)]


@pytest.mark.usefixtures("slow_bytes")
def test_movenet_sees_the_same_person_and_trembles_less(
    movenet: Path, frames: list[NDArray[np.uint8]]
) -> None:
    path = movenet / "cpu.tflite"
    exact, rounded = MoveNet(litert.load(path)), MoveNet(litert.load_as_written(path))
    still = frames[0]
    # The same picture, moved by parts of a pixel: all that the points should do is to move along.
    moved: list[NDArray[Any]] = [
        cv2.warpAffine(still, np.array([[1, 0, by], [0, 1, 0]], np.float64), still.shape[1::-1])
        for by in np.arange(0, 4, 0.25)
    ]

    def tremble(of: MoveNet) -> float:
        of.reset()
        poses = [of.estimate(picture, 0.04 * number) for number, picture in enumerate(moved)]
        points = np.array([pose.points[:, :2] for pose in poses if pose is not None])
        assert len(points) == len(moved)
        return float(np.abs(np.diff(points, n=2, axis=0)).mean())

    assert tremble(exact) < 0.5 * tremble(rounded)
    away = []
    for number, frame in enumerate(frames):
        poses = [each.estimate(frame, 1 + 0.04 * number) for each in (exact, rounded)]
        assert all(poses)
        ours, theirs = (pose.points[:, :2] for pose in poses if pose is not None)
        away.append(np.median(np.abs(ours - theirs)) / still.shape[0])
    assert float(np.mean(away)) < 0.015
