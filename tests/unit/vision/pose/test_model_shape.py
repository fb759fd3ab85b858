"""Is this file the model that it should be?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.pose.model_shape import Shape, require_shapes
from vision.runtimes import ModelFileError, TensorSpec

SHAPE = st.tuples(
    st.lists(st.integers(1, 300), max_size=4).map(tuple), st.sampled_from(["float32", "uint8", "int8"])
)
SHAPES = st.lists(SHAPE, min_size=1, max_size=4)


class Model:
    """A model of these shapes."""

    name, trouble = "model", ""

    def __init__(self, inputs: list[Shape], outputs: list[Shape]) -> None:
        self.inputs = tuple(TensorSpec(f"in{n}", shape, dtype) for n, (shape, dtype) in enumerate(inputs))
        self.outputs = tuple(TensorSpec(f"out{n}", shape, dtype) for n, (shape, dtype) in enumerate(outputs))

    def run(self, inputs: object) -> list[Any]:
        raise NotImplementedError


@given(inputs=SHAPES, outputs=SHAPES, more=SHAPES)
def test_a_model_is_itself_even_with_more_outputs(
    inputs: list[Shape], outputs: list[Shape], more: list[Shape]
) -> None:
    require_shapes(Model(inputs, outputs + more), Path("m.tflite"), inputs=inputs, outputs=outputs)


@given(shapes=SHAPES, other=SHAPE, at=st.integers(0, 3), kind=st.sampled_from(["input", "output"]))
def test_one_other_shape_is_named_with_its_place(
    shapes: list[Shape], other: Shape, at: int, kind: str
) -> None:
    at %= len(shapes)
    if other == shapes[at]:
        return
    wrong = [*shapes[:at], other, *shapes[at + 1 :]]
    model = Model(wrong, shapes) if kind == "input" else Model(shapes, wrong)
    with pytest.raises(ModelFileError) as told:
        require_shapes(model, Path("folder/m.tflite"), inputs=shapes, outputs=shapes)
    shape, dtype = other
    assert f"folder/m.tflite is another model than the one expected here: {kind} {at} is" in str(told.value)
    assert f"{dtype}{list(shape)} instead of" in str(told.value)
    assert "gymbox models pull" in str(told.value)


@given(shapes=SHAPES, missing=st.integers(1, 4))
def test_too_few_are_counted(shapes: list[Shape], missing: int) -> None:
    fewer = shapes[: max(0, len(shapes) - missing)]
    with pytest.raises(ModelFileError, match=f"{len(fewer)} outputs instead of {len(shapes)}"):
        require_shapes(Model(shapes, fewer), Path("x"), inputs=shapes, outputs=shapes)
