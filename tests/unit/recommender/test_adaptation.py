from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.adaptation import adapt, lessened
from recommender.history import History, Workout
from recommender.person import Person
from recommender.plan import BoundRule
from recommender.prescription import Prescription
from tests.unit.recommender.pasts import HISTORIES, PERSONS, PRESCRIPTIONS, RATINGS, TODAY, numbers, workout

SOMEBODY = Person(age_years=40, level="intermediate", goal="endurance", training_phase="build")
MODEL = Prescription(60.0, 4.0)
PLANNED = Prescription(40.0, 3.0)  # should feel like 6


def planned(days_ago: int, minutes: float = 40.0, **told: Any) -> Workout:
    told = {"prescribed": PLANNED, "accepted": True, "completion": 1.0, "intensity_score": 3.0} | told
    return workout(days_ago, minutes, **told)


def adapted(
    *workouts: Workout, person: Person = SOMEBODY, prescription: Prescription = MODEL
) -> Prescription:
    return adapt(prescription, person, History(workouts), TODAY)[0]


def rules(*workouts: Workout, person: Person = SOMEBODY) -> dict[str, str]:
    return {rule.name: rule.detail for rule in adapt(MODEL, person, History(workouts), TODAY)[1]}


def test_without_feedback_nothing_changes() -> None:
    assert adapt(MODEL, SOMEBODY, History(), TODAY) == (MODEL, ())
    assert adapt(MODEL, SOMEBODY, History((planned(2), planned(5))), TODAY) == (MODEL, ())


def test_three_harder_workouts_lower_the_next_one() -> None:
    hard = [planned(days, rpe=8) for days in (6, 4, 2)]
    lowered, bound = adapt(MODEL, SOMEBODY, History(tuple(hard)), TODAY)
    assert numbers(lowered) == pytest.approx((36.0, 2.0))
    assert bound[0] == BoundRule(
        "harder_than_planned",
        "3 workouts in a row were harder than planned, the last on 2026-03-14: "
        "60 to 36 min, intensity 4 to 2",
    )
    assert "harder_than_planned" not in rules(*hard[:2])
    assert "harder_than_planned" not in rules(planned(6, rpe=8), planned(4, rpe=7), planned(2, rpe=8))


@pytest.mark.parametrize("told", [{"completion": 0.79}, {"completion": 0.0}, {"note": "too hard"}])
def test_broken_off_or_complained_of_is_harder_too(told: dict[str, Any]) -> None:
    lowered = adapted(*(planned(days, **told) for days in (6, 4, 2)))
    assert numbers(lowered) == pytest.approx((36.0, 2.5))


def test_it_comes_back_with_each_workout_that_is_as_planned() -> None:
    hard = [planned(days, rpe=8) for days in (7, 6, 5)]
    fine = [planned(days, 36, rpe=6) for days in (4, 3, 2, 1)]
    course = [adapted(*hard, *fine[:count]) for count in range(5)]
    assert [each.intensity_score for each in course] == pytest.approx([2.0, 2.25, 2.5, 2.75, 3.0])
    assert [each.duration_minutes for each in course] == pytest.approx([36, 40, 44, 48, 52])
    assert "harder_than_planned" not in rules(*(replace(each, day=planned(29).day) for each in hard))


def test_one_hard_workout_takes_a_little_off_for_a_while() -> None:
    assert adapted(planned(2, rpe=8)) == Prescription(60, 2.75)
    assert adapted(planned(2, rpe=10)) == Prescription(60, 2.5)
    assert adapted(planned(8, rpe=10), planned(5, rpe=6), planned(2)) == Prescription(60, 3.0)
    assert "felt_hard" not in rules(planned(29, rpe=10))
    assert rules(planned(2, rpe=8)) == {
        "felt_hard": "the workout of 2026-03-14 felt like 8, not 6.0: intensity 4 to 2.7"
    }


