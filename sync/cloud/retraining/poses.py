"""Labelled poses that the cloud was given, and the phase model that learns from them. Runs on a worker.

They lie below `labels/poses/`, in the form of `gymbox models train-phase --poses`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from provisioning.models import read_model
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.registry.files import download, upload
from sync.cloud.retraining.blessing import Comparison, Figures
from sync.cloud.retraining.outcome import Refused, RetrainingError
from sync.cloud.retraining.training import GOLDEN_FILE
from vision.phase import model as phase
from vision.training import evaluation, layers, pose_samples, recipe
from vision.training.stills import examples_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vision.phase.model import PhaseModel
    from vision.training.examples import Examples
    from vision.training.recipe import Effort
    from vision.training.stills import Still

BELOW: Final = "labels/poses/"
SEED: Final = 1
JUDGING_SEED: Final = 50_000_017
"""Of simulated people whom no training draws."""
_HELD_OUT: Final = "40"
"""Videos with a lower hash, one of four, are held out for ever."""
_GOLDEN: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What there is to learn from.

    Attributes:
        tables: name and SHA-256 of each.
        poses: in all of them.
        held_out: of these, of videos that are never learned from.
        repeated: of these, the same body again.
        named: share of which the champion names the exercise as they are labelled.
        phased: share of which it names the phase.
    """

    tables: dict[str, str]
    poses: int
    held_out: int
    repeated: int
    named: float
    phased: float

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return asdict(self)


def survey(url: str, champion: str | None) -> Survey:
    """Read every table.

    Args:
        url: of the object store.
        champion: where its files lie; None for the packaged one.

    Raises:
        Refused: there is no table, or one cannot be read; the text names the line.
        StoreUnavailable: the store does not answer.
    """
    store = ObjectStore(url)
    names = [name for name in store.names(BELOW) if name.endswith(".csv")]
    if not names:
        raise Refused(f"no table of poses lies below {BELOW}*.csv; put one there")
    contents = {name: store.get(name) for name in names}
    stills = _read(contents)
    with TemporaryDirectory() as made:
        model = _load(store, champion, Path(made))
        found = evaluation.score(evaluation.logits_of(model, _windows(stills)), _windows(stills))
    return Survey(
        tables={name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        poses=len(stills),
        held_out=sum(_is_held_out(still) for still in stills),
        repeated=len(stills) - len({still.points.tobytes() for still in stills}),
        named=found.exercise,
        phased=found.phase,
    )


def teach(url: str, tables: Mapping[str, str], effort: Effort | None) -> dict[str, Any]:
    """Learn from simulated people and from the poses that are not held out; as `training.teach`.

    Raises:
        RetrainingError: a table is another one now.
        Refused: what was learned cannot be used.
        StoreUnavailable: the store does not answer.
    """
    from vision.training import folder, train  # noqa: PLC0415 - loads TensorFlow

    store = ObjectStore(url)
    stills = [still for still in _same(store, tables) if not _is_held_out(still)]
    with TemporaryDirectory() as made:
        place = Path(made) / phase.NAME
        place.mkdir()
        try:
            report = train.train(
                place, seed=SEED, poses=stills, effort=effort or recipe.FULL, on_progress=_quietly
            )
        except folder.TrainingError as error:
            raise Refused(str(error)) from error
        (place / GOLDEN_FILE).write_text(json.dumps(_golden(place, stills)), "utf-8")
        source = upload(store, place, f"models/{phase.NAME}")
        return {
            "models": {phase.NAME: {"version": read_model(place).version, "source": source}},
            "figures": report.to_json(),
        }


def compare(
    url: str, tables: Mapping[str, str], challenger: str, champion: str | None, effort: Effort | None
) -> list[Comparison]:
    """Judge both by held-out videos, and by simulated people whom neither has learned from.

    Raises:
        RetrainingError: a table is another one now.
        ModelFileError: a model cannot be loaded.
        StoreUnavailable: the store does not answer.
    """
    store = ObjectStore(url)
    stills = [still for still in _same(store, tables) if _is_held_out(still)]
    judges = recipe.Effort(takes=1, judges=(effort or recipe.FULL).judges)
    judged = {"poses": _windows(stills), **recipe.gather(JUDGING_SEED, [], judges, _quietly).judged}
    with TemporaryDirectory() as made:
        models = [
            _load(store, source, Path(made) / who)
            for who, source in (("challenger", challenger), ("champion", champion))
        ]
        segments = [
            Comparison(f"seen={name}", len(examples), *_both(models, examples))
            for name, examples in judged.items()
        ]
    return [_all(segments), *segments]


def _both(models: Sequence[PhaseModel], examples: Examples) -> tuple[Figures, Figures]:
    challenger, champion = (
        _figures(evaluation.score(evaluation.logits_of(model, examples), examples)) for model in models
    )
    return challenger, champion


def _figures(score: evaluation.Score) -> Figures:
    return {
        "exercise": (1 - score.exercise, None),
        "phase": (1 - score.phase, None),
        "depth": (score.depth_error, None),
    }


def _all(segments: Sequence[Comparison]) -> Comparison:
    """Each way of seeing people counts the same, however many examples there are of it."""

    def mean(figures: Sequence[Figures]) -> Figures:
        return {
            name: (float(np.mean([each[name][0] or 0.0 for each in figures])), None) for name in figures[0]
        }

    return Comparison(
        "all",
        sum(each.members for each in segments),
        mean([each.challenger for each in segments]),
        mean([each.champion for each in segments]),
    )


def _golden(folder: Path, stills: Sequence[Still]) -> dict[str, Any]:
    """What the network of the file says of a window, worked out without the runtime of a box."""
    from vision.training.onnx_file import from_onnx  # noqa: PLC0415 - loads ONNX

    windows = _windows(stills).windows[:_GOLDEN]
    said = layers.logits(from_onnx((folder / "cpu.onnx").read_bytes()), windows)
    logits = np.round(said, 6).tolist()
    poses = np.round(windows.astype(np.float64), 6)[:, :, None].tolist()
    return {"inputs": {"poses": poses}, "output": logits, "int8": {"rows": poses, "answers": logits}}


def _load(store: ObjectStore, source: str | None, folder: Path) -> PhaseModel:
    return phase.load(phase.PACKAGED if source is None else download(store, source, folder / phase.NAME))


def _windows(stills: Sequence[Still]) -> Examples:
    return examples_of(stills, np.random.default_rng(SEED))


def _is_held_out(still: Still) -> bool:
    """By the video: the names of its pictures differ in their last number only."""
    video = still.name.rsplit("__", 1)[0]
    return hashlib.sha256(video.encode()).hexdigest()[:2] < _HELD_OUT


def _same(store: ObjectStore, tables: Mapping[str, str]) -> list[Still]:
    contents = {name: store.get(name) for name in tables}
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != tables[name]:
            raise RetrainingError(f"the table {name} has changed since the run began; run it again")
    return _read(contents)


def _read(contents: Mapping[str, bytes]) -> list[Still]:
    stills = []
    with TemporaryDirectory() as made:
        for name, content in sorted(contents.items()):
            path = Path(made) / Path(name).name
            path.write_bytes(content)
            try:
                stills += pose_samples.read(path)
            except pose_samples.PoseSamplesError as error:
                raise Refused(f"{name}: {str(error).replace(str(path), 'the table')}") from error
    return stills


def _quietly(_step: str, _done: int, _of: int) -> None:
    """A worker has nobody to tell."""
