"""Records of real sessions, from a folder of Parquet. The only file of the room that knows DuckDB."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recommender.exertion import COMPLETED, RPE_PER_INTENSITY, ease, served, suited, wanted_rpe
from recommender.features import FEATURES
from recommender.history import Workout
from recommender.monitoring.segments import age_band
from recommender.person import TRAINING_PHASES
from recommender.prescription import WORKOUT_TYPES, Prescription
from recommender.training.columns import COLUMNS
from recommender.training.dataset import Dataset
from recommender.training.validation import RecordsRefused, check

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from recommender.person import TrainingPhase
    from recommender.training.columns import Column
    from recommender.training.validation import Checked, Table

_EPOCH: Final = date(1970, 1, 1).toordinal()
_Cell = dict[str, Any]
"""One row, None for what is null."""
TYPES: Final = {"text": "VARCHAR", "day": "DATE", "number": "DOUBLE"}


def read(folder: Path) -> Checked:
    """All Parquet files below a folder as one checked table, ordered by member and day.

    Columns that a file lacks are null in its rows; others than those of `columns.py` are passed over.

    Raises:
        RecordsRefused: there are none, they cannot be read, or they are not what they should be.
    """
    import duckdb  # noqa: PLC0415 - the heavy import that this file is for

    if not any(folder.rglob("*.parquet")):
        raise RecordsRefused(f"{folder} has no file *.parquet; name the folder that holds the records")
    source = [str(path) for path in sorted(folder.rglob("*.parquet"))]
    try:
        with duckdb.connect() as database:
            files = database.read_parquet(source, union_by_name=True)
            there = [column for column in COLUMNS if column.name in files.columns]
            wanted = ", ".join(
                f'CAST("{each.name}" AS {TYPES[each.kind]}) AS "{each.name}"' for each in there
            )
            arrays = files.project(wanted).fetchnumpy()
    except duckdb.Error as error:
        raise RecordsRefused(f"the records in {folder} cannot be read: {error}") from error
    table = {column.name: _plain(column, arrays[column.name]) for column in there}
    checked = check(table)
    order = np.lexsort((checked.table["day"].astype("datetime64[D]"), checked.table["member"].astype(str)))
    return type(checked)(
        {name: each[order] for name, each in checked.table.items()}, checked.rows, checked.refused
    )


def dataset(checked: Checked, source: str) -> Dataset:
    """What a checked table tells the models, in their form."""
    table = checked.table
    count = len(table["member"])
    features = np.stack([_numbers(table, each.name, count) for each in FEATURES], axis=1)
    imputed = np.isnan(features)
    usual = np.array([each.usual for each in FEATURES])
    cells = [{name: _known(column[row]) for name, column in table.items()} for row in range(count)]
    labels = [_labels(cell) for cell in cells]
    kinds = _texts(table, "type", count)
    return Dataset(
        source=source,
        member=np.unique(table["member"].astype(str), return_inverse=True)[1].astype(np.int32),
        day=(table["day"].astype("datetime64[D]").astype(np.int64) + _EPOCH).astype(np.int32),
        values=np.where(imputed, usual, features).astype(np.float32),
        imputed=imputed,
        target=np.array([target for target, _ in labels], np.float32),
        wanted=np.array([_wanted(cell) for cell in cells], np.float32),
        trained=np.array([_workout(cell) is not None for cell in cells], bool),
        ease=np.array([_ease(cell) for cell in cells], np.float32),
        truth=np.full((count, 2), np.nan, np.float32),
        rules=_pair(table, "rules", count).astype(np.float32),
        types=np.array([-1 if kind is None else WORKOUT_TYPES.index(kind) for kind in kinds], np.int8),
        prescribed=_pair(table, "prescribed", count).astype(np.float32),
        outcome=np.array([outcome for _, outcome in labels], np.float32),
        segments={
            "sex": np.array([each or "unspecified" for each in _texts(table, "sex", count)]),
            "age_band": np.array(
                [age_band(None if np.isnan(each) else float(each)) for each in features[:, 0]]
            ),
            "level": np.array([each or "unknown" for each in _texts(table, "level", count)]),
        },
    )


def _labels(cell: _Cell) -> tuple[tuple[float, float], tuple[float, float, float]]:
    """What suited, and what the workout did, as a row tells."""
    workout = _workout(cell)
    unknown = (np.nan, np.nan), (np.nan, np.nan, np.nan)
    if workout is None:
        return unknown
    best = suited(workout, cell["goal"], _phase(cell))
    target = unknown[0] if best is None else (best.duration_minutes, best.intensity_score)
    if cell.get("accepted") == 0:  # what they did instead says nothing of the plan
        return target, unknown[1]
    effect = served(workout, cell["goal"], _phase(cell))
    return target, (
        np.nan if effect is None else effect,
        np.nan if workout.completion is None else float(workout.completion >= COMPLETED),
        np.nan if workout.rpe is None else workout.rpe,
    )


def _workout(cell: _Cell) -> Workout | None:
    if cell.get("performed_minutes") is None:
        return None
    minutes, intensity = cell.get("prescribed_minutes"), cell.get("prescribed_intensity")
    return Workout(
        day=cell["day"],
        type=cell.get("type") or WORKOUT_TYPES[0],
        duration_minutes=cell["performed_minutes"],
        intensity_score=cell.get("performed_intensity"),
        prescribed=None if minutes is None or intensity is None else Prescription(minutes, intensity),
        completion=cell.get("completion"),
        rpe=cell.get("rpe"),
    )


def _ease(cell: _Cell) -> float:
    workout = _workout(cell)
    felt = None if workout is None else ease(workout)
    return np.nan if felt is None else felt


def _wanted(cell: _Cell) -> float:
    return wanted_rpe(cell["goal"], _phase(cell)) / RPE_PER_INTENSITY


def _phase(cell: _Cell) -> TrainingPhase:
    index: float = cell["training_phase"]
    return TRAINING_PHASES[round(index)]


def _known(value: Any) -> Any:
    return None if value is None or (isinstance(value, float) and np.isnan(value)) else value


def _plain(column: Column, values: NDArray[Any]) -> NDArray[Any]:
    """Without masks: NaN or None where it is null."""
    if column.kind == "number":
        return np.ma.filled(np.ma.asarray(values, np.float64), np.nan)
    objects = np.array(values, dtype=object)
    objects[np.ma.getmaskarray(values)] = None
    return objects


def _numbers(table: Table, name: str, count: int) -> NDArray[np.float64]:
    return table.get(name, np.full(count, np.nan))


def _pair(table: Table, name: str, count: int) -> NDArray[np.float64]:
    return np.stack([_numbers(table, f"{name}_{each}", count) for each in ("minutes", "intensity")], axis=1)


def _texts(table: Table, name: str, count: int) -> NDArray[Any]:
    return table.get(name, np.full(count, None, object))
