"""Is a table what it should be? What is left out, what is counted, and when it is refused whole."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.training.columns import BY_NAME, COLUMNS, Column
from recommender.training.validation import MOST_REFUSED, Checked, RecordsRefused, check, drifts
from tests.unit.recommender.training.tables import table

ROWS = 20
REQUIRED = [column for column in COLUMNS if column.required]
NUMBERS = [column for column in COLUMNS if column.kind == "number"]
WORDS = [column for column in COLUMNS if column.allowed is not None]


def good(rows: int = ROWS) -> dict[str, Any]:
    """A table in which every row makes sense."""
    filled: dict[str, Any] = {}
    for column in COLUMNS:
        if column.kind == "number":
            middle = column.low if column.low == column.high else (column.low + column.high) / 2
            filled[column.name] = np.full(rows, middle, np.float64)
        elif column.kind == "day":
            filled[column.name] = np.array([date(2026, 3, 1)] * rows, object)
        else:
            filled[column.name] = np.array([(column.allowed or ("m-1",))[0]] * rows, object)
    return filled


def spoilt(column: Column, value: Any, rows: int = 1) -> dict[str, Any]:
    """The same, with a value in the first rows of a column."""
    made = good()
    made[column.name][:rows] = value
    return made


def test_what_makes_sense_is_taken_as_it_is() -> None:
    checked = check(good())
    assert (checked.rows, checked.refused, checked.lines) == (ROWS, {}, [])
    assert {name: len(values) for name, values in checked.table.items()} == dict.fromkeys(BY_NAME, ROWS)


@pytest.mark.parametrize("column", REQUIRED, ids=lambda column: column.name)
def test_a_table_without_a_column_that_must_be_there_is_refused_with_its_name(column: Column) -> None:
    made = good()
    del made[column.name]
    with pytest.raises(
        RecordsRefused, match=rf"no column {column.name}; see recommender/training/columns.py"
    ):
        check(made)


def test_all_columns_that_are_missing_are_named_at_once() -> None:
    with pytest.raises(RecordsRefused, match=", ".join(column.name for column in REQUIRED)):
        check({})


@pytest.mark.parametrize(
    "column", [column for column in COLUMNS if not column.required], ids=lambda column: column.name
)
def test_what_may_be_null_may_be_absent_too(column: Column) -> None:
    nothing = np.nan if column.kind == "number" else None
    assert check(spoilt(column, nothing, ROWS)).refused == {}
    made = good()
    del made[column.name]
    assert column.name not in check(made).table


@pytest.mark.parametrize("column", REQUIRED, ids=lambda column: column.name)
def test_a_row_without_what_must_be_there_is_left_out(column: Column) -> None:
    checked = check(spoilt(column, np.nan if column.kind == "number" else None))
    assert len(checked.table["member"]) == ROWS - 1
    (line,) = checked.lines
    assert line.startswith(f"1 of {ROWS} rows are left out: {column.name} ")
    assert line.endswith("must be there")


@pytest.mark.parametrize("column", NUMBERS, ids=lambda column: column.name)
def test_a_number_is_taken_up_to_its_ends_and_not_beyond(column: Column) -> None:
    for value in (column.low, column.high):
        assert check(spoilt(column, value)).refused == {}
    span = max(column.high - column.low, 1.0)
    for value in (column.low - 1e-6 * span, column.high + 1e-6 * span, np.inf, -np.inf):
        assert list(check(spoilt(column, value)).refused.values()) == [1]


@pytest.mark.parametrize("column", WORDS, ids=lambda column: column.name)
def test_a_word_is_one_of_those_that_there_are(column: Column) -> None:
    assert column.allowed is not None
    for word in column.allowed:
        assert check(spoilt(column, word)).refused == {}
    for word in ("", "nothing", column.allowed[0].upper()):
        (reason,) = check(spoilt(column, word)).refused
        assert reason.startswith(f"{column.name} is one of {', '.join(column.allowed)} and ")


def test_a_row_that_is_wrong_twice_is_left_out_once_and_told_twice() -> None:
    made = good()
    made["rpe"][0] = 99.0
    made["goal"][0] = "fame"
    made["rpe"][5] = -1.0
    checked = check(made)
    assert len(checked.table["rpe"]) == ROWS - 2
    assert sorted(checked.refused.values()) == [1, 2]


@settings(max_examples=20)
@given(bad=st.sets(st.integers(0, ROWS - 1)))
def test_few_bad_rows_are_left_out_and_many_refuse_the_whole(bad: set[int]) -> None:
    made = good()
    made["completion"] = np.arange(ROWS) / ROWS
    wrong = made["rpe"]
    wrong[sorted(bad)] = 99.0
    if len(bad) > MOST_REFUSED * ROWS:
        with pytest.raises(RecordsRefused, match=rf"only {ROWS - len(bad)} of {ROWS} records make sense"):
            check(made)
        return
    kept = check(made).table["completion"]
    assert kept.tolist() == [number / ROWS for number in range(ROWS) if number not in bad], "in their order"


def test_an_empty_table_is_told_as_such() -> None:
    with pytest.raises(RecordsRefused, match="the table is empty"):
        check({name: values[:0] for name, values in good().items()})


def test_columns_that_nobody_knows_are_kept_and_go_with_their_rows() -> None:
    made = spoilt(BY_NAME["rpe"], 99.0) | {"note": np.arange(ROWS)}
    assert check(made).table["note"].tolist() == list(range(1, ROWS))


def test_lines_are_for_people() -> None:
    assert Checked({}, 10, {"rpe is from 1 to 10 and may be null": 2}).lines == [
        "2 of 10 rows are left out: rpe is from 1 to 10 and may be null"
    ]


def test_the_same_people_have_not_drifted_and_others_have() -> None:
    before, now = table(members=200, days=3), table(members=200, days=3)
    assert {each.level for each in drifts(before, now).values()} == {"stable"}
    now.values[:, 0] += 20.0
    now.values[np.append(np.diff(now.member) == 0, [False]), 1] += 50.0  # not on their last day
    shifted = drifts(before, now)
    names = list(shifted)
    assert shifted[names[0]].level == "major"
    assert shifted[names[1]].level == "stable", "one day of each member is compared"
    assert (shifted[names[0]].before, shifted[names[0]].now) == (200, 200)
