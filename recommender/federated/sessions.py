"""A gym's own sessions as the rows that training makes of records, so that a gym learns what the cloud would.

Sleep and stress are no columns of records, so they are not in what a gym learns from either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.training.columns import COLUMNS
from recommender.training.records import dataset
from recommender.training.validation import check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recommender.training.columns import Column
    from recommender.training.dataset import Dataset


def of_sessions(rows: Sequence[Mapping[str, Any]]) -> Dataset:
    """The days that tell what suited, ordered by member and day.

    Args:
        rows: one for each session, with values by column (`recommender.training.columns`); what a row lacks
            is unknown.

    Raises:
        RecordsRefused: nothing is left of them, or too much makes no sense.
    """
    order = sorted(rows, key=lambda row: (str(row["member"]), row["day"]))
    checked = check({column.name: _column(column, order) for column in COLUMNS})
    found = dataset(checked, f"{len(rows)} sessions of this gym")
    return found.take(found.has_target)


def _column(column: Column, rows: Sequence[Mapping[str, Any]]) -> np.ndarray[Any, Any]:
    values = [row.get(column.name) for row in rows]
    if column.kind == "number":
        return np.array([np.nan if value is None else float(value) for value in values], np.float64)
    found = np.empty(len(values), object)
    found[:] = values
    return found
