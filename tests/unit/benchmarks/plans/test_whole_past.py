"""What is known of a day is known on its morning."""

import numpy as np
import pytest

from benchmarks.plans import whole_past
from benchmarks.plans.whole_past import days_of, faded, people_of
from recommender.simulation.members import simulate
from recommender.training.simulated import dataset

DONE_TODAY = {"trained": 1.0, "load": 3.0, "felt": 1.5, "longer": -0.5, "told": 4.0, "truth": 5.0}


def test_no_number_of_a_day_knows_what_is_done_on_it() -> None:
    [member] = simulate(members=1, days=60, seed=4)
    days = days_of(member)
    before = people_of([days]).numbers
    after = people_of([[*days[:40], {**days[40], **DONE_TODAY}, *days[41:]]]).numbers
    np.testing.assert_array_equal(after[:, :41], before[:, :41])
    assert (after[:, 41:] != before[:, 41:]).any()


def test_what_was_told_and_what_really_suited_are_those_that_models_are_judged_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = dataset(2, 9, lambda _what, _done, _all: None, days=50)
    monkeypatch.setattr(whole_past, "DAYS", 50)
    found = whole_past.people(2, 9)
    np.testing.assert_allclose(found.told.reshape(-1), table.target[:, 1], atol=1e-6)
    np.testing.assert_allclose(found.truth.reshape(-1), table.truth[:, 1], atol=1e-6)
    np.testing.assert_allclose(found.wanted.reshape(-1), table.wanted)


def test_older_days_count_less_and_unknown_ones_not() -> None:
    values = np.array([[4.0, np.nan, 1.0]])
    mean, known = faded(values, 1.0, today=True)
    assert mean[0, 2] == pytest.approx((4 / 4 + 1) / (1 / 4 + 1 + whole_past.FEW))
    assert known[0, 2] == pytest.approx(1.25 / (1.25 + whole_past.FEW))
    assert faded(values, 1.0, today=False)[0][0, 0] == 0
    assert faded(values, 1.0, today=False)[1][0, 1] == pytest.approx(1 / (1 + whole_past.FEW))
