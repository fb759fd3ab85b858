"""The features that DuckDB computes are those that the box computes, whatever somebody has done."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.features import FEATURE_NAMES, feature_vector
from recommender.history import History, Workout
from recommender.person import Person
from recommender.prescription import Prescription
from sync.cloud.lake.parquet import connect
from sync.cloud.retraining import examples

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.cloud.lake.parquet import Connection

COMPUTED = (
    "mean_duration_7d_min",
    "mean_hr_fraction_7d",
    "rpe_slope_7d",
    "completion_28d",
    "progress_rate_28d",
)
SCRIPT = (Path(examples.__file__).parent / "sql" / "features.sql").read_text("utf-8")
COLUMNS = (
    "member VARCHAR, day DATE, day_number BIGINT, minutes DOUBLE, intensity DOUBLE, "
    "prescribed_intensity DOUBLE, rpe DOUBLE, completion DOUBLE, mean_bpm DOUBLE, maximum_bpm DOUBLE"
)
AGE_YEARS = 44.0

numbers = st.floats(0, 1, allow_subnormal=False)  # a subnormal one has too few digits to agree on
workouts = st.builds(
    Workout,
    day=st.integers(0, 60).map(lambda day: date(2026, 1, 1) + timedelta(day)),
    type=st.just("steady"),
    duration_minutes=st.just(0.0) | numbers.map(lambda x: 300 * x),
    intensity_score=st.none() | numbers.map(lambda x: 1 + 4 * x),
    prescribed=st.none() | numbers.map(lambda x: Prescription(30.0, 1 + 4 * x)),
    completion=st.none() | numbers.map(lambda x: 1.5 * x),
    mean_bpm=st.none() | numbers.map(lambda x: 60 + 140 * x),
    rpe=st.none() | st.integers(1, 10).map(float),
)


@pytest.fixture(scope="module")
def database() -> Iterator[Connection]:
    with connect() as opened:
        yield opened


def computed(database: Connection, past: Sequence[Workout]) -> dict[date, dict[str, float | None]]:
    for leftover in ("TABLE workout", "TABLE feature", "MACRO clip"):
        database.execute(f"DROP {leftover.replace(' ', ' IF EXISTS ')}")
    database.execute(f"CREATE TEMP TABLE workout ({COLUMNS})")
    database.executemany(
        "INSERT INTO workout VALUES "
        "('m', $1, date_diff('day', DATE '2020-01-01', $1), $2, $3, $4, $5, $6, $7, $8)",
        [
            [
                each.day,
                each.duration_minutes,
                each.intensity_score,
                None if each.prescribed is None else each.prescribed.intensity_score,
                each.rpe,
                each.completion,
                each.mean_bpm,
                208 - 0.7 * AGE_YEARS,
            ]
            for each in past
        ],
    )
    database.execute(SCRIPT)
    rows = database.table("feature").project(", ".join(("day", *COMPUTED))).fetchall()
    return {day: dict(zip(COMPUTED, values, strict=True)) for day, *values in rows}


@settings(max_examples=15, deadline=None)
@given(past=st.lists(workouts, min_size=1, max_size=40))
def test_both_agree_on_every_day(database: Connection, past: list[Workout]) -> None:
    for day, found in computed(database, past).items():
        vector = feature_vector(Person(age_years=AGE_YEARS), History(tuple(past)), day)
        expected = {
            name: None if name in vector.imputed else pytest.approx(float(value), rel=1e-4, abs=1e-4)
            for name, value in zip(FEATURE_NAMES, vector.values, strict=True)
            if name in COMPUTED
        }
        assert found == expected


def test_the_day_itself_tells_nothing_of_it(database: Connection) -> None:
    today = date(2026, 3, 1)
    yesterday = Workout(day=today - timedelta(1), type="steady", duration_minutes=30.0)
    found = computed(database, [yesterday, Workout(day=today, type="steady", duration_minutes=90.0)])
    assert found[today]["mean_duration_7d_min"] == 30.0
    assert found[yesterday.day]["mean_duration_7d_min"] is None
