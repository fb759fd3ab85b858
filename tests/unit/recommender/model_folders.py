"""Small models of both tasks with random weights, in folders as the box loads them."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from recommender.encoding import Scale, plain_columns
from recommender.features import FEATURES
from recommender.person import TRAINING_PHASES
from recommender.prescription import WORKOUT_TYPES
from recommender.training.onnx_file import effect_file, intensity_file
from recommender.training.weights import Dense, Weights

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SMALL = 5
USUAL = np.array([feature.usual for feature in FEATURES], np.float32)


def people(count: int, seed: int = 1) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Values within the features' ranges, and which of them stand in."""
    rng = np.random.default_rng(seed)
    lows, highs = (np.array([getattr(each, side) for each in FEATURES]) for side in ("low", "high"))
    values = rng.uniform(lows, highs, (count, len(FEATURES)))
    values[:, -1] = np.rint(values[:, -1])
    return values.astype(np.float32), rng.random((count, len(FEATURES))) < 0.3


def network(*, workout: bool, seed: int = 2) -> tuple[Weights, Scale, Scale]:
    """Weights of an untrained network, and scales of what it sees and says."""
    rng = np.random.default_rng(seed)

    def normal(*shape: int) -> NDArray[np.float32]:
        return rng.normal(0, 0.4, shape).astype(np.float32)

    counts = [len(TRAINING_PHASES)] + ([len(WORKOUT_TYPES)] if workout else [])
    tables = tuple(normal(count, 2) for count in counts)
    widths = (plain_columns(workout=workout) + 2 * len(counts), SMALL, 4, 3 if workout else 2)
    layers = tuple(Dense(normal(*pair), normal(pair[1])) for pair in pairwise(widths))
    values, _ = people(200)
    numbers = np.concatenate([values[:, :-1], rng.uniform([10, 1], [120, 5], (200, 2))], axis=1)
    given = numbers[:, : 11 if workout else 9]
    said = (
        Scale(np.array([0.4, 0.0, 5.0]), np.array([0.2, 1.0, 2.0]))
        if workout
        else Scale(np.array([45.0, 3.0]), np.array([15.0, 0.8]))
    )
    return (
        Weights(tables, layers),
        Scale(given.mean(0).astype(np.float32), given.std(0).astype(np.float32)),
        Scale(said.mean.astype(np.float32), said.deviation.astype(np.float32)),
    )


def background(count: int = 3) -> dict[str, str]:
    values, imputed = people(count, seed=9)
    return {"background": json.dumps({"values": values.tolist(), "imputed": imputed.tolist()})}


def intensity_bytes(metadata: dict[str, str] | None = None) -> bytes:
    return intensity_file(*network(workout=False), background() if metadata is None else metadata)


def effect_bytes(metadata: dict[str, str] | None = None) -> bytes:
    return effect_file(*network(workout=True), background() if metadata is None else metadata)


def write_folder(folder: Path, task: str, content: bytes, version: str = "1.test") -> Path:
    """A model's folder with what `load` reads of it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.onnx").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    (folder / "model.toml").write_text(
        f'version = "{version}"\ntask = "{task}"\n[[files]]\nname = "cpu.onnx"\nsha256 = "{digest}"\n'
    )
    return folder
