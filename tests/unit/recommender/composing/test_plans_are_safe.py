"""Arbitrary members and gyms: every plan is feasible and safe, as an oracle that shares no code with it says.

The suite tries some hundreds; `GYMBOX_PLANS=10000` tries ten thousand.
"""

import os
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.composing import compose as composing
from recommender.composing import selection
from recommender.composing.compose import AIM_RULES, DOSE_RULES, compose
from recommender.composing.selection import EXERCISE_RULES
from tests.unit.recommender.composing.oracle import faults
from tests.unit.recommender.composing.people import chance_of, request

PLANS = int(os.environ.get("GYMBOX_PLANS", "300"))


@pytest.mark.timeout(60 + PLANS // 50)
@settings(max_examples=PLANS)
@given(chance=st.randoms(use_true_random=True))
def test_every_plan_is_feasible_and_safe(chance: Random) -> None:
    asked = request(chance)
    plan = compose(**asked)
    assert faults(plan, **asked) == []


@settings(max_examples=PLANS // 10)
@given(chance=st.randoms(use_true_random=True))
def test_the_same_seed_makes_the_same_plan(chance: Random) -> None:
    asked = request(chance)
    assert compose(**asked) == compose(**asked)


@cache
def many_requests() -> list[dict[str, Any]]:
    return [request(chance_of(seed)) for seed in range(1000)]


# Without the rule of free machines there is none to choose: that makes no plan at all, not a bad one.
@pytest.mark.parametrize(
    "rule", [*AIM_RULES, *EXERCISE_RULES[:-1], *DOSE_RULES], ids=lambda rule: rule.__name__
)
def test_the_oracle_notices_a_rule_that_is_missing(rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((composing, "AIM_RULES"), (selection, "EXERCISE_RULES"), (composing, "DOSE_RULES")):
        kept = tuple(each for each in getattr(module, name) if each is not rule)
        monkeypatch.setattr(module, name, kept)
    assert any(faults(compose(**asked), **asked) for asked in many_requests())
