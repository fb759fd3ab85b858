"""A heart that answers to work as hearts do."""

from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.simulate.belt import RESTING_VO2, vo2
from devices.simulate.heart import RR_PER_S, Heart, Person

PERSON = Person(
    weight_kg=75,
    rest_bpm=60,
    max_bpm=190,
    vo2_max=45,
    delay_s=5,
    rise_s=30,
    fall_s=50,
    drift_bpm_per_min=0.0,
)


def live(heart: Heart, seconds: float, uptake: float) -> list[int]:
    return [beat for _ in range(round(seconds * 10)) for beat in heart.step(0.1, uptake)]


def fresh(person: Person = PERSON) -> Heart:
    return Heart(person, Random(1))  # noqa: S311 - repeatable chance, not a secret


def test_at_rest_it_stays_at_rest() -> None:
    heart = fresh()
    live(heart, 120, RESTING_VO2)
    assert heart.rate_bpm == pytest.approx(60)


def test_nothing_happens_before_the_delay() -> None:
    heart = fresh()
    live(heart, 4.9, vo2(10, 0))
    assert heart.rate_bpm == pytest.approx(60)


def test_after_one_time_constant_two_thirds_of_the_way_are_done() -> None:
    heart = fresh()
    demand = 60 + PERSON.effort(vo2(10, 0)) * 130
    live(heart, PERSON.delay_s + PERSON.rise_s, vo2(10, 0))
    assert (heart.rate_bpm - 60) / (demand - 60) == pytest.approx(0.632, abs=0.01)
    live(heart, 300, vo2(10, 0))
    assert heart.rate_bpm == pytest.approx(demand, abs=0.1)


def test_it_recovers_more_slowly_than_it_rises() -> None:
    heart = fresh()
    live(heart, 400, vo2(10, 0))
    top = heart.rate_bpm
    live(heart, PERSON.delay_s + PERSON.fall_s, RESTING_VO2)
    assert (heart.rate_bpm - 60) / (top - 60) == pytest.approx(0.368, abs=0.01)


def test_long_effort_drifts_up() -> None:
    drifting = Person(
        weight_kg=75,
        rest_bpm=60,
        max_bpm=190,
        vo2_max=45,
        delay_s=5,
        rise_s=30,
        fall_s=50,
        drift_bpm_per_min=0.6,
    )
    heart = fresh(drifting)
    live(heart, 300, vo2(9, 0))
    early = heart.rate_bpm
    live(heart, 900, vo2(9, 0))
    assert 3 < heart.rate_bpm - early < 10


@pytest.mark.parametrize("uptake", [RESTING_VO2, vo2(6, 0), vo2(11, 0)])
def test_beats_agree_with_the_rate(uptake: float) -> None:
    heart = fresh()
    live(heart, 400, uptake)
    beats = live(heart, 120, uptake)
    assert mean(beats) / RR_PER_S == pytest.approx(60 / heart.rate_bpm, rel=0.02)
    assert len(beats) == pytest.approx(2 * heart.rate_bpm, abs=3)


def test_work_takes_variability_away() -> None:
    def swing(uptake: float) -> float:
        heart = fresh()
        live(heart, 400, uptake)
        beats = live(heart, 120, uptake)
        return (max(beats) - min(beats)) / mean(beats)

    assert swing(RESTING_VO2) > 3 * swing(vo2(11, 0)) > 0


@given(st.integers(0, 2**32))
def test_everybody_has_a_heart_that_works(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - repeatable chance, not a secret
    person = Person.random(chance)
    heart = Heart(person, chance)
    for uptake in (vo2(20, 15), RESTING_VO2):
        for _ in range(100):
            assert all(beat > 0 for beat in heart.step(1.0, uptake))
            assert person.rest_bpm - 1 <= heart.rate_bpm <= person.max_bpm + 0.01
