import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.exertion import WORTH, wanted_rpe
from recommender.person import Person
from recommender.prescription import WORKOUT_TYPES, Prescription
from recommender.simulation.body import Body
from recommender.simulation.people import draw_person
from recommender.simulation.truth import Truth, truth_of

PERSON = Person(goal="endurance", training_phase="build")
_, TRAITS = draw_person(np.random.default_rng(4))
MINUTES, SCORES = (grid.ravel() for grid in np.meshgrid(np.linspace(10, 120, 56), np.linspace(1, 5, 41)))


def truth(strain: float = 0.0, suited_minutes: float = 50.0, score: float = 3.25) -> Truth:
    return Truth(
        suited=Prescription(suited_minutes, score), fitness=1.0, fatigue=1.0, strain=strain, injury=0.0,
        adherence=0.0, worth=tuple(WORTH["endurance"][name] for name in WORKOUT_TYPES),
    )  # fmt: skip


def answer(day: Truth, minutes: float, score: float, kind: int = 0) -> list[float]:
    found: list[float] = day.answers(np.array([kind]), np.array([[minutes, score]]))[0].tolist()
    return found


@given(minutes=st.floats(15, 100), score=st.floats(1, 5))
def test_nothing_serves_better_than_what_suits(minutes: float, score: float) -> None:
    day = truth(suited_minutes=minutes, score=score)
    best = answer(day, minutes, score)[0]
    others = day.answers(np.zeros(len(MINUTES), int), np.stack([MINUTES, SCORES], axis=1))
    assert best >= others[:, 0].max()
    assert others[:, 0].min() >= 0
    assert ((others[:, 1] > 0) & (others[:, 1] < 1)).all()
    assert ((others[:, 2] >= 1) & (others[:, 2] <= 10)).all()


def test_too_hard_serves_less_than_too_easy() -> None:
    assert answer(truth(), 50, 4.25)[0] < answer(truth(), 50, 2.25)[0] < answer(truth(), 50, 3.25)[0]


def test_longer_and_harder_gets_done_less_often() -> None:
    chances = [answer(truth(), *plan)[1] for plan in ((40, 3.25), (50, 3.25), (60, 3.25), (60, 4.5), (90, 5))]
    assert chances == sorted(chances, reverse=True)


def test_what_a_kind_is_worth_depends_on_the_goal() -> None:
    effects = [answer(truth(), 50, 3.25, kind)[0] for kind in range(4)]
    assert np.array(effects) / effects[0] == pytest.approx([1.0, 0.9, 0.5, 0.3])


@given(strain=st.floats(-1, 2.5))
def test_what_suits_feels_as_it_should(strain: float) -> None:
    body = Body.of(TRAITS)
    day = truth_of(PERSON, TRAITS, body, strain)
    felt = answer(day, *(day.suited.duration_minutes, day.suited.intensity_score))[2]
    assert felt == pytest.approx(wanted_rpe("endurance", "build"))
    assert day.suited.intensity_score == pytest.approx(3.25 - strain / 2)
    assert day.suited.duration_minutes <= truth_of(PERSON, TRAITS, body, strain - 0.5).suited.duration_minutes
