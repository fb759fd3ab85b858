"""What a model looks up at a few pixels only is computed at those pixels only.

A pose model computes some of its maps, offsets to joints for one, over the whole picture by convolutions of
single pixels, and then gathers a dozen pixels of them. Gathering first and convolving then says the same.
"""

from __future__ import annotations

from copy import copy
from math import prod
from typing import TYPE_CHECKING, Any

from ai_edge_litert import schema_py_generated as schema

from vision.runtimes.litert import model_file

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPERATOR = schema.BuiltinOperator
_MAP_RANK = 4
"""Pictures, rows, columns, channels."""


def gather_first(model: Any) -> bool:
    """Change a `ModelT`, so that it gathers pixels before what treats each pixel by itself, not after.

    Returns:
        False, and nothing is changed, where no such pixels are gathered.
    """
    graph = model.subgraphs[0]
    if len(model.subgraphs) > 1:
        return False
    late = {
        id(operator): layers
        for operator in graph.operators
        if _gathers_pixels(model, operator) and (layers := _pixel_layers(model, int(operator.inputs[0])))
    }
    moved = {id(layer) for layers in late.values() for layer in layers}
    graph.operators = [
        each
        for operator in graph.operators
        if id(operator) not in moved
        for each in (_swapped(model, operator, late[id(operator)]) if id(operator) in late else [operator])
    ]
    return bool(late)


def _gathers_pixels(model: Any, operator: Any) -> bool:
    """Whether it takes some pixels of a map, each with all of its channels."""
    if model_file.operator_kind(model, operator) != _OPERATOR.GATHER_ND:
        return False
    of, places = (model_file.shape(model.subgraphs[0].tensors[each]) for each in operator.inputs)
    return len(of) == _MAP_RANK and places[-1] == len(of) - 1 and prod(places[:-1]) < prod(of[:-1])


def _pixel_layers(model: Any, last: int) -> list[Any]:
    """The convolutions of single pixels, the first one first, that a map comes from and nothing else uses."""
    graph = model.subgraphs[0]
    used = [int(each) for operator in graph.operators for each in operator.inputs] + list(graph.outputs)
    maker = {int(each): operator for operator in graph.operators for each in operator.outputs}
    layers: list[Any] = []
    while last in maker and _is_of_single_pixels(model, maker[last]) and used.count(last) == 1:
        layers.insert(0, maker[last])
        last = int(maker[last].inputs[0])
    return layers


def _is_of_single_pixels(model: Any, operator: Any) -> bool:
    if model_file.operator_kind(model, operator) != _OPERATOR.CONV_2D:
        return False
    _, height, width, _ = model_file.shape(model.subgraphs[0].tensors[operator.inputs[1]])
    return (height, width, operator.builtinOptions.strideH, operator.builtinOptions.strideW) == (1, 1, 1, 1)


def _swapped(model: Any, gather: Any, layers: Sequence[Any]) -> list[Any]:
    """The same operators, gathering first: what was gathered is a map of one row of pixels to the layers."""
    tensors = model.subgraphs[0].tensors
    places, answer = tensors[gather.inputs[1]], int(gather.outputs[0])
    pixels = model_file.shape(places)[:-1]
    row = (1, 1, prod(pixels))
    before, after = int(layers[0].inputs[0]), int(layers[-1].outputs[0])
    channels = model_file.shape(tensors[before])[-1]
    gathered = _like(model, before, (*pixels, channels))
    gather.inputs, gather.outputs = [before, gather.inputs[1]], [gathered]
    in_a_row = _like(model, before, (*row, channels))
    layers[0].inputs = [in_a_row, *layers[0].inputs[1:]]
    for layer in layers:
        made = tensors[layer.outputs[0]]
        made.shape, made.shapeSignature = [*row, model_file.shape(made)[-1]], None
    return [gather, _reshape(model, gathered, in_a_row), *layers, _reshape(model, after, answer)]


def _like(model: Any, number: int, shape: Sequence[int]) -> int:
    """A new tensor of the same kind with another shape."""
    tensors = model.subgraphs[0].tensors
    new = copy(tensors[number])
    new.shape, new.shapeSignature, new.buffer, new.name = list(shape), None, 0, f"gathered_{len(tensors)}"
    tensors.append(new)
    return len(tensors) - 1


def _reshape(model: Any, source: int, target: int) -> Any:
    operator, options = schema.OperatorT(), schema.ReshapeOptionsT()
    options.newShape = list(model_file.shape(model.subgraphs[0].tensors[target]))
    operator.opcodeIndex = _listed(model, _OPERATOR.RESHAPE)
    operator.inputs, operator.outputs = [source], [target]
    operator.builtinOptionsType, operator.builtinOptions = schema.BuiltinOptions.ReshapeOptions, options
    return operator


def _listed(model: Any, kind: int) -> int:
    """One more entry in the model's list of the kinds of operators that it has; its number."""
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = kind
    code.version = 1
    model.operatorCodes.append(code)
    return len(model.operatorCodes) - 1
