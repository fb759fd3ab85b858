import math
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.features import FEATURE_NAMES, FEATURES, feature_vector
from recommender.history import History, Wellbeing
from recommender.person import TRAINING_PHASES, Person
from recommender.prescription import Prescription
from tests.unit.recommender.pasts import HISTORIES, PERSONS, TODAY, ago, workout

SOMEBODY = Person(age_years=40, height_cm=180, weight_kg=81, training_phase="build")


def features(
    person: Person = SOMEBODY, *workouts: object, nights: tuple[Wellbeing, ...] = ()
) -> dict[str, float]:
    found = feature_vector(person, History(workouts, nights), TODAY)  # type: ignore[arg-type]
    return dict(zip(FEATURE_NAMES, found.values.tolist(), strict=True))


def why(person: Person = SOMEBODY, *workouts: object, nights: tuple[Wellbeing, ...] = ()) -> dict[str, str]:
    return dict(feature_vector(person, History(workouts, nights), TODAY).imputed)  # type: ignore[arg-type]


def test_the_reference_says_the_same() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "features.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{each.name}` | {each.unit} | {each.low:g} | {each.high:g} | {each.usual:g} |"
        for each in FEATURES
    ]


def test_a_whole_vector_by_hand() -> None:
    month = (
        workout(22, 30, intensity_score=2.0),  # the week of 22 to 28 days ago: 60
        workout(15, 40, intensity_score=2.0),  # 80
        workout(8, 50, intensity_score=2.0, completion=1.0),  # 100
        workout(5, 30, intensity_score=1.0, mean_bpm=126, rpe=4, completion=0.9),
        workout(1, 60, intensity_score=1.5, mean_bpm=144, rpe=6, completion=0.8),  # 30 + 90 = 120
        workout(0, 999, intensity_score=5.0, rpe=10),  # today tells nothing
        workout(-1, 999, intensity_score=5.0, rpe=10),
    )
    nights = (
        Wellbeing(day=ago(3), sleep_efficiency=0.1, stress_index=10),  # too long ago
        Wellbeing(day=ago(2), sleep_efficiency=0.8, stress_index=2),
        Wellbeing(day=ago(0), sleep_efficiency=0.9, stress_index=6),
    )
    found = features(SOMEBODY, workout(28, 25, intensity_score=0.0), *month, nights=nights)
    assert found == pytest.approx(
        {
            "age_years": 40,
            "bmi": 25,  # 81 / 1.8^2
            "mean_duration_7d_min": 45,  # of 30 and 60
            "mean_hr_fraction_7d": 0.75,  # of 126 and 144 by 208 - 0.7 x 40 = 180
            "rpe_slope_7d": 0.5,  # from 4 to 6 in 4 days
            "completion_28d": 0.9,
            "sleep_efficiency": 0.85,
            "stress_index": 4,
            "progress_rate_28d": 20 / 90,  # 60, 80, 100, 120 rise by 20 a week; their mean is 90
            "training_phase": TRAINING_PHASES.index("build"),
        },
        rel=1e-6,
    )


def test_windows_end_where_they_say() -> None:
    assert features(SOMEBODY, workout(7, 50))["mean_duration_7d_min"] == 50
    assert features(SOMEBODY, workout(7, 50), workout(8, 90))["mean_duration_7d_min"] == 50
    assert features(SOMEBODY, workout(28, completion=0.5))["completion_28d"] == 0.5
    assert "completion_28d" in why(SOMEBODY, workout(29, completion=0.5))
    assert "sleep_efficiency" not in why(nights=(Wellbeing(day=ago(2), sleep_efficiency=0.5),))
    assert "sleep_efficiency" in why(nights=(Wellbeing(day=ago(3), sleep_efficiency=0.5),))
    assert "stress_index" in why(nights=(Wellbeing(day=ago(-1), stress_index=5),))


def test_nobody_knows_anything() -> None:
    found = feature_vector(Person(), History(), TODAY)
    assert found.values.tolist() == pytest.approx([feature.usual for feature in FEATURES])
    assert set(found.imputed) == set(FEATURE_NAMES) - {"training_phase"}
    assert found.is_imputed.tolist() == [True] * 9 + [False]
    assert all(len(reason) > 10 for reason in found.imputed.values())


def test_a_measured_maximum_counts_before_the_age() -> None:
    with_maximum = replace(SOMEBODY, maximum_bpm=200)
    assert features(with_maximum, workout(1, mean_bpm=150))["mean_hr_fraction_7d"] == pytest.approx(0.75)
    nameless = Person()
    assert "neither the maximum" in why(nameless, workout(1, mean_bpm=150))["mean_hr_fraction_7d"]
    assert "no heart rate" in why(SOMEBODY, workout(1))["mean_hr_fraction_7d"]


def test_a_slope_needs_two_days() -> None:
    assert "rpe_slope_7d" in why(SOMEBODY, workout(2, rpe=4), workout(2, rpe=8))
    assert (
        features(SOMEBODY, workout(3, rpe=4), workout(2, rpe=8))["rpe_slope_7d"] == 3
    )  # 4, but no more than 3


