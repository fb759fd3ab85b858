"""Records in Parquet, written with DuckDB, and what is said of those that make no sense."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recommender.exertion import suited
from recommender.features import FEATURE_NAMES, FEATURES
from recommender.history import Workout
from recommender.training.columns import COLUMNS
from recommender.training.records import dataset, read
from recommender.training.validation import RecordsRefused, drifts
from tests.unit.recommender.training.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

duckdb = pytest.importorskip("duckdb", reason="the extra `train` is not installed")

SQL = {"text": "VARCHAR", "day": "DATE", "number": "DOUBLE"}
DAY = date(2026, 3, 2)


def row(**changed: Any) -> dict[str, Any]:
    told = {name: feature.usual for name, feature in zip(FEATURE_NAMES, FEATURES, strict=True)}
    return {
        **told,
        "sleep_efficiency": None,
        "stress_index": None,
        "mean_duration_7d_min": 41.5,
        "member": "m-1",
        "day": DAY,
        "sex": "female",
        "level": "advanced",
        "goal": "endurance",
        "training_phase": 1,
        "type": "intervals",
        "prescribed_minutes": 45.0,
        "prescribed_intensity": 3.0,
        "rules_minutes": 40.0,
        "rules_intensity": 2.5,
        "accepted": 1,
        "performed_minutes": 44.0,
        "performed_intensity": 3.1,
        "completion": 0.98,
        "rpe": 7,
        **changed,
    }


def write(path: Path, rows: list[dict[str, Any]], without: tuple[str, ...] = ()) -> Path:
    columns = [column for column in COLUMNS if column.name not in without]
    fields = ", ".join(f"{column.name} {SQL[column.kind]}" for column in columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE records ({fields})")
        insertion = f"INSERT INTO records VALUES ({', '.join('?' for _ in columns)})"  # noqa: S608 - no one's input
        for each in rows:
            database.execute(insertion, [each[column.name] for column in columns])
        database.execute(f"COPY records TO '{path}' (FORMAT parquet)")
    return path.parent


def test_a_record_becomes_a_row(tmp_path: Path) -> None:
    later = row(day=DAY + timedelta(days=2), rpe=None)
    folder = write(tmp_path / "gym=1" / "day=1" / "a.parquet", [later, row(member="m-0"), row()])
    checked = read(tmp_path)
    assert (folder / "a.parquet").is_file()
    rows = dataset(checked, "three sessions")
    assert (len(rows), checked.refused) == (3, {})
    assert rows.member.tolist() == [0, 1, 1]
    assert rows.day.tolist() == [DAY.toordinal(), DAY.toordinal(), DAY.toordinal() + 2]
    assert {name for name, told in zip(FEATURE_NAMES, rows.imputed[1], strict=True) if told} == {
        "sleep_efficiency",
        "stress_index",
    }
    assert rows.values[1, 6] == pytest.approx(FEATURES[6].usual)
    assert rows.values[1, 2] == pytest.approx(41.5)
    assert rows.wanted[1] == pytest.approx(3.25)
    assert rows.ease[1] == pytest.approx(3.1 - 3.5)
    assert np.isnan(rows.ease[2])
    assert np.isnan(rows.truth).all()
    done = Workout(day=DAY, type="intervals", duration_minutes=44.0, intensity_score=3.1, rpe=7)
    best = suited(done, "endurance", "build")
    assert best is not None
    assert rows.target[1].tolist() == pytest.approx([best.duration_minutes, best.intensity_score])
    assert rows.rules[1].tolist() == [40.0, 2.5]
    assert rows.types[1] == 1
    assert rows.outcome[1, 1:].tolist() == [1.0, 7.0]
    assert np.isnan(rows.target[2]).all()
    assert np.isnan(rows.outcome[2, [0, 2]]).all()
    assert rows.segments["level"].tolist() == ["advanced"] * 3


def test_what_was_refused_says_nothing_of_the_plan(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", [row(accepted=0)])
    rows = dataset(read(tmp_path), "one")
    assert np.isnan(rows.outcome).all()
    assert not np.isnan(rows.target).any()


def test_files_may_lack_what_may_be_null(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", [row()], without=("sex", "level", "rules_minutes", "sleep_efficiency"))
    write(tmp_path / "b.parquet", [row(member="m-2")])
    rows = dataset(read(tmp_path), "two")
    assert len(rows) == 2
    assert rows.segments["sex"].tolist() == ["unspecified", "female"]
    assert np.isnan(rows.rules[0]).any()


def test_rows_that_make_no_sense_are_left_out_and_counted(tmp_path: Path) -> None:
    good = [row(member=f"m-{number}") for number in range(9)]
    write(tmp_path / "a.parquet", [*good, row(bmi=-3.0, rpe=11)])
    checked = read(tmp_path)
    assert len(checked.table["member"]) == 9
    assert len(checked.lines) == 2
    assert checked.lines[0].startswith("1 of 10 rows are left out: bmi is from 12 to 60")


WRONG: dict[str, Mapping[str, Any]] = {
    "age_years": {"age_years": 300.0},
    "goal is one of": {"goal": "fame"},
    "type is one of": {"type": "dancing"},
    "member must be there": {"member": None},
    "training_phase is from 0 to 6 and must be there": {"training_phase": None},
    "performed_minutes": {"performed_minutes": float("inf")},
}


@pytest.mark.parametrize("reason", WRONG)
def test_a_table_of_nonsense_is_refused_with_its_reason(tmp_path: Path, reason: str) -> None:
    write(tmp_path / "a.parquet", [row(**WRONG[reason])])
    with pytest.raises(RecordsRefused, match="only 0 of 1 records make sense") as found:
        read(tmp_path)
    assert reason in str(found.value)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", [row()], without=("goal", "day"))
    with pytest.raises(RecordsRefused, match="no column day, goal"):
        read(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PAR1 is how it begins, and nothing follows"])
def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(RecordsRefused, match="cannot be read"):
        read(tmp_path)


def test_a_column_of_another_kind_is_refused(tmp_path: Path) -> None:
    with duckdb.connect() as database:
        database.execute(f"COPY (SELECT 'm' AS member, 'soon' AS day) TO '{tmp_path / 'a.parquet'}'")
    with pytest.raises(RecordsRefused, match="cannot be read"):
        read(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordsRefused, match=r"no file \*\.parquet"):
        read(tmp_path)
    write(tmp_path / "a.parquet", [])
    with pytest.raises(RecordsRefused, match="the table is empty"):
        read(tmp_path)


def test_drift_is_seen_where_it_is() -> None:
    before, now = table(200, days=2, seed=1), table(200, days=2, seed=2)
    now.values[:, 1] = now.values[:, 1] / 3 + 30
    found = drifts(before, now)
    assert found["bmi"].level == "major"
    assert found["age_years"].level == "stable"
    assert drifts(before, table(3, days=2))["bmi"].psi is None
