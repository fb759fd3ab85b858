"""The intensity model: how long and how hard somebody should train today, from the ten features."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recommender import onnx_model
from recommender.features import FEATURE_NAMES
from recommender.onnx_model import ModelRefused, OnnxModel, Tensor
from recommender.personal import Personal
from recommender.prescription import (
    HIGHEST_INTENSITY,
    LONGEST_MINUTES,
    LOWEST_INTENSITY,
    SHORTEST_MINUTES,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME: Final = "intensity"
PACKAGED: Final = Path(__file__).parent / "weights" / NAME
BACKGROUND_KEY: Final = "background"
"""Under this name the file itself carries a few people of its training data, as JSON."""
PERSONAL_KEY: Final = "personal"
"""Under this name it carries how it gets to know one person, as JSON (`recommender.personal`)."""
STATE_INPUTS: Final = (
    Tensor("features", "float", len(FEATURE_NAMES)),
    Tensor("imputed", "float", len(FEATURE_NAMES)),
)
OUTPUT: Final = Tensor("prescription", "float", 2)
LOWEST: Final = np.array([SHORTEST_MINUTES, LOWEST_INTENSITY], dtype=np.float32)
HIGHEST: Final = np.array([LONGEST_MINUTES, HIGHEST_INTENSITY], dtype=np.float32)
MOST_ROWS: Final = 1 << 18
"""A thousand coalitions with a background of hundreds; more is a mistake."""


@dataclass(frozen=True, slots=True)
class IntensityModel:
    """A loaded model; any number of threads may share it.

    Attributes:
        model: what executes it.
        background: a few people of the training data: values float32 (m, 10) and imputed bool (m, 10).
        personal: how it gets to know one person; None in a file that does not say.
    """

    model: OnnxModel
    background: tuple[NDArray[np.float32], NDArray[np.bool_]]
    personal: Personal | None = None

    @property
    def version(self) -> str:
        """As records and plans keep it."""
        return self.model.version

    def predict(self, values: NDArray[Any], imputed: NDArray[Any]) -> NDArray[np.float32]:
        """Minutes (10 to 120) and intensity (1 to 5) for each row, as for anybody who looks like it.

        `recommender.prescribing` adds what only the person's own past tells.

        Args:
            values: (n, 10), in the order of FEATURES.
            imputed: (n, 10), whether a value stands in for one that is not known.

        Returns:
            float32 (n, 2).

        Raises:
            ValueError: a shape is wrong, or a value is not finite.
        """
        said = self.model.run(state(values, imputed))
        return np.clip(said, LOWEST, HIGHEST)


def load(folder: Path = PACKAGED) -> IntensityModel:
    """Load a folder, and try it on its own background.

    Raises:
        ModelRefused: a file is missing, damaged, another model's, or it answers with what is no number.
    """
    model = onnx_model.load(folder, task=NAME, inputs=STATE_INPUTS, output=OUTPUT)
    values, imputed = background = read_background(model)
    require_numbers(model, model.run(state(values, imputed)), width=2)
    return IntensityModel(model, background, _personal(model))


def _personal(model: OnnxModel) -> Personal | None:
    text = model.metadata.get(PERSONAL_KEY)
    if text is None:
        return None
    try:
        return Personal.from_json(text)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelRefused(
            model.folder / onnx_model.ONNX_FILE, f"does not say how it gets to know one person ({error})"
        ) from error


def state(values: NDArray[Any], imputed: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
    """The inputs of a model that looks at a person.

    Raises:
        ValueError: a shape is wrong, or a value is not finite.
    """
    expected = (len(values), len(FEATURE_NAMES))
    if values.shape != expected or imputed.shape != expected or len(values) > MOST_ROWS:
        raise ValueError(
            f"features {values.shape} and imputed {imputed.shape} are not both (n, {len(FEATURE_NAMES)}) "
            f"with n of at most {MOST_ROWS}"
        )
    features = np.ascontiguousarray(values, dtype=np.float32)
    if not np.isfinite(features).all():
        wrong = sorted({FEATURE_NAMES[column] for column in np.argwhere(~np.isfinite(features))[:, 1]})
        raise ValueError(f"not a finite number: {', '.join(wrong)}")
    return {"features": features, "imputed": np.ascontiguousarray(imputed, dtype=np.float32)}


def read_background(model: OnnxModel) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The people that a model file carries.

    Raises:
        ModelRefused: it carries none, or they cannot be read.
    """
    try:
        document = json.loads(model.metadata[BACKGROUND_KEY])
        values = np.array(document["values"], dtype=np.float32)
        imputed = np.array(document["imputed"], dtype=np.bool_)
        state(values, imputed)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelRefused(
            model.folder / onnx_model.ONNX_FILE, f"has no usable background ({error})"
        ) from error
    if not len(values):
        raise ModelRefused(model.folder / onnx_model.ONNX_FILE, "has an empty background")
    return values, imputed


def require_numbers(model: OnnxModel, said: NDArray[np.float32], *, width: int) -> None:
    """Refuse a model whose trial answer is not (n, width) finite numbers. Raises ModelRefused."""
    if said.ndim != 2 or said.shape[1] != width or not np.isfinite(said).all():  # noqa: PLR2004 - rows and columns
        raise ModelRefused(model.folder / onnx_model.ONNX_FILE, "answers its trial with what is no number")
