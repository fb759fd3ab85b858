"""Challenger beside champion, on members whom no model has ever learned from. Runs on a worker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender import effect, intensity
from recommender.training.dataset import SEGMENTS
from recommender.training.evaluation import evaluate
from recommender.training.learned import Models
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.registry.files import download
from sync.cloud.retraining.blessing import Comparison, Figures
from sync.cloud.retraining.outcome import Refused
from sync.cloud.retraining.training import fetched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from recommender.training.dataset import Dataset
    from recommender.training.evaluation import Evaluation

GROUPS: Final = 10
"""Members are numbered by their pseudonyms, so the last digit of the number is a lot."""
SIMULATED_MEMBERS: Final = 120
SIMULATED_SEED: Final = 40_000_003
"""Of people whom no training draws."""
_PACKAGED: Final = {intensity.NAME: intensity.PACKAGED, effect.NAME: effect.PACKAGED}


def compare(
    url: str, names: Sequence[str], challenger: Mapping[str, str], champion: Mapping[str, str]
) -> list[Comparison]:
    """Judge both by the same days of the same members, over all and in each segment.

    Args:
        url: of the object store.
        names: of the Parquet objects of examples of held-out members.
        challenger: where each model's files lie, by name; a name that is missing is the packaged model's.
        champion: likewise.

    Raises:
        Refused: nobody is held out, so nothing can be judged.
        ModelRefused: a model cannot be loaded.
        StoreUnavailable: the store does not answer.
    """
    from recommender.training import records  # noqa: PLC0415 - with DuckDB
    from recommender.training.validation import RecordsRefused  # noqa: PLC0415 - with it

    store = ObjectStore(url)
    with TemporaryDirectory() as made:
        try:
            checked = records.read(fetched(store, names, Path(made) / "examples"))
        except RecordsRefused as error:
            raise Refused(f"the held-out members cannot be judged by: {error}") from error
    return _compared(store, records.dataset(checked, "held-out members"), challenger, champion)


def compare_on_simulated(
    url: str, challenger: Mapping[str, str], champion: Mapping[str, str]
) -> list[Comparison]:
    """Judge both by simulated members whom nobody has learned from: where no gym sends records.

    Args:
        url: of the object store.
        challenger: where each model's files lie, by name.
        champion: likewise.

    Raises:
        ModelRefused: a model cannot be loaded.
        StoreUnavailable: the store does not answer.
    """
    from recommender.training import simulated  # noqa: PLC0415 - loads the simulator

    dataset = simulated.dataset(SIMULATED_MEMBERS, SIMULATED_SEED, lambda _step, _done, _of: None)
    return _compared(ObjectStore(url), dataset, challenger, champion)


def _compared(
    store: ObjectStore, dataset: Dataset, challenger: Mapping[str, str], champion: Mapping[str, str]
) -> list[Comparison]:
    with TemporaryDirectory() as made:
        both = [
            _load(store, sources, Path(made) / who)
            for who, sources in (("challenger", challenger), ("champion", champion))
        ]
        return [_comparison(segment, part, both) for segment, part in _segments(dataset)]


def _comparison(segment: str, part: Dataset, both: Sequence[Models]) -> Comparison:
    """The figures of a segment, and what chance does to their change: the delete-a-group jackknife."""
    challenger, champion = (figures(evaluate(models, part)) for models in both)
    found = Comparison(segment, len(np.unique(part.member)), challenger, champion)
    without = [
        replace(found, challenger=one, champion=other).changes()
        for group in range(GROUPS)
        for rest in [part.take(part.member % GROUPS != group)]
        if rest.has_target.any() and rest.has_workout.any()
        for one, other in [[figures(evaluate(models, rest)) for models in both]]
    ]
    chance = {}
    for name in found.changes():
        changes = np.array([each[name] for each in without if name in each])
        if len(changes) > 1:
            chance[name] = float(np.sqrt((len(changes) - 1) * changes.var()))
    return replace(found, chance=chance)


def figures(evaluation: Evaluation) -> Figures:
    """The errors of an evaluation, and those of always saying the mean."""
    minutes, effects = evaluation.intensity, evaluation.effect
    return {
        "minutes": (minutes.error[0], minutes.mean[0]),
        "intensity": (minutes.error[1], minutes.mean[1]),
        "minutes_swing": (minutes.swing[0], None),
        "intensity_swing": (minutes.swing[1], None),
        "effect": (effects.effect, effects.effect_mean),
        "completion": (effects.completion, effects.completion_mean),
        "rpe": (effects.rpe, effects.rpe_mean),
    }


def _load(store: ObjectStore, sources: Mapping[str, str], folder: Path) -> Models:
    where = {
        name: download(store, sources[name], folder / name) if name in sources else packaged
        for name, packaged in _PACKAGED.items()
    }
    return Models(intensity.load(where[intensity.NAME]), effect.load(where[effect.NAME]))


def _segments(dataset: Dataset) -> Iterator[tuple[str, Dataset]]:
    """Everybody, then each group by itself that tells anything."""
    yield "all", dataset
    for dimension in SEGMENTS:
        column = dataset.segments[dimension]
        for value in np.unique(column):
            part = dataset.take(column == value)
            if part.has_target.any() and part.has_workout.any():
                yield f"{dimension}={value}", part
