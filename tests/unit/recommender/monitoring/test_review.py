from dataclasses import replace

from recommender.monitoring import review
from recommender.monitoring.segments import EVERYBODY
from tests.unit.recommender.monitoring.outcomes import a_month


def test_a_month_like_the_ones_before_alarms_nobody() -> None:
    found = review(a_month(1), a_month(2))
    assert found.alerts == ()
    assert found.segments[0].segment == EVERYBODY
    assert found.segments[0].adoption_rate.value is not None


def test_a_gym_that_has_just_opened_alarms_nobody() -> None:
    found = review([], a_month(1, members=4, harder=5))
    assert found.alerts == ()
    assert all(each.drift.level == "unknown" for each in found.drifts)


def test_a_model_that_is_wrong_by_now_is_told_of() -> None:
    (alert,) = review(a_month(1), a_month(2, harder=2)).alerts
    assert (alert.name, alert.subject) == ("calibration", "rpe")
    assert "points harder than foretold" in alert.reason

    broken = [replace(each, predicted_completion=0.99, completion=0.2) for each in a_month(2)]
    (alert,) = review(a_month(1), broken).alerts
    assert (alert.name, alert.subject) == ("calibration", "completion")
    assert "off by 0.99 on average over 640 plans; 0.10 is allowed" in alert.reason


def test_a_shift_of_all_speaks_for_the_groups_too() -> None:
    before, stressed = a_month(1, members=200), a_month(2, members=200)
    stressed = [replace(each, features={"stress_index": 9.0}) for each in stressed]
    (alert,) = review(before, stressed).alerts
    assert (alert.name, alert.subject) == ("drift", "stress_index of all members")
    assert "between 200 members before and 200 now; from 0.25 on it is a major shift" in alert.reason


def test_a_shift_of_one_group_is_told_of_that_group() -> None:
    before, now = a_month(1, members=400, days=1), a_month(2, members=400, days=1)
    of_old = [
        replace(each, features={"stress_index": 5 + each.features["stress_index"] / 2})
        if (each.person.age_years or 0) >= 60
        else each
        for each in now
    ]
    subjects = {alert.subject for alert in review(before, of_old).alerts}
    assert subjects == {"stress_index of members with age_band 60_and_over"}
