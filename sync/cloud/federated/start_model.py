"""The weights of an intensity model out of its ONNX file. The only file of the room that knows `onnx`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.federated.network import FoldedIntensity, from_arrays
from recommender.onnx_model import ONNX_FILE, ModelRefused
from recommender.training.weights import Dense, Weights

if TYPE_CHECKING:
    from pathlib import Path

_SCALES = {
    "given.mean": "mean",
    "given.deviation": "deviation",
    "said.mean": "answer_mean",
    "said.deviation": "answer_deviation",
}
_EMBEDDING = "phase_table"


def read_start_model(folder: Path) -> FoldedIntensity:
    """Read what `recommender.training.onnx_file.intensity_file` wrote.

    Raises:
        ModelRefused: the folder has no such file, or it is another network.
        ModuleNotFoundError: the extra `train` is not installed.
    """
    import onnx  # noqa: PLC0415 - the heavy import that this file is for
    from onnx import numpy_helper  # noqa: PLC0415 - likewise

    path = folder / ONNX_FILE
    try:
        graph = onnx.load_model_from_string(path.read_bytes()).graph
        named = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        layers = tuple(
            Dense(named[f"kernel_{number}"], named[f"bias_{number}"])
            for number in range(sum(name.startswith("kernel_") for name in named))
        )
        folded = Weights((named[_EMBEDDING],), layers).for_rows()
        arrays = {part: np.asarray(named[name]) for part, name in _SCALES.items()}
        for number, layer in enumerate(folded):
            arrays[f"layer_{number}.kernel"], arrays[f"layer_{number}.bias"] = layer.kernel, layer.bias
        return from_arrays(arrays)
    except OSError as error:
        raise ModelRefused(path, f"cannot be read ({error.strerror})") from error
    except Exception as error:  # onnx's errors have no common base; whatever it is, this is no start
        raise ModelRefused(path, f"has no weights that can be averaged ({error})") from error
