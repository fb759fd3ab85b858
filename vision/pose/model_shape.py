"""Is this file the model that it should be?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vision.runtimes import ModelFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vision.runtimes import Runtime, TensorSpec

Shape = tuple[tuple[int, ...], str]


def _mismatch(kind: str, specs: Sequence[TensorSpec], wanted: Sequence[Shape]) -> str | None:
    if len(specs) < len(wanted):
        return f"{len(specs)} {kind}s instead of {len(wanted)}"
    for number, (spec, (shape, dtype)) in enumerate(zip(specs, wanted, strict=False)):
        if (spec.shape, spec.dtype) != (shape, dtype):
            return f"{kind} {number} is {spec.dtype}{list(spec.shape)} instead of {dtype}{list(shape)}"
    return None


def require_shapes(model: Runtime, path: Path, *, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> None:
    """Check the first inputs and outputs of a loaded model.

    Raises:
        ModelFileError: the file holds another model.
    """
    wrong = _mismatch("input", model.inputs, inputs) or _mismatch("output", model.outputs, outputs)
    if wrong:
        raise ModelFileError(
            f"{path} is another model than the one expected here: {wrong}; "
            "pull the model again with `gymbox models pull`"
        )
