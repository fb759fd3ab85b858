from typing import Any

import pytest

from recommender.composing.catalogue import catalogue
from recommender.composing.rules import exercises as rules
from recommender.gym import Gym, Machine
from recommender.history import History
from tests.unit.recommender.composing.people import EMPTY, did, situated

TREADMILL = Machine(kind="treadmill", station_id="1", free=False)
CHEST_DAY = History((did(1, "pushup"),))


@pytest.mark.parametrize(
    ("rule", "exercise", "known", "reason"),
    [
        (rules.injury, "squat", {"injuries": frozenset({"knee", "ankle"})}, "injured ankle"),
        (rules.injury, "squat", {"injuries": frozenset({"wrist"})}, None),
        (rules.condition, "situp", {"conditions": frozenset({"pregnancy"})}, "pregnancy"),
        (rules.condition, "situp", {"conditions": frozenset({"hypertension"})}, None),
        (rules.impact, "burpee", {"age_years": 65.0}, "age 65"),
        (rules.impact, "burpee", {"age_years": None}, "age not known, taken as 65"),
        (rules.impact, "burpee", {"age_years": 13.9}, "age 13"),
        (rules.impact, "burpee", {"age_years": 64.0}, None),
        (rules.impact, "squat", {"age_years": 65.0}, None),
        (
            rules.skill,
            "deadlift",
            {"level": "intermediate"},
            "advanced exercises need more than intermediate",
        ),
        (rules.skill, "deadlift", {}, None),
        (rules.skill, "deadlift", {"age_years": 17.0}, "advanced exercises need more than intermediate"),
        (rules.skill, "bench_press", {"age_years": 13.0}, "intermediate exercises need more than beginner"),
        (rules.skill, "bench_press", {"goal": "rehab"}, "intermediate exercises need more than beginner"),
        (rules.skill, "squat", {"level": "beginner"}, None),
        (rules.rest_48h, "bench_press", {"history": CHEST_DAY}, "chest trained in the last 48 h"),
        (rules.rest_48h, "dips", {"history": CHEST_DAY}, None),  # the chest only helps
        (rules.rest_48h, "chest_stretch", {"history": CHEST_DAY}, None),
        (rules.rest_48h, "pushup", {"history": History((did(2, "pushup"),))}, None),
        (rules.equipment, "bench_press", {"gym": Gym(equipment=frozenset({"bench"}))}, "no barbell"),
        (rules.equipment, "treadmill_walk", {"gym": EMPTY}, "no treadmill"),
        (rules.equipment, "bench_press", {}, None),
        (rules.equipment, "squat", {"gym": EMPTY}, None),
        (rules.free_machine, "treadmill_walk", {"gym": Gym(machines=(TREADMILL,))}, "treadmill in use"),
        (
            rules.free_machine,
            "treadmill_walk",
            {"gym": Gym(machines=(Machine(kind="treadmill", station_id="1", max_speed_kmh=0.5),))},
            "treadmill limited to a standstill",
        ),
        (rules.free_machine, "treadmill_walk", {}, None),
        (rules.free_machine, "squat", {"gym": EMPTY}, None),
    ],
)
def test_a_rule_says_why(rule: Any, exercise: str, known: dict[str, Any], reason: str | None) -> None:
    assert rule(catalogue()[exercise], situated(**known)) == reason
