"""What a model would have prescribed on every day of a table, as `recommender.prescribing` does on one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recommender import intensity
from recommender.encoding import PHASE
from recommender.features import MONTH_DAYS
from recommender.personal import habit, steadied
from recommender.training.dataset import PHASE_INTENSITIES, members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from recommender.personal import Personal
    from recommender.prescribing import Predictor
    from recommender.training.dataset import Dataset


def prescribed(model: Predictor, dataset: Dataset) -> NDArray[np.float64]:
    """Minutes and intensity for each row, (n, 2); the rows of a member that came before it are its past.

    Records have no rows of days without a session: there, an answer is kept near to that of the last one.
    """
    if model.personal is None:
        return model.predict(dataset.values, dataset.imputed).astype(np.float64)
    found = np.empty((len(dataset), 2))
    for member, weeks, habits in last_weeks(model, model.personal, dataset):
        found[member] = steadied(weeks, habits, model.personal.band)
    return finished(found, dataset)


def last_weeks(
    model: Predictor, personal: Personal, dataset: Dataset
) -> Iterator[tuple[slice, NDArray[np.float64], NDArray[np.float64]]]:
    """For each member, what is said of each row and of the four weeks before it: (rows, 29, 2).

    All as if in the row's phase of training, before it is kept steady, and without the limit of the goal.
    Where less is known, the oldest row known stands in. With it, how likely each was a day of training:
    (rows, 29).
    """
    said, phases = dict(_in_each_phase(model, dataset)), dataset.phase
    for member in members(dataset):
        days = dataset.day[member].astype(np.int64)
        before = _rows_before(days)
        weeks = np.empty((*before.shape, 2))
        for phase in np.unique(phases[member]).tolist():
            own = said[phase][member]
            answer = own + _moved(personal, dataset, member, own[:, 1], phase)
            here = phases[member] == phase
            weeks[here] = answer[before[here]]
        yield member, weeks, habit(days, days[dataset.trained[member]])[before]


def finished(answers: NDArray[np.float64], dataset: Dataset) -> NDArray[np.float64]:
    """Steady answers (n, 2) within the limits of goals and the ranges of a prescription."""
    limits = np.stack([np.zeros_like(dataset.limit), dataset.limit], axis=1)
    return np.clip(answers - limits, intensity.LOWEST, intensity.HIGHEST)


def surprises(model: Predictor, dataset: Dataset) -> NDArray[np.float64]:
    """(n,) by how much more intensity suited than the network says; NaN where nobody knows."""
    said = model.predict(dataset.values, dataset.imputed)[:, 1]
    return np.asarray(dataset.ease + PHASE_INTENSITIES[dataset.phase] - said, dtype=np.float64)


def _moved(
    personal: Personal, dataset: Dataset, member: slice, said: NDArray[np.float64], phase: int
) -> NDArray[np.float64]:
    """(rows, 2) what the ratings of one member add, as if all had lain in one phase."""
    days, ease = dataset.day[member].astype(np.int64), dataset.ease[member].astype(np.float64)
    rated = ~np.isnan(ease)
    found = personal.intercepts(days, days[rated], ease[rated] + PHASE_INTENSITIES[phase] - said[rated])
    return np.stack([np.zeros_like(found), found], axis=1)


def _in_each_phase(model: Predictor, dataset: Dataset) -> Iterator[tuple[int, NDArray[np.float64]]]:
    for phase in np.unique(dataset.phase).tolist():
        values = dataset.values.copy()
        values[:, PHASE] = phase
        yield phase, model.predict(values, dataset.imputed).astype(np.float64)


def _rows_before(days: NDArray[Any]) -> NDArray[np.intp]:
    """(d, 29) for each row the last ones up to it, of four weeks; the first of them as often as it takes."""
    here = np.arange(len(days))
    oldest = np.searchsorted(days, days - MONTH_DAYS)
    back = here[:, None] - np.arange(MONTH_DAYS, -1, -1)
    return np.asarray(np.maximum(back, oldest[:, None]))
