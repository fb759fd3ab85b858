from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from recommender.exertion import suited
from recommender.features import FEATURE_NAMES, FEATURES
from recommender.federated.sessions import of_sessions
from recommender.history import Workout
from recommender.prescription import Prescription
from recommender.training.validation import RecordsRefused

PUBLIC = {"age_years": 41.0, "bmi": 23.5, "mean_duration_7d_min": 44.0, "completion_28d": 0.9}


def row(member: str = "m1", day: date = date(2026, 5, 4), **changes: Any) -> dict[str, Any]:
    return {
        "member": member,
        "day": day,
        **PUBLIC,
        "training_phase": 1.0,
        "goal": "endurance",
        "level": "beginner",
        "sex": None,
        "type": "steady",
        "prescribed_minutes": 40.0,
        "prescribed_intensity": 3.0,
        "performed_minutes": 38.0,
        "performed_intensity": 3.2,
        "completion": 0.95,
        "accepted": 1.0,
        "rpe": 8,
        **changes,
    }


def test_what_suited_is_what_training_says_it_was() -> None:
    found = of_sessions([row()])
    done = Workout(
        day=date(2026, 5, 4),
        type="steady",
        duration_minutes=38.0,
        intensity_score=3.2,
        prescribed=Prescription(40.0, 3.0),
        rpe=8,
    )
    best = suited(done, "endurance", "build")
    assert best is not None
    assert found.target[0] == pytest.approx([best.duration_minutes, best.intensity_score])
    assert found.values[0, FEATURE_NAMES.index("bmi")] == pytest.approx(23.5)


def test_what_nobody_told_is_imputed_and_sleep_and_stress_always_are() -> None:
    found = of_sessions([row(bmi=None, sleep_quality=0.3)])
    unknown = {name for name, is_unknown in zip(FEATURE_NAMES, found.imputed[0], strict=True) if is_unknown}
    assert {"bmi", "sleep_efficiency", "stress_index"} <= unknown
    assert not unknown & (PUBLIC.keys() - {"bmi"})
    at = FEATURE_NAMES.index("bmi")
    assert found.values[0, at] == FEATURES[at].usual


def test_days_are_in_order_for_each_member() -> None:
    rows = [row(member, date(2026, 5, day)) for day in (9, 3, 6) for member in ("b", "a")]
    found = of_sessions(rows)
    assert found.member.tolist() == [0, 0, 0, 1, 1, 1]
    assert (np.diff(found.day[:3]) > 0).all()


def test_sessions_that_tell_nothing_teach_nothing() -> None:
    found = of_sessions([row(), row(rpe=None), row(performed_intensity=None)])
    assert len(found) == 1


@pytest.mark.parametrize("rows", [[], [row(goal="fame")], [row(rpe=99)]])
def test_what_makes_no_sense_is_refused(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(RecordsRefused, match="make sense"):
        of_sessions(rows)
