"""The folder of a phase model that was learned: its files, judged, and what `model.toml` says of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vision import runtimes
from vision.phase.belief import EXERCISES, LOGITS
from vision.phase.model import NAME, PhaseModel
from vision.phase.window import CHANNELS, STEPS, WINDOW_S
from vision.pose import POSE_MODELS
from vision.runtimes import MODEL_FILES
from vision.training import confusion
from vision.training.evaluation import Score, logits_of, score
from vision.training.onnx_file import to_onnx
from vision.training.tflite_file import to_tflite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from vision.training.layers import Layer
    from vision.training.recipe import Material

LOSS_MOST = 0.01
"""The int8 file may be right less often by so much, and no more."""
SCHEMA = 1
RECIPE = "2"
"""Versions begin with it, and go on with the weights' own mark: records tell every model from every other."""
DESCRIPTION = (
    "What somebody does (push-up, squat, sit-up, pull-up, lunge, curl, jumping jack, none), the phase "
    "(up, down, between) and the depth, from about a second of keypoints."
)
LICENCE = "Apache-2.0"


class TrainingError(RuntimeError):
    """What was learned is not good enough to be used."""


@dataclass(frozen=True, slots=True)
class Report:
    """How good the files are.

    Attributes:
        exact, int8: of the ONNX and the TensorFlow Lite file, by where the examples come from.
    """

    exact: dict[str, Score]
    int8: dict[str, Score]

    @property
    def lines(self) -> list[str]:
        """For people."""
        return [
            f"{name} ({exact.examples} examples): {_figures(exact)}; int8: {_figures(self.int8[name])}"
            for name, exact in self.exact.items()
        ]

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {
            kind: {name: {**each.to_json(), "exercises": EXERCISES} for name, each in scores.items()}
            for kind, scores in (("exact", self.exact), ("int8", self.int8))
        }


def _figures(found: Score) -> str:
    shares = f"exercise {100 * found.exercise:.1f} %, phase {100 * found.phase:.1f} %"
    return f"{shares}, depth within {found.depth_error:.2f}"


def write(layers: Sequence[Layer], material: Material, folder: Path, *, data: str) -> Report:
    """Write a network's files into an existing empty folder and judge them.

    Args:
        layers: of the network, what was learned.
        material: what from, and what to judge by.
        folder: becomes a model's folder.
        data: one line that says what was learned from.

    Raises:
        TrainingError: int8 loses too much.
        OSError: a file cannot be written.
    """
    files = {"onnx": to_onnx(layers), "litert": to_tflite(layers, material.learned.windows)}
    for runtime, content in files.items():
        (folder / MODEL_FILES[runtime]).write_bytes(content)
    version = f"{RECIPE}.{hashlib.sha256(files['onnx']).hexdigest()[:8]}"
    report = Report(_scores("onnx", folder, material), _scores("litert", folder, material))
    require_alike(report)
    counts = np.sum([report.exact[name].confusion for name in POSE_MODELS], axis=0)
    title = f"{NAME}-{version}: windows of simulated people that it has not seen"
    (folder / "confusion.png").write_bytes(confusion.draw(counts, EXERCISES, title))
    accuracy = ". ".join(report.lines).capitalize()
    facts = {"version": version, "accuracy": accuracy, "data": data}
    (folder / "model.toml").write_text("\n".join(_manifest(facts, files)) + "\n", encoding="utf-8")
    return report


def _scores(runtime: str, folder: Path, material: Material) -> dict[str, Score]:
    model = PhaseModel(NAME, folder, runtimes.load(runtime, folder / MODEL_FILES[runtime]))
    return {name: score(logits_of(model, examples), examples) for name, examples in material.judged.items()}


def require_alike(report: Report) -> None:
    """Refuse an int8 file that loses too much, over all examples. Raises TrainingError."""
    for what in ("exercise", "phase"):
        losses = [
            getattr(exact, what) - getattr(report.int8[name], what) for name, exact in report.exact.items()
        ]
        loss = float(np.average(losses, weights=[exact.examples for exact in report.exact.values()]))
        if loss > LOSS_MOST:
            raise TrainingError(
                f"the int8 file names the {what} right less often than the exact one, by {100 * loss:.1f} "
                f"points where {100 * LOSS_MOST:.0f} is allowed; train with another --seed"
            )


def _manifest(facts: Mapping[str, str], files: Mapping[str, bytes]) -> Iterator[str]:
    """The lines of `model.toml`, in the form that all models of the box share."""
    yield "# Written by `gymbox models train-phase`."
    described = {"task": "phase", "description": DESCRIPTION, "licence": LICENCE}
    yield from _pairs({"schema": SCHEMA, "name": NAME, **facts, **described})
    for runtime, content in files.items():
        digest = hashlib.sha256(content).hexdigest()
        name = MODEL_FILES[runtime]
        yield from _table("files", name=name, runtime=runtime, sha256=digest, size=len(content))
    poses = f"{STEPS} even steps of {WINDOW_S:g} s of keypoints, as vision/phase/window.py makes them"
    answer = "logits of 8 exercises, of 3 phases, and of the depth"
    for runtime in files:
        dtype = "float32" if runtime == "onnx" else "int8"
        shape = [1, STEPS, 1, CHANNELS]
        name = MODEL_FILES[runtime]
        yield from _table("inputs", file=name, name="poses", shape=shape, dtype=dtype, unit=poses)
        yield from _table("outputs", file=name, name="logits", shape=[1, LOGITS], dtype=dtype, unit=answer)


def _table(key: str, **values: object) -> Iterator[str]:
    yield ""
    yield f"[[{key}]]"
    yield from _pairs(values)


def _pairs(values: Mapping[str, object]) -> Iterator[str]:
    for key, value in values.items():
        yield f"{key} = {json.dumps(value, ensure_ascii=False)}"  # such text, numbers and lists are TOML too
