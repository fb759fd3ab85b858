import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.heart_response.model import Response
from recommender.simulation.heart import HeartRates

SOMEBODY = Response(rest_bpm=75, gain=110, rise_s=45, fall_s=60, drift=0.08, ceiling_bpm=185)
RATES = HeartRates.of(SOMEBODY)


def test_an_hour_is_about_what_the_zones_say() -> None:
    shares = [RATES.mean_bpm("steady", 60, score) / 185 for score in (1, 3, 5)]
    assert shares == pytest.approx([0.57, 0.75, 0.93], abs=0.04)


def test_the_kind_of_workout_matters() -> None:
    assert (
        RATES.mean_bpm("mobility", 40, 3)
        < RATES.mean_bpm("resistance", 40, 3)
        < RATES.mean_bpm("steady", 40, 3)
    )


@given(minutes=st.floats(10, 120), score=st.floats(1, 5), more=st.floats(0, 1))
def test_more_load_beats_quicker_below_the_ceiling(minutes: float, score: float, more: float) -> None:
    rate = RATES.mean_bpm("steady", minutes, score)
    assert SOMEBODY.rest_bpm < rate < SOMEBODY.ceiling_bpm
    assert RATES.mean_bpm("steady", minutes, min(score + more, 5)) >= rate
    assert RATES.mean_bpm("steady", min(minutes + 60 * more, 120), score) >= rate
