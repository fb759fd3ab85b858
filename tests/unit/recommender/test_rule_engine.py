from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.features import feature_vector
from recommender.history import History, Wellbeing, Workout
from recommender.person import Goal, Level, Person, TrainingPhase
from recommender.prescription import Prescription
from recommender.rule_engine import prescribe
from tests.unit.recommender.pasts import HISTORIES, PERSONS, TODAY, ago, numbers, workout

TRAINED = Person(age_years=40, level="intermediate", goal="endurance", training_phase="build")


def rules(person: Person = TRAINED, *workouts: Workout, nights: tuple[Wellbeing, ...] = ()) -> Prescription:
    history = History(workouts, nights)
    return prescribe(person, history, TODAY, feature_vector(person, history, TODAY))


@pytest.mark.parametrize(
    ("goal", "level", "phase", "minutes", "intensity"),
    [
        ("endurance", "intermediate", "build", 50, 3.25),
        ("fat_loss", "beginner", "base", 50 * 0.7 * 0.9, 2.25),
        ("strength", "advanced", "strength", 60 * 1.15, 3.75),
        ("hypertrophy", "intermediate", "deload", 42, 2.0),
        ("rehab", "intermediate", "rehab", 24.5, 1.75),
        ("mobility", "beginner", "rehab", 35 * 0.49, 1.5),
    ],
)
def test_the_book(goal: Goal, level: Level, phase: TrainingPhase, minutes: float, intensity: float) -> None:
    told = rules(replace(TRAINED, goal=goal, level=level, training_phase=phase))
    assert told.duration_minutes == pytest.approx(minutes)
    assert told.intensity_score == pytest.approx(intensity)


def test_older_adults_do_a_little_less() -> None:
    told = rules(replace(TRAINED, age_years=65))
    assert numbers(told) == pytest.approx((42.5, 3.0))


def test_towards_the_book_by_a_tenth() -> None:
    assert rules(TRAINED, workout(2, 20)).duration_minutes == pytest.approx(22)
    assert rules(TRAINED, workout(2, 100)).duration_minutes == pytest.approx(90)
    assert rules(TRAINED, workout(2, 48)).duration_minutes == pytest.approx(50)
    assert rules(TRAINED, workout(29, 20)).duration_minutes == pytest.approx(50)


def test_a_deload_may_be_shorter_at_once() -> None:
    told = rules(replace(TRAINED, training_phase="deload"), workout(2, 70))
    assert told.duration_minutes == pytest.approx(49)


def test_the_last_five_workouts_tell() -> None:
    older = [workout(20, 100)] * 3
    assert rules(TRAINED, *older, *[workout(2, 40)] * 5).duration_minutes == pytest.approx(44)


@pytest.mark.parametrize(
    ("night", "is_easier"),
    [
        (Wellbeing(day=ago(0), sleep_efficiency=0.69), True),
        (Wellbeing(day=ago(0), sleep_efficiency=0.71), False),
        (Wellbeing(day=ago(0), stress_index=8), True),
        (Wellbeing(day=ago(0), stress_index=7), False),
        (Wellbeing(day=ago(4), stress_index=9), False),
    ],
)
def test_bad_nights_and_stress_make_it_easier(night: Wellbeing, is_easier: bool) -> None:  # noqa: FBT001
    told = rules(nights=(night,))
    assert told == (Prescription(45.0, 2.75) if is_easier else Prescription(50.0, 3.25))


def test_the_last_three_ratings_say_more_than_the_group() -> None:
    beginner = replace(TRAINED, level="beginner", age_years=70)
    assert rules(beginner).intensity_score == pytest.approx(3.25 - 0.5)
    unrated = replace(workout(3, 40), rpe=None)
    assert rules(beginner, unrated).intensity_score == pytest.approx(3.25 - 0.5)
    felt = [
        replace(workout(ago, 40), intensity_score=3.0, rpe=rpe)
        for ago, rpe in ((9, 1), (7, 7), (5, 8), (2, 6))
    ]
    assert rules(beginner, *felt).intensity_score == pytest.approx(3.25 - 0.5)  # 1, 2 and 0 points too hard
    assert (
        rules(TRAINED, *felt[:1]).intensity_score == 5.0
    )  # five points too easy, and no more than all there is
    assert rules(TRAINED, *felt[1:], unrated).intensity_score == pytest.approx(2.75)


def test_who_does_as_told_gets_to_the_book_without_a_jump() -> None:
    done = [20.0]
    while done[-1] < 50 and len(done) < 50:
        past = [workout(2 * days, minutes) for days, minutes in enumerate(reversed(done[-10:]), 1)]
        done.append(rules(TRAINED, *past).duration_minutes)
    assert done[-1] == 50
    assert all(later <= 1.1 * max(done[: number + 1]) + 1e-9 for number, later in enumerate(done[1:]))


@given(person=PERSONS, history=HISTORIES)
def test_every_past_gets_a_prescription(person: Person, history: History) -> None:
    told = prescribe(person, history, TODAY, feature_vector(person, history, TODAY))
    assert 10 <= told.duration_minutes <= 120
    assert 1 <= told.intensity_score <= 5


@given(person=PERSONS, history=HISTORIES, rest=st.lists(st.integers(0, 5), max_size=4))
def test_today_and_tomorrow_change_nothing(person: Person, history: History, rest: list[int]) -> None:
    longer = History((*history.workouts, *(workout(-day, 111) for day in rest)), history.wellbeing)
    features = feature_vector(person, history, TODAY)
    assert prescribe(person, history, TODAY, features) == prescribe(person, longer, TODAY, features)
