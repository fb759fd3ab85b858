from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.encoding import MOST_DEVIATIONS, Scale, plain_columns, rows, scale_of
from tests.unit.recommender.model_folders import people

SCALE = Scale(np.arange(9, dtype=np.float32), np.full(9, 2, np.float32))


def test_a_row_by_hand() -> None:
    values = np.array([[1, 1, 4, 3, 4, 5, 6, 7, 8, 3]], np.float32)
    imputed = np.zeros((1, 10), np.bool_)
    imputed[0, 6] = True
    found = rows(values, imputed, SCALE)[0]
    assert found[:9].tolist() == [0.5, 0, 1, 0, 0, 0, 0, 0, 0]
    assert found[9:19].tolist() == [0] * 6 + [1] + [0] * 3
    assert found[19:].tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert plain_columns(workout=False) == 19


def test_a_row_with_a_workout_by_hand() -> None:
    scale = Scale(np.zeros(11, np.float32), np.full(11, 10, np.float32))
    found = rows(
        np.zeros((1, 10)),
        np.zeros((1, 10)),
        scale,
        types=np.array([2]),
        prescriptions=np.array([[30.0, 5.0]]),
    )[0]
    assert found[9:11].tolist() == [3.0, 0.5]
    assert found[-4:].tolist() == [0, 0, 1, 0]
    assert len(found) == plain_columns(workout=True) + 7 + 4


@given(size=st.floats(1, 1e30))
def test_nothing_is_further_off_than_it_may_be(size: float) -> None:
    values, imputed = people(5)
    found = rows(values * np.float32(size), imputed, SCALE)
    assert np.abs(found).max() <= MOST_DEVIATIONS


@given(seed=st.integers(0, 99))
def test_scaling_goes_there_and_back(seed: int) -> None:
    values, _ = people(30, seed)
    scale = scale_of(values)
    np.testing.assert_allclose(scale.in_units(scale.scaled(values)), values, rtol=1e-4, atol=1e-4)
    assert np.abs(scale.scaled(values).mean(axis=0)).max() < 1e-3


def test_what_is_not_known_and_what_never_changes_have_a_scale() -> None:
    scale = scale_of(np.array([[1.0, 7.0], [np.nan, 7.0], [3.0, 7.0]]))
    assert scale.mean.tolist() == [2.0, 7.0]
    assert scale.deviation.tolist() == [1.0, 1.0]
