import pytest

from recommender.composing.aim import Aim
from recommender.composing.rules import loads
from recommender.history import History
from recommender.prescription import Prescription
from tests.unit.recommender.composing.people import did, situated

HOUR = Aim("steady", Prescription(60.0, 3.0))
"""A load of 180."""


def weekly(*loads_of_weeks: float, today: float = 0.0) -> History:
    """So much load 3 days ago, 10, 17, 24, 31; and today."""
    workouts = [
        did(3 + 7 * week, duration_minutes=load / 2.0, intensity_score=2.0)
        for week, load in enumerate(loads_of_weeks)
        if load
    ]
    return History((*workouts, did(0, duration_minutes=today / 2.0, intensity_score=2.0)))


def test_a_week_may_carry_a_tenth_more_than_the_week_before() -> None:
    # 500 the week before: 550 this week, 400 of it done.
    found = loads.weekly_progression(HOUR, situated(weekly(400.0, 500.0)))
    assert found is not None
    assert 140.0 <= found[0].prescription.load <= 150.0
    assert "at most 550, 10 % more than 500 the week before; 400 done" in found[1]


def test_a_week_that_carries_no_more_is_left_alone() -> None:
    assert loads.weekly_progression(HOUR, situated(weekly(400.0, 560.0))) is None


def test_what_was_done_today_counts() -> None:
    assert loads.weekly_progression(HOUR, situated(weekly(300.0, 500.0, today=200.0))) is not None
    assert loads.weekly_progression(HOUR, situated(weekly(300.0, 500.0))) is None


def test_who_trains_every_other_day_may_go_on() -> None:
    habit = History(tuple(did(days, duration_minutes=60.0) for days in range(2, 40, 2)))
    assert loads.weekly_progression(HOUR, situated(habit)) is None
    assert loads.acute_chronic(HOUR, situated(habit)) is None


@pytest.mark.parametrize(
    ("level", "week"), [("beginner", 225.0), ("intermediate", 360.0), ("advanced", 472.5)]
)
def test_no_week_counts_as_less_than_a_week_of_first_sessions(level: str, week: float) -> None:
    found = situated(weekly(week, 20.0), level=level)
    assert loads.first_week(found) == week
    lowered = loads.weekly_progression(HOUR, found)
    assert lowered is not None
    assert f"at most {1.1 * week:.0f}, 10 % more than {week:.0f}" in lowered[1]


def test_the_acute_load_is_at_most_1_3_of_the_chronic() -> None:
    # Chronic 1800 / 3 = 600: 780 this week, 690 of it done, 90 left.
    found = loads.acute_chronic(HOUR, situated(weekly(690.0, 900.0, 450.0, 450.0, 10.0)))
    assert found is not None
    assert 80.0 <= found[0].prescription.load <= 90.0
    assert "acute:chronic load 1.45, at most 1.3 of 600 a week" in found[1]


def test_a_chronic_load_is_the_mean_of_the_weeks_that_are_known() -> None:
    # The first workout was 10 days ago: there is one week before this one, not three.
    assert loads.acute_chronic(HOUR, situated(weekly(740.0, 800.0))) is None
    # 24 days ago, with a gap: the gap counts.
    assert loads.acute_chronic(HOUR, situated(weekly(740.0, 800.0, 0.0, 10.0))) is not None


@pytest.mark.parametrize(
    ("done", "minutes"),
    [
        (900.0, 10.0),  # more than the week may carry
        (528.0, 20.0),  # 22 of 550 left, but no longer than this
        (530.0, 20.0),
        (535.0, 15.0),
        (538.3, 11.5),
        (545.0, 10.0),
    ],
)
def test_where_next_to_nothing_is_left_the_body_recovers(done: float, minutes: float) -> None:
    found = loads.recovery_day(HOUR, situated(weekly(done, 500.0)))
    assert found is not None
    assert (found[0].type, found[0].prescription) == ("mobility", Prescription(minutes, 1.0))
    told = f"steady, 60 min at 3 -> mobility, {minutes:g} min at 1 (the last 7 days carried {done:.0f} "
    assert found[1].startswith(told)
    assert loads.recovery_day(found[0], situated(weekly(done, 500.0))) is None
    for rule in (loads.session_progression, loads.weekly_progression, loads.acute_chronic):
        assert rule(found[0], situated(weekly(done, 500.0))) is None


def test_a_ratio_that_leaves_nothing_is_a_day_to_recover_too() -> None:
    # 1.3 of 600 is 780, although the week may grow to 1100.
    history = weekly(770.0, 1000.0, 400.0, 400.0, 10.0)
    found = loads.recovery_day(HOUR, situated(history))
    assert found is not None
    assert "leave a load of 10 for today, less than 15 min at 1.5" in found[1]


def test_a_short_easy_workout_is_no_day_to_recover() -> None:
    left = situated(weekly(527.0, 500.0))  # 23
    assert loads.recovery_day(HOUR, left) is None
    gentle = Aim("steady", Prescription(12.0, 1.2))  # fits into what is left
    assert loads.recovery_day(gentle, situated(weekly(530.0, 500.0))) is None
    assert loads.recovery_day(HOUR, situated(History())) is None


@pytest.mark.parametrize(
    ("days_ago", "most"),
    [(6, 157.5), (7, 165.0), (20, 165.0), (21, 157.5)],  # 1.1 x 150, or a first session
)
def test_a_workout_carries_a_tenth_more_than_the_heaviest_of_two_weeks(days_ago: int, most: float) -> None:
    history = History((did(days_ago, duration_minutes=50.0), did(8, duration_minutes=20.0)))
    found = loads.session_progression(HOUR, situated(history))
    assert found is not None
    assert most - 5.0 <= found[0].prescription.load <= most
    assert f"at most {most:.0f}" in found[1]


def test_a_workout_like_those_before_is_left_alone() -> None:
    assert loads.session_progression(HOUR, situated(History((did(9, duration_minutes=60.0),)))) is None


def test_there_is_no_ratio_in_the_first_week() -> None:
    assert loads.acute_chronic(HOUR, situated(weekly(900.0))) is None


@pytest.mark.parametrize(
    ("history", "bound"),
    [
        (History(), True),
        (weekly(today=100.0), True),  # what was done today is no base
        (History((did(15),)), True),
        (History((did(14),)), False),
        (History((did(5, duration_minutes=0.0),)), True),
    ],
)
def test_who_has_not_trained_for_two_weeks_begins_gently(history: History, bound: bool) -> None:  # noqa: FBT001
    found = loads.comeback(HOUR, situated(history, level="beginner"))
    assert (found is not None) == bound
    if found:
        assert found[0].prescription == Prescription(30.0, 2.5)
        assert "no training in the last 14 days: at most 30 min at 2.5" in found[1]


def test_ten_minutes_at_the_lowest_intensity_are_always_left() -> None:
    found = loads.weekly_progression(HOUR, situated(weekly(900.0, 100.0)))
    assert found is not None
    assert found[0].prescription == Prescription(10.0, 1.0)
    assert loads.weekly_progression(found[0], situated(weekly(900.0, 100.0))) is None
