from typing import Any

import pytest

from recommender.judgement import completion, is_cut_short, judge, planned_minutes
from recommender.prescription import Prescription
from tests.unit.recommender.pasts import workout

PLAN = Prescription(40.0, 3.0)  # should feel like 6


@pytest.mark.parametrize(
    ("told", "planned", "harder_rpe", "was_harder"),
    [
        ({}, None, None, False),
        ({"rpe": 9.0}, None, None, False),  # nobody knows what it should have felt like
        ({"prescribed": PLAN, "rpe": 8.0}, 3.0, 2.0, True),
        ({"prescribed": PLAN, "rpe": 7.0}, 3.0, 1.0, False),
        ({"prescribed": PLAN, "rpe": 8.0, "intensity_score": 4.0}, 3.0, 2.0, True),
        ({"prescribed": PLAN, "rpe": 8.0, "intensity_score": 4.0, "accepted": False}, 4.0, 0.0, False),
        ({"intensity_score": 2.0, "rpe": 4.0}, 2.0, 0.0, False),
        ({"completion": 0.79}, None, None, True),
        ({"completion": 0.79, "accepted": False}, None, None, False),
        ({"note": "too hard"}, None, None, True),
        ({"note": "my knee hurts"}, None, None, True),
    ],
)
def test_a_workout_is_judged_by_its_plan(
    told: dict[str, Any],
    planned: float | None,
    harder_rpe: float | None,
    was_harder: bool,  # noqa: FBT001
) -> None:
    found = judge(workout(2, **told))
    assert (found.planned, found.harder_rpe, found.was_harder) == (planned, harder_rpe, was_harder)


def test_what_nobody_measured_was_done() -> None:
    assert completion(workout(2)) == 1.0
    assert completion(workout(2, completion=0.0)) == 0.0
    assert [is_cut_short(workout(2, completion=share)) for share in (0.79, 0.8)] == [True, False]


def test_minutes_are_the_plans_where_it_was_taken() -> None:
    assert planned_minutes(workout(2, 25.0)) == 25.0
    assert planned_minutes(workout(2, 25.0, prescribed=PLAN)) == 40.0
    assert planned_minutes(workout(2, 25.0, prescribed=PLAN, accepted=False)) == 25.0
