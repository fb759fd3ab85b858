from typing import Any

import pytest

from recommender.composing.aim import Aim
from recommender.composing.rules import limits
from recommender.history import History
from recommender.prescription import Prescription
from tests.unit.recommender.composing.people import did, situated

HARD = Aim("steady", Prescription(100.0, 5.0))
EASY = Aim("steady", Prescription(20.0, 1.0), 1.0)


def lowered(rule: Any, aim: Aim = HARD, **known: Any) -> tuple[float, float] | None:
    found = rule(aim, situated(**known))
    return None if found is None else (found[0].minutes, found[0].intensity)


@pytest.mark.parametrize(
    ("conditions", "most"),
    [
        ({"heart_disease"}, 2.5),
        ({"hypertension"}, 3.0),
        ({"pregnancy"}, 3.0),
        ({"vertigo"}, 3.5),
        ({"osteoporosis"}, 4.0),
        ({"osteoporosis", "heart_disease", "vertigo"}, 2.5),
    ],
)
def test_the_strictest_condition_counts(conditions: set[str], most: float) -> None:
    assert lowered(limits.condition_limit, conditions=frozenset(conditions)) == (100.0, most)


@pytest.mark.parametrize(
    ("age", "most"),
    [(8.0, 3.0), (14.0, 4.0), (17.9, 4.0), (18.0, None), (64.9, None), (65.0, 4.0), (80.0, 3.0), (None, 4.0)],
)
def test_the_young_and_the_old_train_below_their_maximum(age: float | None, most: float | None) -> None:
    assert lowered(limits.age_limit, age_years=age) == (None if most is None else (100.0, most))


@pytest.mark.parametrize(
    ("rule", "known", "expected"),
    [
        (limits.beginner_limit, {"level": "beginner"}, (60.0, 3.5)),
        (limits.beginner_limit, {"level": "intermediate"}, None),
        (limits.recovery_limit, {"goal": "rehab"}, (45.0, 3.0)),
        (limits.recovery_limit, {"training_phase": "rehab"}, (45.0, 3.0)),
        (limits.recovery_limit, {"goal": "mobility"}, None),
        (limits.condition_limit, {}, None),
        (limits.deload, {"training_phase": "base"}, None),
    ],
)
def test_who_is_spared(rule: Any, known: dict[str, Any], expected: tuple[float, float] | None) -> None:
    assert lowered(rule, **known) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("steady", None), ("intervals", (45.0, 5.0)), ("resistance", (90.0, 5.0)), ("mobility", (60.0, 2.5))],
)
def test_each_kind_has_its_length(kind: Any, expected: tuple[float, float] | None) -> None:
    assert lowered(limits.session_length, Aim(kind, HARD.prescription)) == expected


def test_a_deload_is_three_fifths_of_the_usual_session() -> None:
    history = History((did(3, duration_minutes=50.0, intensity_score=4.0), did(9, duration_minutes=0.0)))
    found = limits.deload(HARD, situated(history, training_phase="deload"))
    assert found is not None
    assert found[0].prescription.load <= 0.6 * 100.0
    assert "load at most 60: 60% of the usual 100" in found[1]


def test_a_deload_without_a_past_is_only_easier() -> None:
    assert lowered(limits.deload, history=History(), training_phase="deload") == (100.0, 3.0)


@pytest.mark.parametrize(
    "rule",
    [
        limits.condition_limit,
        limits.age_limit,
        limits.beginner_limit,
        limits.recovery_limit,
        limits.session_length,
    ],
)
def test_nothing_is_said_of_what_is_easy_enough(rule: Any) -> None:
    spared = {
        "conditions": frozenset({"heart_disease"}),
        "age_years": 90.0,
        "level": "beginner",
        "goal": "rehab",
    }
    assert lowered(rule, EASY, **spared) is None


def test_a_rule_tells_what_it_changed_and_why() -> None:
    found = limits.beginner_limit(HARD, situated(level="beginner"))
    assert found is not None
    assert found[1] == "100 min at 5 -> 60 min at 3.5 (beginner: at most 60 min, intensity at most 3.5)"
