from typing import Any

import pytest

from recommender.composing.aim import Aim
from recommender.composing.catalogue import catalogue
from recommender.composing.rules import kinds
from recommender.history import History
from recommender.prescription import Prescription
from tests.unit.recommender.composing.people import did, situated

INTERVALS = Aim("intervals", Prescription(30.0, 3.0))


def taken(*names: str) -> list[Any]:
    return [catalogue()[name] for name in names]


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"conditions": frozenset({"hypertension"})}, "hypertension: intensity at most 3"),
        ({"conditions": frozenset({"heart_disease", "vertigo"})}, "heart disease: intensity at most 2.5"),
        ({"age_years": 13.0}, "age 13"),
        ({"age_years": 75.0}, "age 75"),
        ({"goal": "rehab"}, "rehab: intensity at most 3"),
        ({"training_phase": "deload"}, "deload: intensity at most 3"),
        ({"level": "beginner", "history": History()}, "beginner with 0 workouts in 4 weeks, 6 come before"),
        ({"history": History((did(1, type="intervals"),))}, "intervals in the last 48 h"),
    ],
)
def test_intervals_are_for_those_who_are_ready(known: dict[str, Any], why: str) -> None:
    found = kinds.interval_readiness(INTERVALS, situated(**known), [])
    assert found is not None
    assert found[0] == Aim("steady", INTERVALS.prescription)
    assert found[1].startswith(f"intervals -> steady ({why}")


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"level": "beginner"},
        {"conditions": frozenset({"osteoporosis"})},
        {"age_years": 14.0},
        {"age_years": 74.0},
        {"history": History()},  # experienced, even if the box has not seen it
        {"history": History((did(2, type="intervals"),))},
    ],
)
def test_who_is_ready_does_intervals(known: dict[str, Any]) -> None:
    assert kinds.interval_readiness(INTERVALS, situated(**known), []) is None


@pytest.mark.parametrize(
    ("kind", "left", "becomes"),
    [
        ("intervals", ("bike_ride",), None),
        ("intervals", ("jumping_jack", "high_knees"), None),
        ("intervals", ("jumping_jack", "walking"), "steady"),
        ("intervals", ("jumping_jack", "squat"), "mobility"),
        ("steady", ("walking",), None),
        ("steady", ("bike_ride",), None),
        ("steady", ("jumping_jack", "squat"), "mobility"),
        ("resistance", ("squat", "pushup"), None),
        ("resistance", ("squat", "walking"), "mobility"),
        ("mobility", (), None),
    ],
)
def test_what_cannot_be_made_gives_way_to_something_gentler(
    kind: Any, left: tuple[str, ...], becomes: str | None
) -> None:
    aim = Aim(kind, INTERVALS.prescription)
    found = kinds.suitable_exercises(aim, situated(), taken(*left, "belly_breathing"))
    assert (None if found is None else found[0].type) == becomes
