from pathlib import Path

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.unit.vision.runtimes.litert.network import FLOAT32, Network, loaded, some_picture
from vision.runtimes.litert import model_file


def test_what_is_read_and_written_runs_as_before(movenet: Path) -> None:
    content = (movenet / "cpu.tflite").read_bytes()
    once = model_file.write(model_file.read(content))
    chance = np.random.default_rng(1).integers(0, 256, (1, 192, 192, 3), np.uint8)
    assert np.array_equal(loaded(once).run([chance])[0], loaded(content).run([chance])[0])
    assert model_file.write(model_file.read(once)) == once


def test_the_greater_of_both_places_says_what_an_operator_is() -> None:
    model = Network().halved().finished()
    (operator,), (code,) = model.subgraphs[0].operators, model.operatorCodes
    for builtin, deprecated in ((0, 33), (33, 0), (200, 127)):
        code.builtinCode, code.deprecatedBuiltinCode = builtin, deprecated
        assert model_file.operator_kind(model, operator) == max(builtin, deprecated)


def test_only_what_the_file_holds_is_constant() -> None:
    network = Network()
    held = network.constant(np.array([1, 2], np.float32))
    network.then("CAST")
    network.then("MUL", network.constant(np.array([3], np.float32)))
    model = network.finished()
    tensors = model.subgraphs[0].tensors
    assert model_file.constant(model, tensors[held]) == np.array([1, 2], np.float32).tobytes()
    assert model_file.constant(model, tensors[model.subgraphs[0].inputs[0]]) is None
    assert model_file.shape(tensors[held]) == (2,)
    assert loaded(model).run([some_picture(1)])[0].max() == 3 * int(some_picture(1).max())


def test_a_single_number_has_no_shape() -> None:
    number = schema.TensorT()
    number.type, number.shape = FLOAT32, None
    assert model_file.shape(number) == ()
