"""What an int8 file says, for judging it. The only file of the room that knows LiteRT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_ANSWER: Final = 8.0
"""In deviations, or as a logit: such a file says nothing beyond, for its steps are as wide as its range."""


def answers(content: bytes, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a TensorFlow Lite file of int8 says of rows (n, width): float32 (n, outputs), scaled."""
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - the heavy import that this file is for

    interpreter = Interpreter(model_content=content, num_threads=1)
    given, said = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.resize_tensor_input(given["index"], rows.shape)
    interpreter.allocate_tensors()
    scale, zero = given["quantization"]
    interpreter.set_tensor(given["index"], np.clip(np.rint(rows / scale) + zero, -128, 127).astype(np.int8))
    interpreter.invoke()
    scale, zero = said["quantization"]
    found: NDArray[np.float32] = np.float32(scale) * (
        interpreter.get_tensor(said["index"]).astype(np.float32) - zero
    )
    return found
