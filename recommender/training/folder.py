"""The folders of trained models: their files, judged, and what `model.toml` and the card say of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender import effect, intensity
from recommender.onnx_model import MANIFEST_FILE, ONNX_FILE
from recommender.training import card, examples, hidden, int8_file, manifest, onnx_file
from recommender.training.evaluation import evaluate, evaluate_intensity
from recommender.training.learned import Models
from recommender.training.network import to_int8
from recommender.training.report import Files, Report, require
from recommender.training.train import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from recommender.training.dataset import Dataset
    from recommender.training.learned import Learned
    from recommender.training.recipe import OnProgress
    from recommender.training.train import Trained

TFLITE_FILE: Final = "cpu.tflite"
CARD_FILE: Final = "card.md"
BACKGROUND_ROWS: Final = 8
BACKGROUND_DRAWS: Final = 500
ALIKE: Final = 1e-3
"""By so much may an ONNX file and its network differ: the same sums in another order."""


def write(
    trained: Trained, folder: Path, on_progress: OnProgress, *, gate: Callable[[Report], None] = require
) -> Report:
    """Judge what was learned, and write it below an existing empty folder, as `intensity` and `effect`.

    Args:
        trained: what was learned.
        folder: to write into.
        on_progress: told of every step.
        gate: raises when the models are not good enough; then nothing is written.

    Raises:
        TrainingError: it is no better than what the box can do without it, or int8 loses too much.
        OSError: a file cannot be written.
    """
    files = _files(trained)
    models = Models(trained.intensity, trained.effect)
    report = Report(
        evaluation=evaluate(models, trained.judged),
        unsmoothed=evaluate_intensity(trained.unsmoothed, trained.judged),
        hidden=hidden.judge(models, on_progress),
        int8=_int8_losses(trained, files),
        files=files,
    )
    gate(report)
    for name, learned in ((intensity.NAME, trained.intensity), (effect.NAME, trained.effect)):
        _write_one(folder / name, learned, files[name], trained, report)
    _require_alike(trained, folder)
    return report


def _files(trained: Trained) -> dict[str, Files]:
    background = {intensity.BACKGROUND_KEY: json.dumps(_background(trained))}
    personal = {intensity.PERSONAL_KEY: trained.intensity.personal.to_json()}
    found = {}
    for name, learned, exact, metadata in (
        (intensity.NAME, trained.intensity, onnx_file.intensity_file, background | personal),
        (effect.NAME, trained.effect, onnx_file.effect_file, background),
    ):
        scales = learned.scales
        found[name] = Files(
            exact(learned.weights, scales.given, scales.said, metadata),
            _int8(learned, _rows(trained, name, judged=False)),
        )
    return found


def _int8(learned: Learned, rows: NDArray[np.float32]) -> bytes:
    usual = (np.abs(learned.weights.answers(rows)) <= int8_file.LARGEST_ANSWER).all(axis=1)
    return to_int8(learned.weights.for_rows(), rows[usual])


def _rows(trained: Trained, name: str, *, judged: bool) -> NDArray[np.float32]:
    """What a model sees of the days that were learned from, or of those that it is judged by."""
    dataset = trained.judged if judged else trained.learned
    if name == intensity.NAME:
        return examples.intensity_rows(dataset.take(dataset.has_target), trained.intensity.scales)
    return examples.effect_rows(dataset.take(dataset.has_workout), trained.effect.scales)


def _background(trained: Trained) -> dict[str, Any]:
    """A few people whose mean answer, and whose mean state, is that of all: the best of many draws."""
    shown = trained.shown
    seen = _seen(trained, shown)
    chance = np.random.default_rng(trained.settings.seed)
    draws = chance.integers(len(shown), size=(BACKGROUND_DRAWS, BACKGROUND_ROWS))
    distances = np.abs(seen[draws].mean(axis=1) - _seen(trained, trained.learned).mean(axis=0)).sum(axis=1)
    chosen = draws[np.argmin(distances)]
    return {
        "values": np.round(shown.values[chosen].astype(np.float64), 4).tolist(),
        "imputed": shown.imputed[chosen].tolist(),
    }


def _seen(trained: Trained, dataset: Dataset) -> NDArray[np.float32]:
    """What the intensity model sees of each day, and what it answers, in comparable units."""
    rows = examples.intensity_rows(dataset, trained.intensity.scales)
    return np.concatenate([rows, 3 * trained.intensity.weights.answers(rows)], axis=1)


def _int8_losses(trained: Trained, files: dict[str, Files]) -> dict[str, tuple[float, ...]]:
    """How much further off the int8 files are, as a share of the error, for each answer."""
    judged = trained.judged
    found = {}
    for name, learned, right in (
        (intensity.NAME, trained.intensity, judged.network_target[judged.has_target]),
        (effect.NAME, trained.effect, judged.outcome[judged.has_workout]),
    ):
        rows = _rows(trained, name, judged=True)
        exact = learned.in_units(learned.weights.answers(rows))
        small = learned.in_units(int8_file.answers(files[name].int8, rows))
        errors = [np.nanmean(np.abs(said - right), axis=0, dtype=np.float64) for said in (exact, small)]
        found[name] = tuple(float(small_ / exact_ - 1) for exact_, small_ in zip(*errors, strict=True))
    return found


def _write_one(folder: Path, learned: Learned, files: Files, trained: Trained, report: Report) -> None:
    name = folder.name
    folder.mkdir()
    contents = {ONNX_FILE: ("onnx", files.exact), TFLITE_FILE: ("litert", files.int8)}
    for file, (_, content) in contents.items():
        (folder / file).write_bytes(content)
    facts = {
        "version": manifest.version(files.exact),
        "accuracy": report.accuracy(name),
        "data": trained.learned.source,
    }
    given, said = learned.scales.given, learned.scales.said
    text = manifest.manifest(name, files=contents, facts=facts, given=given, said=said)
    (folder / MANIFEST_FILE).write_text(text, encoding="utf-8")
    (folder / CARD_FILE).write_text(card.card(name, facts, trained, report), encoding="utf-8")


def _require_alike(trained: Trained, folder: Path) -> None:
    """Load what was written, as the box does, and hold it against what was learned."""
    judged = trained.judged.take(trained.judged.has_workout)
    state = judged.values, judged.imputed
    workout = judged.types, judged.prescribed
    pairs = {
        intensity.NAME: (
            intensity.load(folder / intensity.NAME).predict(*state),
            trained.intensity.predict(*state),
        ),
        effect.NAME: (
            effect.load(folder / effect.NAME).predict(*state, *workout),
            trained.effect.predict(*state, *workout),
        ),
    }
    for name, (loaded, learned) in pairs.items():
        if not np.allclose(loaded, learned, rtol=ALIKE, atol=ALIKE):
            raise TrainingError(
                f"the {name} file does not say what was learned; this is a fault of the exporter"
            )
