"""A teacher that hands out the packaged models under a version of their own: no learning, no TensorFlow."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender import effect, intensity
from recommender.encoding import plain_columns
from recommender.person import TRAINING_PHASES
from recommender.prescription import WORKOUT_TYPES
from recommender.training import int8_file
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.registry.files import upload
from sync.cloud.retraining.blessing import Serving, ServingLimits, Thresholds
from sync.cloud.retraining.pipeline import Policy
from sync.cloud.retraining.training import GOLDEN_FILE
from sync.cloud.retraining.validation import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.cloud.retraining.training import Effort

PACKAGED = {intensity.NAME: intensity.PACKAGED, effect.NAME: effect.PACKAGED}
WIDTHS = {
    intensity.NAME: plain_columns(workout=False) + len(TRAINING_PHASES),
    effect.NAME: plain_columns(workout=True) + len(TRAINING_PHASES) + len(WORKOUT_TYPES),
}

LENIENT = Policy(
    limits=Limits(fewest_examples=100),
    thresholds=Thresholds(most_of_mean=9.0, least_better=-0.5, fewest_members=1),
    serving=ServingLimits(most_latency_s=5.0, most_load_s=60.0),
)
"""What a quick teacher can reach on a busy machine."""


def teach(url: str, names: Sequence[str], source: str, _effort: Effort) -> dict[str, Any]:
    """As `sync.cloud.retraining.training.teach`."""
    store = ObjectStore(url)
    seen = hashlib.sha256(b"".join(store.get(name) for name in names)).hexdigest()[:8]
    with TemporaryDirectory() as made:
        return {
            "models": {
                name: {
                    "version": f"0.{seen}",
                    "source": upload(store, model(name, Path(made), f"0.{seen}"), f"models/{name}"),
                }
                for name in PACKAGED
            },
            "figures": {"source": source},
            "logs": "logs/none",
        }


def try_out(_url: str, sources: Mapping[str, str]) -> list[Serving]:
    """As `sync.cloud.retraining.serving.try_out` of files that run well."""
    return [
        Serving(name=name, golden_off=0.0, int8_off=0.0, load_s=0.1, latency_s=1e-4, bytes=30_000)
        for name in sources
    ]


def model(name: str, below: Path, version: str) -> Path:
    """A folder of a packaged model with a version and golden answers."""
    folder = shutil.copytree(PACKAGED[name], below / name)
    manifest = (folder / "model.toml").read_text("utf-8")
    lines = [
        f'version = "{version}"' if line.startswith("version = ") else line for line in manifest.splitlines()
    ]
    (folder / "model.toml").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / GOLDEN_FILE).write_text(json.dumps(golden(name, folder)), "utf-8")
    return folder


def golden(name: str, folder: Path) -> dict[str, Any]:
    """What the files say now."""
    values, imputed = intensity.load().background
    inputs: dict[str, Any] = {"features": values, "imputed": imputed.astype(np.float32)}
    if name == intensity.NAME:
        loaded = intensity.load(folder).model
    else:
        loaded = effect.load(folder).model
        inputs["workout_type"] = np.arange(len(values)) % len(WORKOUT_TYPES)
        inputs["prescription"] = np.tile(np.array([40.0, 3.0], np.float32), (len(values), 1))
    small = (folder / "cpu.tflite").read_bytes()
    rows = np.random.default_rng(1).normal(size=(4, WIDTHS[name])).astype(np.float32)
    return {
        "inputs": {key: each.tolist() for key, each in inputs.items()},
        "output": loaded.run(inputs).tolist(),
        "int8": {"rows": rows.tolist(), "answers": int8_file.answers(small, rows).tolist()},
    }
