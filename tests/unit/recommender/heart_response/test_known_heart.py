from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.heart_response.fitting import Belief
from recommender.heart_response.known_heart import KnownHeart, UnknownUnitError, unit_named, unknown_heart
from recommender.heart_response.prediction import predict
from recommender.heart_response.recording import Recording
from tests.unit.recommender.heart_response.people import ramp_test

DAY = date(2026, 3, 2)
KMH = unit_named("km/h").belief


@cache
def learned(seed: int, sessions: int) -> KnownHeart:
    """A simulated person, every third day a session."""
    heart = unknown_heart("km/h")
    for number in range(1, sessions + 1):
        heart = heart.after(ramp_test(seed, number), DAY + timedelta(days=3 * number))
    return heart


def off_bpm(belief: Belief, session: Recording) -> float:
    """How far a whole session is foretold off when none of its rates is known."""
    silent = replace(session, rates_bpm=np.full(len(session.times_s), np.nan))
    return float(np.sqrt(np.mean(np.square(predict(belief, silent) - session.rates_bpm))))


def test_it_starts_as_anybody_s() -> None:
    heart = unknown_heart("W")
    assert heart.on(DAY) is heart.belief is unit_named("W").belief
    assert (heart.sessions, heart.last_day) == (0, None)


def test_what_was_learned_foretells_the_next_session_before_it_begins() -> None:
    seeds = range(200, 205)
    tomorrow = DAY + timedelta(days=9)
    by_person = [off_bpm(learned(seed, 1).on(tomorrow), ramp_test(seed, 9)) for seed in seeds]
    by_anybody = [off_bpm(KMH, ramp_test(seed, 9)) for seed in seeds]
    assert np.median(by_person) < 0.7 * np.median(by_anybody)


def test_each_session_counts_and_the_last_day_is_kept() -> None:
    heart = learned(200, 2)
    assert (heart.sessions, heart.last_day) == (2, DAY + timedelta(days=6))
    late = heart.after(ramp_test(200, 3), DAY)
    assert (late.sessions, late.last_day) == (3, heart.last_day)


def test_a_session_without_rates_teaches_nothing() -> None:
    heart = learned(200, 1)
    session = ramp_test(200, 2)
    silent = replace(session, rates_bpm=np.full(len(session.times_s), np.nan))
    assert heart.after(silent, DAY + timedelta(days=9)) is heart


@given(days=st.integers(1, 5000), more=st.integers(0, 5000))
def test_the_longer_ago_the_less_sure(days: int, more: int) -> None:
    heart = learned(200, 1)
    assert heart.last_day is not None
    sooner, later = (
        np.diag(heart.on(heart.last_day + timedelta(days=each)).covariance) for each in (days, days + more)
    )
    assert (np.diag(heart.belief.covariance) < sooner).sum() >= 5
    assert (sooner <= later + 1e-12).all()
    assert (later[1:] <= np.diag(KMH.covariance)[1:] + 1e-9).all()
    assert (heart.on(heart.last_day + timedelta(days=days)).mean == heart.belief.mean).all()


def test_on_the_day_itself_or_before_it_is_what_was_learned() -> None:
    heart = learned(200, 1)
    assert heart.last_day is not None
    assert heart.on(heart.last_day) is heart.on(DAY - timedelta(days=400)) is heart.belief


def test_a_unit_that_nobody_knows() -> None:
    with pytest.raises(UnknownUnitError, match="unknown unit 'mph' of a load: choose from km/h, m/s, W"):
        unknown_heart("mph")
