"""The oracle learns what it is told to, in steps as small as they have to be."""

import math

import numpy as np
import pytest

from benchmarks.plans import reachable
from benchmarks.plans.reachable import Reached
from benchmarks.plans.whole_past import People


def test_an_oracle_follows_what_suits_and_a_steady_one_steps_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachable, "EPOCHS", 40)
    chance = np.random.default_rng(5)
    days = chance.normal(size=(50, 4, 1))
    wanted = np.full((50, 4), 3.0)
    truth = wanted + 0.5 * days[..., 0]
    told = np.where(chance.random(truth.shape) < 0.2, np.nan, truth + 0.1)
    people = People(days, wanted, truth, told)
    free = reachable._oracle(people, people, math.inf)
    known = ~np.isnan(told)
    assert np.abs(free - told)[known].mean() < 0.5 * np.abs(wanted - told)[known].mean()
    allowed = 0.5 * np.abs(np.diff(free, axis=1)).mean()
    steady = reachable._oracle(people, people, allowed)
    assert np.abs(np.diff(steady, axis=1)).mean() < 1.25 * allowed
    assert free.min() >= 1
    assert free.max() <= 5


def test_shares_are_those_of_the_rule_engine() -> None:
    found = [Reached("rule engine", 0.4, 0.3, None), Reached("oracle", 0.3, 0.15, 0.08)]
    told = list(reachable.table(found, 7))
    assert told[0].startswith("7 simulated members")
    assert "0.300 ( 25.0 %)" in told[-1]
    assert "0.150 ( 50.0 %)" in told[-1]
    assert told[-1].endswith("0.080")
