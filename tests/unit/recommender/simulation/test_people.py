import numpy as np
import pytest

from recommender.person import GOALS, LEVELS, SEXES, Person
from recommender.simulation.people import Traits, draw_person


@pytest.fixture(scope="module")
def crowd() -> list[tuple[Person, Traits]]:
    chance = np.random.default_rng(5)
    return [draw_person(chance) for _ in range(1500)]


def test_they_look_like_the_sources(crowd: list[tuple[Person, Traits]]) -> None:
    women = [person.height_cm for person, _ in crowd if person.sex == "female" and person.height_cm]
    men = [person.height_cm for person, _ in crowd if person.sex == "male" and person.height_cm]
    assert np.mean(women) == pytest.approx(161.3, abs=1)
    assert np.mean(men) == pytest.approx(175.3, abs=1)
    assert np.std(men) == pytest.approx(7.5, abs=0.8)
    assert np.median([traits.bmi for _, traits in crowd]) == pytest.approx(25, abs=0.5)
    surplus = [traits.heart.ceiling_bpm - (208 - 0.7 * traits.age_years) for _, traits in crowd]
    assert np.mean(surplus) == pytest.approx(0, abs=1)
    assert np.std(surplus) == pytest.approx(10, abs=1)


def test_everybody_is_among_them(crowd: list[tuple[Person, Traits]]) -> None:
    assert {person.sex for person, _ in crowd} == set(SEXES)
    assert {person.goal for person, _ in crowd} == set(GOALS)
    assert {person.level for person, _ in crowd} == set(LEVELS)
    assert {len(traits.weekdays) for _, traits in crowd} >= {2, 3, 4, 5}
    assert min(traits.age_years for _, traits in crowd) < 20
    assert max(traits.age_years for _, traits in crowd) > 65


def test_some_tell_nothing(crowd: list[tuple[Person, Traits]]) -> None:
    shares = {
        "age": np.mean([person.age_years is None for person, _ in crowd]),
        "weight": np.mean([person.weight_kg is None for person, _ in crowd]),
        "wellbeing": np.mean([traits.tells == 0 for _, traits in crowd]),
        "band": np.mean([traits.wears_band == 0 for _, traits in crowd]),
    }
    assert shares == pytest.approx({"age": 0.04, "weight": 0.12, "wellbeing": 0.12, "band": 0.2}, abs=0.03)


def test_what_is_told_is_true(crowd: list[tuple[Person, Traits]]) -> None:
    for person, traits in crowd:
        if person.weight_kg and person.height_cm:
            assert person.weight_kg / (person.height_cm / 100) ** 2 == pytest.approx(traits.bmi, rel=0.02)
        assert person.age_years is None or person.age_years == pytest.approx(traits.age_years, abs=0.06)
        assert person.maximum_bpm is None or abs(person.maximum_bpm - traits.heart.ceiling_bpm) <= 0.5
