"""Teach the recommender's models from examples. Runs on a worker; TensorFlow is loaded there alone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from provisioning.models import read_model
from recommender import effect, intensity
from recommender.training import int8_file
from recommender.training.recipe import Settings
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.registry.files import upload
from sync.cloud.retraining.outcome import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recommender.training.learned import Learned
    from recommender.training.report import Report
    from recommender.training.train import Trained

NAMES: Final = (intensity.NAME, effect.NAME)
GOLDEN_FILE: Final = "golden.json"
_GOLDEN_MEMBERS: Final = 4
_GOLDEN_DAYS: Final = 30
_GOLDEN_SEED: Final = 30_000_001
_GOLDEN_ROWS: Final = 8
_INT8_ROWS: Final = 64


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to do.

    Attributes:
        rehearsal: simulated members who are learned from as well: records never tell of sleep and stress.
        settings: of the search and of the learning.
    """

    rehearsal: int = 800
    settings: Settings = field(default_factory=Settings)


def teach(url: str, names: Sequence[str], source: str, effort: Effort) -> dict[str, Any]:
    """Learn from examples, and write the folders of both models into the object store.

    Args:
        url: of the object store.
        names: of the Parquet objects of examples.
        source: one line that says where they are from, for the model's card.
        effort: how much to do.

    Returns:
        `models`: by name its `version` and its `source` (a prefix); `figures`: as training judged them, on
        members that it set aside itself; `logs`: the prefix of what TensorBoard shows.

    Raises:
        Refused: there is too little to learn from, or the files do not say what was learned.
        StoreUnavailable: the store does not answer.
    """
    from recommender.training import folder, records, simulated, train  # noqa: PLC0415 - loads TensorFlow
    from recommender.training.validation import RecordsRefused  # noqa: PLC0415 - with them
    from sync.cloud.retraining import tensorboard  # noqa: PLC0415 - likewise

    store = ObjectStore(url)
    with TemporaryDirectory() as made:
        place = Path(made)
        try:
            dataset = records.dataset(records.read(fetched(store, names, place / "examples")), source)
            rehearsal = (
                simulated.dataset(effort.rehearsal, effort.settings.seed, _quietly)
                if effort.rehearsal
                else None
            )
            trained = train.train(dataset, effort.settings, _quietly, rehearsal=rehearsal)
            (place / "models").mkdir()
            # Not gated as packaged models are: the champion is what it is judged by, in the next stage.
            report = folder.write(trained, place / "models", _quietly, gate=_accepted)
        except (RecordsRefused, train.TrainingError) as error:
            raise Refused(str(error)) from error
        for name, document in _golden(trained).items():
            (place / "models" / name / GOLDEN_FILE).write_text(json.dumps(document), "utf-8")
        tensorboard.write(place / "logs", trained, report)
        return {
            "models": {
                name: {
                    "version": read_model(place / "models" / name).version,
                    "source": upload(store, place / "models" / name, f"models/{name}"),
                }
                for name in NAMES
            },
            "figures": report.to_json(),
            "logs": upload(store, place / "logs", "logs"),
        }


def fetched(store: ObjectStore, names: Sequence[str], folder: Path) -> Path:
    """Objects as files of a folder, which is made; returns the folder."""
    folder.mkdir(parents=True)
    for number, name in enumerate(names):
        (folder / f"{number}.parquet").write_bytes(store.get(name))
    return folder


def _golden(trained: Trained) -> dict[str, dict[str, Any]]:
    """What both models must say of a few people: as the networks said it, before they were files.

    Simulated people: every box is given these.
    """
    from recommender.training import examples, simulated  # noqa: PLC0415 - loads the simulator

    people = simulated.dataset(_GOLDEN_MEMBERS, _GOLDEN_SEED, _quietly, days=_GOLDEN_DAYS)
    days = people.take(people.has_workout)
    few = days.take(np.linspace(0, len(days) - 1, min(_GOLDEN_ROWS, len(days))).astype(int))
    many = days.take(np.linspace(0, len(days) - 1, min(_INT8_ROWS, len(days))).astype(int))
    state: dict[str, NDArray[Any]] = {"features": few.values, "imputed": few.imputed.astype(np.float32)}
    workout: dict[str, NDArray[Any]] = {
        "workout_type": few.types.astype(np.int64),
        "prescription": few.prescribed,
    }
    return {
        intensity.NAME: {
            **_document(state, trained.intensity.predict(few.values, few.imputed)),
            **_int8(trained.intensity, examples.intensity_rows(many, trained.intensity.scales)),
        },
        effect.NAME: {
            **_document(
                {**state, **workout},
                trained.effect.predict(few.values, few.imputed, few.types, few.prescribed),
            ),
            **_int8(trained.effect, examples.effect_rows(many, trained.effect.scales)),
        },
    }


def _document(inputs: dict[str, NDArray[Any]], output: NDArray[Any]) -> dict[str, Any]:
    return {
        "inputs": {name: _rounded(each) for name, each in inputs.items()},
        "output": _rounded(output),
    }


def _int8(learned: Learned, rows: NDArray[np.float32]) -> dict[str, Any]:
    largest = int8_file.LARGEST_ANSWER
    answers = np.clip(learned.weights.answers(rows), -largest, largest)
    return {"int8": {"rows": _rounded(rows), "answers": _rounded(answers)}}


def _rounded(values: NDArray[Any]) -> list[Any]:
    whole = np.issubdtype(values.dtype, np.integer)
    found: list[Any] = (values if whole else np.round(values.astype(np.float64), 6)).tolist()
    return found


def _accepted(_report: Report) -> None:
    """Whatever came of it."""


def _quietly(_step: str, _done: int, _of: int) -> None:
    """A worker has nobody to tell."""