def test_what_was_broken_off_gets_shorter() -> None:
    assert adapted(planned(2, 30, completion=0.75)) == Prescription(33, 4)
    assert adapted(planned(2, 38, completion=0.95)) == MODEL
    assert "75% was done" in rules(planned(2, 30, completion=0.75))["cut_short"]


def test_a_plan_that_was_refused_is_not_held_against_the_own_workout() -> None:
    own = planned(2, 20, accepted=False, completion=0.5, intensity_score=4.0, rpe=8)
    assert adapted(own) == MODEL
    assert adapted(planned(5, 25, accepted=False, completion=0.6), own) == Prescription(25, 4)


def test_three_easier_workouts_raise_it_up_to_what_is_wanted() -> None:
    easy = [planned(days, rpe=4) for days in (6, 4, 2)]
    low = Prescription(40, 2.5)
    assert adapted(*easy, prescription=low) == Prescription(40, 3.25)  # build wants 6.5
    assert adapted(*easy, prescription=low, person=replace(SOMEBODY, training_phase="base")) == low
    assert adapted(*easy[1:], prescription=low) == low
    assert adapted(*easy[:2], planned(2, rpe=4, completion=0.85), prescription=low) == low
    assert adapted(*easy[:2], planned(2, rpe=4, note="my knee hurts"), prescription=low).intensity_score == 2


@pytest.mark.parametrize(
    ("gap_days", "minutes", "intensity"), [(9, 60, 4), (10, 45, 2.75), (17, 37.5, 2.5), (31, 30, 2.0)]
)
def test_missed_weeks_come_back_gently(gap_days: int, minutes: float, intensity: float) -> None:
    before = [planned(gap_days + days, 50) for days in (6, 3, 0)]
    assert numbers(adapted(*before)) == pytest.approx((minutes, intensity))


def test_a_comeback_takes_several_workouts() -> None:
    before = [planned(31 + days, 50) for days in (12, 9, 6)]
    assert adapted(*before).duration_minutes == pytest.approx(30)
    since = [planned(6, 30), planned(3, 35)]
    assert adapted(*before, *since).duration_minutes == pytest.approx(40)
    assert "31 days without training" in rules(*before, *since)["missed_weeks"]


def test_who_trains_once_a_week_misses_nothing() -> None:
    assert adapted(*(planned(days, 50) for days in (28, 21, 14, 7))) == MODEL
    assert "missed_weeks" in rules(*(planned(days, 50) for days in (35, 28, 21, 14)))


def test_pain_is_heard_for_a_week() -> None:
    assert adapted(planned(7, 30, note="knee pain"), planned(2)) == Prescription(30, 2)
    assert adapted(planned(8, 30, note="knee pain"), planned(2)) == MODEL
    assert adapted(planned(2, 30, note="no pain")) == MODEL


def trains_on(
    wanted: Prescription, feels: Callable[[float], float], times: int, days_between: int = 2
) -> list[Prescription]:
    """What somebody is told who trains every other day as told, while the model never learns."""
    past: list[Workout] = []
    told: list[Prescription] = []
    for _ in range(times):
        told.append(adapted(*past, prescription=wanted))
        past = [replace(each, day=each.day - timedelta(days=days_between)) for each in past]
        minutes, score = numbers(told[-1])
        rating = min(max(feels(score), 1.0), 10.0)
        past.append(planned(days_between, minutes, prescribed=told[-1], intensity_score=score, rpe=rating))
    return told


def test_whom_everything_is_too_hard_for_ends_where_it_is_not() -> None:
    course = trains_on(Prescription(60, 4), lambda score: 2 * score + 3, 40)
    assert all(later.load <= earlier.load + 1e-9 for earlier, later in pairwise(course))
    assert course[1].intensity_score == pytest.approx(4 - 0.25)  # rated 10, two above
    assert course[3].intensity_score < course[2].intensity_score - 0.4
    assert course[-1] == Prescription(10, 1)


def test_who_can_do_no_more_than_two_stays_about_there() -> None:
    course = trains_on(Prescription(60, 4), lambda score: 4 if score <= 2 else 2 * score + 2.5, 60)
    assert all(1.7 <= each.intensity_score <= 2.3 for each in course[7:])
    assert all(later.intensity_score - earlier.intensity_score <= 0.25 for earlier, later in pairwise(course))


