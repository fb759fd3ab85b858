from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.training.dataset import follows, members, split
from tests.unit.recommender.training.tables import table


@given(members=st.integers(3, 60), seed=st.integers(0, 99))
def test_no_member_is_on_two_sides(members: int, seed: int) -> None:
    whole = table(members, days=2)
    parts = split(whole, seed)
    names = [set(part.member.tolist()) for part in parts]
    assert sum(len(part) for part in parts) == len(whole)
    assert len(set().union(*names)) == members == sum(map(len, names))
    assert abs(len(names[0]) - 0.7 * members) <= 1
    assert [part.member.tolist() for part in split(whole, seed)] == [part.member.tolist() for part in parts]


def test_rows_of_two_tables_are_not_of_one_member() -> None:
    one, other = table(3, seed=1), table(4, seed=2)
    both = one.joined(other)
    assert len(both) == len(one) + len(other)
    assert len(np.unique(both.member)) == 7
    assert "and" in both.source
    np.testing.assert_array_equal(both.values[len(one) :], other.values)
    assert both.segments["sex"].tolist() == [*one.segments["sex"], *other.segments["sex"]]


def test_every_step_of_a_member_to_a_day_that_is_near_counts() -> None:
    rows = table(2, days=4)
    rows.values[5:8, -1] = 2  # another phase of training
    rows.imputed[7, 5] = True  # nothing is known of four weeks
    assert follows(rows).tolist() == [True, True, True, False, True, True, True]
    rows.day[2:4] += 3
    assert follows(rows).tolist() == [True, False, True, False, True, True, True]


@given(days=st.lists(st.integers(1, 5), max_size=6))
def test_members_are_whole(days: list[int]) -> None:
    rows = table(1, days=1).take(np.zeros(sum(days), int))
    rows = replace(rows, member=np.repeat(np.arange(len(days)), days).astype(np.int32))
    found = [rows.member[each].tolist() for each in members(rows)]
    assert found == [[number] * count for number, count in enumerate(days)]


def test_networks_learn_what_the_phase_wants_whatever_the_goal() -> None:
    rows = table(1, days=3)
    rows.values[:, -1] = (0, 1, 5)  # base, build, deload
    rows.target[:] = [[40, 2.0], [50, 2.5], [30, 1.5]]
    rows.wanted[:] = (2.0, 2.0, 2.0)  # as for mobility
    np.testing.assert_allclose(rows.limit, [0.5, 1.25, 0.0])
    np.testing.assert_allclose(rows.network_target, [[40, 2.5], [50, 3.75], [30, 1.5]])


def test_what_nobody_knows_is_not_learned_from() -> None:
    rows = table(1, days=5)
    rows.target[:] = 1.0
    rows.target[2, 1] = np.nan
    assert rows.has_target.tolist() == [True, True, False, True, True]
    rows.types[0] = -1
    rows.prescribed[1, 0] = np.nan
    rows.outcome[2] = np.nan
    rows.outcome[3, :2] = np.nan
    assert rows.has_workout.tolist() == [False, False, False, True, True]
