"""What one person is told, held against the table of everybody, and against the parts that it is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.exertion import limit_of_goal
from recommender.features import FEATURES, feature_vector
from recommender.history import History, Wellbeing, Workout
from recommender.person import GOALS, Person
from recommender.personal import Personal
from recommender.prescribing import Prescribed, prescribe
from recommender.simulation.members import simulate
from recommender.training.everyday import prescribed
from recommender.training.simulated import dataset
from tests.unit.recommender.pasts import HISTORIES, PERSONS, TODAY, ago, numbers, workout

if TYPE_CHECKING:
    from numpy.typing import NDArray

KNOWS = Personal(2.0, 10.0, (1.5, 0.2))
LOW, HIGH = (np.array([getattr(each, side) for each in FEATURES]) for side in ("low", "high"))


@dataclass(frozen=True)
class Model:
    """A network of a few sums that looks at every feature, and at which are unknown."""

    personal: Personal | None = KNOWS

    def predict(self, values: NDArray[Any], imputed: NDArray[Any]) -> NDArray[np.float32]:
        told = (values - LOW) / (HIGH - LOW)
        minutes = 40 + 60 * told[:, 2] + 10 * np.sin(9 * told).sum(axis=1)
        points = (
            2.5 + 2 * told[:, 6] - told[:, 7] + 0.3 * (imputed @ np.arange(10) % 3) + told[:, 9] * told[:, 8]
        )
        return np.stack([minutes, points], axis=1).clip([10, 1], [120, 5]).astype(np.float32)


def ask(
    person: Person, *workouts: Workout, model: Model = Model(), nights: tuple[Wellbeing, ...] = ()
) -> Prescribed:
    history = History(workouts, nights)
    return prescribe(model, person, history, TODAY, feature_vector(person, history, TODAY))


@pytest.mark.parametrize("personal", [KNOWS, None])
def test_a_table_of_everybody_says_the_same_as_each_day_by_itself(personal: Personal | None) -> None:
    """What is judged in training is what a box does."""
    model, days, seed = Model(personal), 75, 11
    rows = prescribed(model, dataset(5, seed, lambda *_: None, days=days)).reshape(5, days, 2)
    for member, expected in zip(simulate(members=5, days=days, seed=seed), rows, strict=True):
        past: list[Workout | Wellbeing] = [*member.history.workouts, *member.history.wellbeing]
        told = [each.day for each in past]
        first = (min(told) - member.days[0].day).days
        for number in (*range(first + 29, days, 7), days - 1):
            today = member.days[number]
            features = feature_vector(today.person, member.history, today.day)
            found = prescribe(model, today.person, member.history, today.day, features).prescription
            assert numbers(found) == pytest.approx(expected[number].tolist(), abs=1e-4)


@settings(max_examples=60)
@given(person=PERSONS, history=HISTORIES)
def test_the_parts_add_up(person: Person, history: History) -> None:
    found = prescribe(Model(), person, history, TODAY, feature_vector(person, history, TODAY))
    whole = found.network + sum(found.own.values())
    assert numbers(found.prescription) == pytest.approx(whole.tolist(), abs=1e-6)
    assert found.ratings[0] == 0.0
    assert found.goal[1] == -limit_of_goal(person.goal, person.training_phase)


@settings(max_examples=40)
@given(person=PERSONS, history=HISTORIES, later=st.lists(st.integers(-5, 0), max_size=3))
def test_today_and_tomorrow_change_nothing(person: Person, history: History, later: list[int]) -> None:
    features = feature_vector(person, history, TODAY)
    longer = History(
        (*history.workouts, *(workout(day, 99, intensity_score=5, rpe=1) for day in later)), history.wellbeing
    )
    alone = prescribe(Model(), person, history, TODAY, features)
    assert prescribe(Model(), person, longer, TODAY, features).prescription == alone.prescription


@given(rpe=st.integers(1, 9), ago_days=st.integers(1, 28))
def test_what_felt_harder_lowers_the_intensity(rpe: int, ago_days: int) -> None:
    model = Model(Personal(2.0, 10.0, (0.0, 0.0)))
    easier, harder = (
        ask(Person(), workout(ago_days, 40, intensity_score=3, rpe=each), model=model)
        for each in (rpe, rpe + 1)
    )
    assert harder.ratings[1] < easier.ratings[1]
    assert harder.network[0] == easier.network[0]


def test_who_has_rated_nothing_is_told_what_the_network_says() -> None:
    found = ask(Person(goal="endurance", training_phase="build"), model=Model())
    assert set(found.own) <= {"steadiness"}
    bare = ask(Person(goal="mobility", training_phase="build"), model=Model(None))
    assert bare.own == {}
    assert numbers(bare.prescription) == pytest.approx(bare.network.tolist())


@pytest.mark.parametrize("goal", GOALS)
def test_a_gentle_goal_is_heeded(goal: Any) -> None:
    person = Person(goal=goal, training_phase="build")
    gentle = {"mobility": 1.25, "rehab": 1.0}.get(goal, 0.0)
    assert ask(person).goal.tolist() == [0.0, -gentle]


def test_a_new_phase_shows_on_its_first_day_and_a_bad_night_little_by_little() -> None:
    """A network that asks for much less in a deload, and for a little less after bad nights."""

    class Simple(Model):
        def predict(self, values: NDArray[Any], imputed: NDArray[Any]) -> NDArray[np.float32]:
            del imputed
            points = 3.0 - 1.0 * (values[:, 9] == 5) - (0.85 - values[:, 6])
            return np.stack([np.full(len(values), 40.0), points], axis=1).astype(np.float32)

    nights = tuple(Wellbeing(day=ago(day), sleep_efficiency=0.85) for day in range(30, 0, -1))
    model = Simple(Personal(2.0, 10.0, (0.0, 0.2)))
    usual = Person(goal="endurance", training_phase="base")
    assert ask(usual, model=model, nights=nights).prescription.intensity_score == pytest.approx(3.0)
    deload = replace(usual, training_phase="deload")
    assert ask(deload, model=model, nights=nights).prescription.intensity_score == pytest.approx(2.0)
    restless = (*nights, Wellbeing(day=ago(0), sleep_efficiency=0.4))
    found = ask(usual, model=model, nights=restless)
    assert found.network[1] == pytest.approx(2.85, abs=1e-3)
    assert found.prescription.intensity_score == pytest.approx(3.0)
    assert found.steadiness[1] == pytest.approx(0.15, abs=1e-3)
