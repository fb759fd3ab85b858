from typing import Any

import pytest

from recommender.composing.rules.doses import Dose, deload_sets, light_loads, novice_sets, usual_dose
from tests.unit.recommender.composing.people import situated, somebody

HEAVY = Dose(4, 5, 120.0, 300.0)
USUAL = Dose(3, 12, 30.0, 60.0)


@pytest.mark.parametrize(
    ("goal", "phase", "sets_and_reps"),
    [
        ("strength", "base", "4 x 5"),
        ("fat_loss", "base", "3 x 12"),
        ("endurance", "build", "3 x 15"),
        ("fat_loss", "strength", "4 x 5"),
        ("endurance", "peak", "4 x 5"),
        ("strength", "hypertrophy", "4 x 10"),
        ("hypertrophy", "deload", "4 x 10"),
        ("strength", "rehab", "2 x 15"),
        ("rehab", "strength", "2 x 15"),
        ("mobility", "peak", "2 x 12"),
    ],
)
def test_goal_and_phase_say_how_much(goal: str, phase: str, sets_and_reps: str) -> None:
    assert str(usual_dose(somebody(goal=goal, training_phase=phase))) == sets_and_reps


@pytest.mark.parametrize("goal", ["strength", "hypertrophy", "endurance"])
def test_repetitions_and_rests_are_those_of_the_nsca(goal: str) -> None:
    ranges = {"strength": (1, 6, 120, 300), "hypertrophy": (6, 12, 30, 90), "endurance": (12, 25, 0, 30)}
    dose, (fewest, most, shortest_s, longest_s) = usual_dose(somebody(goal=goal)), ranges[goal]
    assert fewest <= dose.reps <= most
    assert shortest_s <= dose.rest_s <= dose.longest_rest_s <= longest_s


@pytest.mark.parametrize(
    ("rule", "dose", "known", "detail"),
    [
        (light_loads, HEAVY, {"age_years": 70.0}, "4 x 5 -> 4 x 10 (age 70: at least 10 repetitions)"),
        (light_loads, HEAVY, {"age_years": 16.0}, "4 x 5 -> 4 x 10 (age 16: at least 10 repetitions)"),
        (
            light_loads,
            HEAVY,
            {"conditions": frozenset({"pregnancy", "heart_disease"})},
            "4 x 5 -> 4 x 10 (heart disease: at least 10 repetitions)",
        ),
        (light_loads, HEAVY, {"conditions": frozenset({"vertigo"})}, None),
        (light_loads, USUAL, {"age_years": 70.0}, None),
        (novice_sets, HEAVY, {"level": "beginner"}, "4 x 5 -> 3 x 8 (beginner)"),
        (novice_sets, USUAL, {"level": "beginner"}, None),
        (novice_sets, HEAVY, {}, None),
        (deload_sets, HEAVY, {"training_phase": "deload"}, "4 x 5 -> 2 x 5 (deload)"),
        (deload_sets, Dose(1, 8, 60.0, 60.0), {"training_phase": "deload"}, None),
        (deload_sets, HEAVY, {"training_phase": "peak"}, None),
    ],
)
def test_who_gets_less(rule: Any, dose: Dose, known: dict[str, Any], detail: str | None) -> None:
    found = rule(dose, situated(**known))
    assert (None if found is None else found[1]) == detail
