"""What Prometheus is told of plans: figures of groups; what is not known is left out."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.metrics import Metrics
from recommender.monitoring import PlanOutcome, review
from recommender.person import Person
from recommender.prescription import Prescription

DAY = date(2026, 6, 1)
PLANNER: Any = SimpleNamespace(made=7, coaching=SimpleNamespace(fallbacks=2, failed=1))


def outcome(number: int, days_ago: int, *, bmi: float = 0.0) -> PlanOutcome:
    return PlanOutcome(
        member_id=f"m{number}",
        person=Person(age_years=25.0, sex="female" if number % 2 else "male"),
        day=DAY - timedelta(days=days_ago),
        prescribed=Prescription(40.0, 3.0 + days_ago % 2),
        accepted=number % 4 > 0,
        performed_minutes=30.0,
        completion=0.75,
        rpe=6.0,
        predicted_completion=0.05,
        predicted_rpe=3.0,
        features={"bmi": 20.0 + number / 10 + bmi},
    )


def samples(monitor: Any) -> dict[tuple[str, ...], float]:
    metrics = Metrics()
    metrics.watch_plans(PLANNER, monitor)
    families = text_string_to_metric_families(metrics.render()[0].decode())
    assert metrics.failures == 0
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        if family.name.startswith(("gymbox_plan_", "gymbox_effect"))
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, ...], float]:
    before = [outcome(number, 60) for number in range(60)]
    now = [outcome(number, days_ago, bmi=20.0) for number in range(60) for days_ago in (5, 4)]
    reviewed_at = datetime(2026, 6, 1, tzinfo=UTC)
    return samples(SimpleNamespace(review=review(before, now), reviewed_at=reviewed_at))


def test_how_plans_are_made() -> None:
    metrics = Metrics()
    metrics.watch_plans(PLANNER, cast("Any", SimpleNamespace(review=None, reviewed_at=None)))
    text = metrics.render()[0].decode()
    for name, count in (("made", 7.0), ("fallbacks", 2.0), ("failed", 1.0)):
        assert f"gymbox_plans_{name}_total {count}" in text


def test_each_group_has_its_figures(found: dict[tuple[str, ...], float]) -> None:
    for group in (("all", "all"), ("age_band", "under_30"), ("level", "beginner")):
        assert found["gymbox_plan_adoption_ratio", *group] == pytest.approx(0.75)
        assert found["gymbox_plan_completion_deviation_ratio", *group] == pytest.approx(0.25)
        assert found["gymbox_plan_intensity_volatility", *group] == pytest.approx(1.0)
    assert found["gymbox_plan_adoption_ratio", "sex", "female"] == pytest.approx(1.0)
    assert found["gymbox_plan_adoption_ratio", "sex", "male"] == pytest.approx(0.5)


def test_shifts_calibration_and_alerts(found: dict[tuple[str, ...], float]) -> None:
    assert found["gymbox_plan_drift_psi", "bmi"] > 0.25
    assert found["gymbox_plan_drift_psi", "sex"] < 0.1
    assert found["gymbox_plan_segment_drift_psi", "age_band", "under_30"] > 0.25
    assert found[("gymbox_effect_rpe_bias",)] == pytest.approx(3.0)
    assert found["gymbox_plan_alerts", "drift"] >= 1
    assert found["gymbox_plan_alerts", "calibration"] >= 1
    assert found[("gymbox_plan_review_timestamp_seconds",)] == datetime(2026, 6, 1, tzinfo=UTC).timestamp()


def test_what_is_not_known_is_left_out() -> None:
    assert samples(SimpleNamespace(review=None, reviewed_at=None)) == {}
    few = [outcome(number, 5) for number in range(4)]
    known = samples(SimpleNamespace(review=review([], few), reviewed_at=None))
    assert known == {("gymbox_plan_alerts", "drift"): 0.0, ("gymbox_plan_alerts", "calibration"): 0.0}
