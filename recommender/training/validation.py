"""Is a table what it should be, and are the people in it like those that were learned from before? Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recommender.features import FEATURE_NAMES
from recommender.monitoring.drift import drift
from recommender.training.columns import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from recommender.monitoring.drift import Drift
    from recommender.training.columns import Column
    from recommender.training.dataset import Dataset

MOST_REFUSED: Final = 0.2
"""A larger share of rows that make no sense says that the table is not what it should be."""

Table = dict[str, "NDArray[Any]"]
"""Columns by name: text and days as objects with None, numbers as float64 with NaN, for what is null."""


class RecordsRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """A table cannot be learned from; the text says which column, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A table without the rows that make no sense.

    Attributes:
        table: what is left.
        rows: how many there were.
        refused: how many rows each column refused, by name; a row may be refused by several.
    """

    table: Table
    rows: int
    refused: Mapping[str, int]

    @property
    def lines(self) -> list[str]:
        """For people."""
        return [f"{count} of {self.rows} rows are left out: {name}" for name, count in self.refused.items()]


def check(table: Mapping[str, NDArray[Any]]) -> Checked:
    """Leave out the rows that hold what cannot be.

    Raises:
        RecordsRefused: a column is missing, nothing is left, or too much makes no sense.
    """
    missing = [column.name for column in COLUMNS if column.required and column.name not in table]
    if missing:
        raise RecordsRefused(
            f"the records have no column {', '.join(missing)}; see recommender/training/columns.py"
        )
    rows = len(table["member"])
    good = np.ones(rows, np.bool_)
    refused = {}
    for column in COLUMNS:
        if column.name not in table:
            continue
        wrong = _wrong(column, table[column.name])
        if wrong.any():
            refused[f"{column.name} {_rule(column)}"] = int(wrong.sum())
            good &= ~wrong
    left = int(good.sum())
    if rows - left > MOST_REFUSED * rows or not left:
        reasons = "; ".join(f"{count}: {reason}" for reason, count in refused.items()) or "the table is empty"
        raise RecordsRefused(
            f"only {left} of {rows} records make sense ({reasons}); correct the table, or leave such rows out"
        )
    return Checked({name: column[good] for name, column in table.items()}, rows, refused)


def drifts(before: Dataset, now: Dataset) -> dict[str, Drift]:
    """How far each feature has shifted: one day of each member, their last, is compared."""
    one, other = (each.values[_last_days(each)].astype(np.float64) for each in (before, now))
    return {name: drift(one[:, at], other[:, at]) for at, name in enumerate(FEATURE_NAMES)}


def _wrong(column: Column, values: NDArray[Any]) -> NDArray[np.bool_]:
    if column.kind == "number":
        null = np.isnan(values)
        wrong = ~null & ~((values >= column.low) & (values <= column.high))
    else:
        null = np.array([value is None for value in values], np.bool_)
        allowed = column.allowed
        wrong = np.array([allowed is not None and value not in allowed for value in values], np.bool_) & ~null
    found: NDArray[np.bool_] = wrong | null if column.required else wrong
    return found


def _rule(column: Column) -> str:
    needed = "must be there" if column.required else "may be null"
    if column.allowed is not None:
        return f"is one of {', '.join(column.allowed)} and {needed}"
    if column.kind == "number":
        return f"is from {column.low:g} to {column.high:g} and {needed}"
    return needed


def _last_days(dataset: Dataset) -> NDArray[np.intp]:
    ends = np.append(np.diff(dataset.member) != 0, [True])
    return np.flatnonzero(ends)