@pytest.mark.parametrize("days_between", [1, 2, 3])
def test_a_bad_week_takes_no_more_than_a_point_and_a_fifth(days_between: int) -> None:
    course = trains_on(Prescription(60, 4), lambda _: 10, 30, days_between)
    for first, earlier in enumerate(course):
        for later in course[first : first + 6 // days_between + 1]:
            assert later.intensity_score >= earlier.intensity_score - 1.0 - 1e-9
            assert later.duration_minutes >= 0.8 * earlier.duration_minutes - 1e-9
    assert course[-1].intensity_score == 1


def test_five_hard_workouts_in_a_row_are_one_rule_that_tells_all_of_it() -> None:
    hard = [planned(days, rpe=9) for days in (6, 5, 4, 3, 2)]
    lowered, bound = adapt(MODEL, SOMEBODY, History(tuple(hard)), TODAY)
    assert numbers(lowered) == pytest.approx((36.0, 2.0))  # as after three of them: from 3, not from 2
    assert [rule.name for rule in bound] == ["harder_than_planned"]
    # The shortest and the easiest of several limits are told at once.
    mixed = (
        planned(12, 20, note="knee pain"),
        planned(5, 20, note="knee pain"),
        planned(2, 30, note="it hurts"),
    )
    [pain] = [rule for rule in adapt(MODEL, SOMEBODY, History(mixed), TODAY)[1] if rule.name == "pain"]
    assert pain.detail.endswith("intensity 2.5 to 2")


def test_it_says_what_the_plan_will_say() -> None:
    # 0.9 of 43.3 min is 38.97: the plan tells 38.5, not 39.
    lowered, [bound] = adapt(
        MODEL, SOMEBODY, History(tuple(planned(d, 43.3, rpe=8) for d in (6, 4, 2))), TODAY
    )
    assert "60 to 38.5 min" in bound.detail
    assert lowered.in_steps().duration_minutes == 38.5


def test_whom_it_suits_is_left_alone() -> None:
    assert set(trains_on(Prescription(60, 3), lambda score: 2 * score + 1.5, 20)) == {Prescription(60, 3)}


def test_whom_it_is_too_easy_for_rises_to_what_the_phase_wants() -> None:
    course = trains_on(Prescription(60, 2), lambda score: 2 * score - 2.5, 20)
    assert all(
        0 <= later.intensity_score - earlier.intensity_score <= 0.25 for earlier, later in pairwise(course)
    )
    assert course[2] == Prescription(60, 2)
    assert course[-1] == Prescription(60, 3.25)


def test_after_a_month_away_it_takes_some_weeks() -> None:
    past = [planned(31 + 3 * number, 50) for number in range(5, -1, -1)]
    course: list[Prescription] = []
    for _ in range(8):
        course.append(adapted(*past, prescription=Prescription(50, 3)))
        past = [replace(each, day=each.day - timedelta(days=3)) for each in past]
        minutes, score = numbers(course[-1])
        past.append(planned(3, minutes, intensity_score=score, rpe=2 * score))
    assert [each.duration_minutes for each in course] == pytest.approx([30, 35, 40, 45, 50, 50, 50, 50])
    assert [each.intensity_score for each in course] == pytest.approx([2, 2.25, 2.5, 2.75, 3, 3, 3, 3])


@given(prescription=PRESCRIPTIONS, person=PERSONS, history=HISTORIES)
def test_any_feedback_leaves_a_prescription_and_says_what_it_changed(
    prescription: Prescription, person: Person, history: History
) -> None:
    changed, bound = adapt(prescription, person, history, TODAY)
    assert 10 <= changed.duration_minutes <= 120
    assert 1 <= changed.intensity_score <= 5
    assert (changed != prescription) == bool(bound)
    assert len({rule.name for rule in bound}) == len(bound)
    assert all(any(letter.isdigit() for letter in rule.detail) for rule in bound)


@given(prescription=PRESCRIPTIONS, person=PERSONS, history=HISTORIES, minutes=st.floats(10, 120))
def test_adapting_twice_on_a_day_is_adapting_once(
    prescription: Prescription, person: Person, history: History, minutes: float
) -> None:
    once, _ = adapt(prescription, person, history, TODAY)
    assert adapt(once, person, history, TODAY) == (once, ())
    trained_today = History((*history.workouts, workout(0, minutes, rpe=10.0)))
    assert adapt(prescription, person, trained_today, TODAY)[0] == once


@given(
    prescription=PRESCRIPTIONS, person=PERSONS, history=HISTORIES, told=PRESCRIPTIONS, extra=st.integers(2, 8)
)
def test_hard_feedback_never_raises(
    prescription: Prescription, person: Person, history: History, told: Prescription, extra: int
) -> None:
    rating = min(2 * told.intensity_score + extra, 10.0)
    last = workout(1, prescribed=told, accepted=True, rpe=rating, completion=0.7 if rating == 10 else 1.0)
    earlier = tuple(each for each in history.workouts if (TODAY - each.day).days > 1)
    changed, _ = adapt(prescription, person, History((*earlier, last)), TODAY)
    assert changed.duration_minutes <= prescription.duration_minutes
    assert changed.intensity_score <= prescription.intensity_score


@given(
    prescription=PRESCRIPTIONS, person=PERSONS, history=HISTORIES, which=st.integers(0, 14), rating=RATINGS
)
def test_a_higher_rating_never_leads_to_more(
    prescription: Prescription, person: Person, history: History, which: int, rating: float
) -> None:
    rated = [index for index, each in enumerate(history.workouts) if each.rpe is not None]
    if not rated:
        return
    changed = list(history.workouts)
    index = rated[which % len(rated)]
    harder = max(rating, changed[index].rpe or 0)
    changed[index] = replace(changed[index], rpe=harder)
    before, _ = adapt(prescription, person, history, TODAY)
    after, _ = adapt(prescription, person, History(tuple(changed)), TODAY)
    assert after.duration_minutes <= before.duration_minutes + 1e-9
    assert after.intensity_score <= before.intensity_score + 1e-9


@st.composite
def pasts_of_three(draw: st.DrawFn) -> tuple[Workout, ...]:
    """Accepted and rated workouts close to the limits, so that runs of hard and easy ones do occur."""
    ratings = draw(st.lists(st.integers(2, 10), min_size=3, max_size=9))
    return tuple(planned(2 * (len(ratings) - i), rpe=float(rpe)) for i, rpe in enumerate(ratings))


@given(past=pasts_of_three(), which=st.integers(0, 8), more=st.integers(1, 5), prescription=PRESCRIPTIONS)
def test_a_higher_rating_never_leads_to_more_in_a_row(
    past: tuple[Workout, ...], which: int, more: int, prescription: Prescription
) -> None:
    changed = list(past)
    index = which % len(changed)
    changed[index] = replace(changed[index], rpe=min((changed[index].rpe or 0) + more, 10.0))
    before, after = (adapted(*each, prescription=prescription) for each in (past, changed))
    assert after.duration_minutes <= before.duration_minutes + 1e-9
    assert after.intensity_score <= before.intensity_score + 1e-9


@given(prescription=PRESCRIPTIONS, at_most=PRESCRIPTIONS)
def test_who_asks_for_less_gets_no_more_than_that_nor_than_before(
    prescription: Prescription, at_most: Prescription
) -> None:
    before = (BoundRule("pain", "intensity 3 to 2"),)
    changed, bound = lessened(prescription, at_most, before)
    for one, other in ((changed, prescription), (changed, at_most)):
        assert one.duration_minutes <= other.duration_minutes
        assert one.intensity_score <= other.intensity_score
    assert bound[:1] == before
    assert [rule.name for rule in bound[1:]] == ["asked_for_less"] * (changed != prescription)