def test_after_a_week_without_training_the_month_stands_in() -> None:
    past = (workout(8, 50), workout(28, 30), workout(29, 90))
    assert features(SOMEBODY, *past)["mean_duration_7d_min"] == 40
    assert why(SOMEBODY, *past)["mean_duration_7d_min"] == (
        "there was no workout in 7 days; the mean of 28 days stands in"
    )
    assert features(SOMEBODY, workout(29, 90))["mean_duration_7d_min"] == 0


def test_a_long_pause_is_known_and_a_beginning_is_not() -> None:
    resting = why(SOMEBODY, workout(40, intensity_score=3))
    assert "mean_duration_7d_min" not in resting
    assert resting["progress_rate_28d"] == "there was no workout in 28 days"
    assert "14 days" in why(SOMEBODY, workout(13, intensity_score=3))["progress_rate_28d"]


def test_weeks_before_the_first_workout_are_not_weeks_of_rest() -> None:
    steady = [workout(days, intensity_score=3) for days in (14, 7)]
    assert features(SOMEBODY, *steady)["progress_rate_28d"] == pytest.approx(0)


def test_the_load_takes_what_is_known() -> None:
    known = features(SOMEBODY, workout(14, intensity_score=2), workout(7, intensity_score=4))
    rated = features(SOMEBODY, workout(14, rpe=4), workout(7, rpe=8))
    planned = features(
        SOMEBODY, workout(14, prescribed=Prescription(40, 2)), workout(7, prescribed=Prescription(40, 4))
    )
    assert known["progress_rate_28d"] == rated["progress_rate_28d"] == planned["progress_rate_28d"] > 0


@pytest.mark.parametrize(
    ("field", "person", "past"),
    [
        ("age_years", Person(age_years=-1), ()),
        ("age_years", Person(age_years=math.nan), ()),
        ("height_cm", Person(height_cm=1.8, weight_kg=80), ()),
        ("weight_kg", Person(height_cm=180, weight_kg=math.inf), ()),
        ("maximum_bpm", Person(maximum_bpm=20), (workout(1, mean_bpm=120),)),
        ("mean_bpm", SOMEBODY, (workout(1, mean_bpm=0),)),
        ("duration_minutes", SOMEBODY, (workout(1, -5),)),
        ("duration_minutes", SOMEBODY, (workout(20, math.nan),)),
        ("intensity_score", SOMEBODY, (workout(20, intensity_score=-3),)),
        ("rpe", SOMEBODY, (workout(1, rpe=11),)),
        ("completion", SOMEBODY, (workout(1, completion=-0.5),)),
    ],
)
def test_what_no_person_has_is_refused_by_name(field: str, person: Person, past: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match=rf"^{field} of .* is outside of"):
        features(person, *past)


@pytest.mark.parametrize(
    "night", [Wellbeing(day=TODAY, sleep_efficiency=85), Wellbeing(day=TODAY, stress_index=-1)]
)
def test_a_night_in_another_unit_is_refused(night: Wellbeing) -> None:
    with pytest.raises(ValueError, match="is outside of"):
        features(nights=(night,))


def test_what_is_only_rare_is_brought_into_range() -> None:
    found = features(Person(age_years=105, height_cm=150, weight_kg=200), workout(1, completion=1.4))
    assert (found["age_years"], found["bmi"], found["completion_28d"]) == (100, 60, 1)


@given(person=PERSONS, history=HISTORIES)
def test_every_past_has_a_vector_within_its_ranges(person: Person, history: History) -> None:
    found = feature_vector(person, history, TODAY)
    assert found.values.dtype == np.float32
    for feature, value in zip(FEATURES, found.values, strict=True):
        assert np.float32(feature.low) <= value <= np.float32(feature.high)
        if feature.name in found.imputed and feature.name != "mean_duration_7d_min":
            assert value == np.float32(feature.usual)


@given(person=PERSONS, history=HISTORIES, seed=st.integers(0, 99))
def test_neither_order_nor_the_future_matter(person: Person, history: History, seed: int) -> None:
    workouts = [*history.workouts, workout(0, 77, rpe=10.0), workout(-3, 77, rpe=10.0)]
    Random(seed).shuffle(workouts)  # noqa: S311 - a test's order is no secret
    one = feature_vector(person, history, TODAY)
    other = feature_vector(person, History(tuple(workouts), history.wellbeing), TODAY)
    assert one.values == pytest.approx(other.values, rel=1e-4, abs=1e-5)
    assert one.imputed == other.imputed


@given(person=PERSONS, history=HISTORIES, days=st.integers(-400, 400))
def test_only_the_distance_of_days_matters(person: Person, history: History, days: int) -> None:
    moved = History(
        tuple(replace(each, day=each.day + timedelta(days)) for each in history.workouts),
        tuple(replace(each, day=each.day + timedelta(days)) for each in history.wellbeing),
    )
    here, there = (
        feature_vector(person, history, TODAY),
        feature_vector(person, moved, TODAY + timedelta(days)),
    )
    assert here.values.tolist() == there.values.tolist()
    assert here.imputed == there.imputed
