from __future__ import annotations

import numpy as np
import pytest

from recommender.features import FEATURES, feature_vector, recent
from recommender.rule_engine import prescribe
from recommender.simulation.members import simulate
from recommender.training.dataset import SEGMENTS, Dataset
from recommender.training.simulated import dataset


def quietly(_step: str, _done: int, _of: int) -> None:
    return


@pytest.fixture(scope="module")
def rows() -> Dataset:
    return dataset(6, 3, quietly, days=50)


def test_every_day_of_every_member_is_a_row(rows: Dataset) -> None:
    assert len(rows) == 300
    assert np.bincount(rows.member).tolist() == [50] * 6
    assert set(rows.segments) == set(SEGMENTS)
    assert "not real people" in rows.source


def test_values_lie_in_their_ranges(rows: Dataset) -> None:
    for at, feature in enumerate(FEATURES):
        column = rows.values[:, at]
        assert ((column >= feature.low - 1e-6) & (column <= feature.high + 1e-6)).all()
    told = rows.target[rows.has_target]
    assert 0.05 < len(told) / len(rows) < 0.9
    assert ((told >= [10, 1]) & (told <= [120, 5])).all()
    assert ((rows.outcome[:, 0] >= 0) & (rows.outcome[:, 0] <= 1)).all()
    assert set(np.unique(rows.outcome[:, 1])) == {0.0, 1.0}


def test_what_really_suits_is_known_of_every_day_and_near_what_is_told(rows: Dataset) -> None:
    assert ((rows.truth >= [10, 1]) & (rows.truth <= [120, 5])).all()
    off = np.abs(rows.truth - rows.target)[rows.has_target].mean(axis=0)
    assert (off < [4, 0.4]).all()
    assert (off > [0.5, 0.1]).all()


def test_the_lot_tries_all_there_is(rows: Dataset) -> None:
    assert np.bincount(rows.types).min() > 40
    assert rows.prescribed[:, 0].min() < 15
    assert rows.prescribed[:, 0].max() > 100


def test_the_same_seed_gives_the_same_rows(rows: Dataset) -> None:
    again, other = dataset(6, 3, quietly, days=50), dataset(6, 4, quietly, days=50)
    np.testing.assert_array_equal(again.values, rows.values)
    np.testing.assert_array_equal(again.target, rows.target)
    np.testing.assert_array_equal(again.outcome, rows.outcome)
    assert (other.values != rows.values).any()


def test_the_last_weeks_are_all_that_a_day_depends_on() -> None:
    for member in simulate(members=4, days=90, seed=8):
        for today in member.days[::6]:
            past = recent(member.history, today.day)
            whole = feature_vector(today.person, member.history, today.day)
            part = feature_vector(today.person, past, today.day)
            np.testing.assert_array_equal(part.values, whole.values)
            assert part.imputed == whole.imputed
            assert prescribe(today.person, past, today.day, part) == prescribe(
                today.person, member.history, today.day, whole
            )
