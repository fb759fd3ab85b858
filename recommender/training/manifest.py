"""`model.toml`: what a model says of itself, in the form that all models of the box share."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from recommender.encoding import plain_columns
from recommender.features import FEATURE_NAMES
from recommender.person import TRAINING_PHASES
from recommender.prescription import WORKOUT_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from recommender.encoding import Scale

SCHEMA: Final = 1
RECIPE: Final = "3"
"""Versions begin with it, and go on with the weights' own mark: records tell every model from every other."""
LICENCE: Final = "Apache-2.0"
_STATE: Final = (
    (
        "features",
        [1, len(FEATURE_NAMES)],
        "float32",
        "the ten of recommender/features.py, in their units: " + ", ".join(FEATURE_NAMES),
    ),
    (
        "imputed",
        [1, len(FEATURE_NAMES)],
        "float32",
        "1 where a feature stands in for what is not known, else 0",
    ),
)
_WORKOUT: Final = (
    ("workout_type", [1], "int64", "index into " + ", ".join(WORKOUT_TYPES)),
    ("prescription", [1, 2], "float32", "minutes (10 to 120) and intensity (1 to 5)"),
)
INPUTS: Final = {"intensity": _STATE, "effect": (*_STATE, *_WORKOUT)}
OUTPUTS: Final = {
    "intensity": ("prescription", [1, 2], "minutes (10 to 120) and intensity (1 to 5)"),
    "effect": (
        "outcome",
        [1, 3],
        "training effect (0 to 1), probability of completion (0 to 1), RPE (1 to 10)",
    ),
}
SCALED: Final = {
    "intensity": "minutes and intensity",
    "effect": "training effect, logit of the probability of completion, RPE",
}
DESCRIPTIONS: Final = {
    "intensity": "How long and how hard somebody should train today, from ten features of their past.",
    "effect": "What a workout would do for somebody today: training effect, probability of completion, RPE.",
}


def manifest(
    name: str, *, files: Mapping[str, tuple[str, bytes]], facts: Mapping[str, str], given: Scale, said: Scale
) -> str:
    """The text of a `model.toml`.

    Args:
        name: of the model, which is also its task.
        files: runtime and content by file name, the exact one first.
        facts: version, accuracy and data.
        given: how the rows of the int8 file are scaled.
        said: how its answers are.
    """
    lines = ["# Written by `gymbox models train-recommender`."]
    described = {"task": name, "description": DESCRIPTIONS[name], "licence": LICENCE}
    lines += _pairs({"schema": SCHEMA, "name": name, **facts, **described})
    for file, (runtime, content) in files.items():
        digest = hashlib.sha256(content).hexdigest()
        lines += _table("files", name=file, runtime=runtime, sha256=digest, size=len(content))
    exact, small = files
    workout = name == "effect"
    width = plain_columns(workout=workout) + len(TRAINING_PHASES) + (len(WORKOUT_TYPES) if workout else 0)
    row = f"a row as recommender/encoding.py makes it, scaled by {_scale(given)}"
    for tensor, shape, dtype, unit in INPUTS[name]:
        lines += _table("inputs", file=exact, name=tensor, shape=shape, dtype=dtype, unit=unit)
    lines += _table("inputs", file=small, name="row", shape=[1, width], dtype="int8", unit=row)
    answer, shape, unit = OUTPUTS[name]
    lines += _table("outputs", file=exact, name=answer, shape=shape, dtype="float32", unit=unit)
    scaled = f"{SCALED[name]}, scaled by {_scale(said)}"
    lines += _table("outputs", file=small, name="answers", shape=shape, dtype="int8", unit=scaled)
    return "\n".join(lines) + "\n"


def _scale(scale: Scale) -> str:
    return f"means {_numbers(scale.mean)} and deviations {_numbers(scale.deviation)}"


def _numbers(values: NDArray[np.float32]) -> str:
    return ", ".join(f"{value:.6g}" for value in values)


def version(exact: bytes) -> str:
    """Of the weights in a file."""
    return f"{RECIPE}.{hashlib.sha256(exact).hexdigest()[:8]}"


def _table(key: str, **values: object) -> Iterator[str]:
    yield ""
    yield f"[[{key}]]"
    yield from _pairs(values)


def _pairs(values: Mapping[str, object]) -> Iterator[str]:
    for key, value in values.items():
        yield f"{key} = {json.dumps(value, ensure_ascii=False)}"  # such text, numbers and lists are TOML too
