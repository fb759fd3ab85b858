import json
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.heart_response.fitting import UNITS, Belief
from recommender.heart_response.heart_json import PARAMETERS, KeptHeartError, from_json, to_json
from recommender.heart_response.known_heart import KnownHeart, unit_named, unknown_heart
from tests.unit.recommender.heart_response.people import ramp_test

LEARNED = unknown_heart("km/h").after(ramp_test(5), date(2026, 3, 2))


def kept(**changes: Any) -> str:
    return json.dumps({**json.loads(to_json(LEARNED)), **changes})


def same(one: KnownHeart, other: KnownHeart) -> bool:
    return (
        (one.unit, one.sessions, one.last_day) == (other.unit, other.sessions, other.last_day)
        and bool((one.belief.mean == other.belief.mean).all())
        and bool((one.belief.covariance == other.belief.covariance).all())
    )


@pytest.mark.parametrize("unit", [unit.name for unit in UNITS])
def test_nobody_yet_survives(unit: str) -> None:
    assert same(from_json(to_json(unknown_heart(unit))), unknown_heart(unit))


@given(
    seed=st.integers(0, 2**32 - 1),
    sessions=st.integers(1, 1000),
    day=st.dates(date(2020, 1, 1), date(2100, 1, 1)),
    unit=st.sampled_from(UNITS),
)
def test_whatever_was_learned_survives_exactly(seed: int, sessions: int, day: date, unit: Any) -> None:
    chance = np.random.default_rng(seed)
    mixing = chance.normal(0, 0.1, (6, 6)) + np.eye(6)
    covariance = mixing @ unit.belief.covariance @ mixing.T
    spread = np.sqrt(np.diag(unit.belief.covariance))
    belief = Belief(unit.belief.mean + chance.normal(0, 1, 6) * spread, (covariance + covariance.T) / 2)
    heart = KnownHeart(unit.name, belief, sessions, day)
    assert same(from_json(to_json(heart)), heart)


def test_a_version_with_other_parameters_keeps_what_both_know() -> None:
    order = [5, 0, 1, 2, 3]  # drift was not known, and the ceiling came first
    older = kept(
        schema=0,
        parameters=[*(PARAMETERS[at] for at in (5, 0, 1, 2, 3)), "hair_colour"],
        mean=[*LEARNED.belief.mean[order], 3.0],
        covariance=np.pad(
            LEARNED.belief.covariance[np.ix_(order, order)], (0, 1), constant_values=0.5
        ).tolist(),
        colour="of no interest",
    )
    found, anybody = from_json(older).belief, unit_named("km/h").belief
    shared, missing = [0, 1, 2, 3, 5], 4
    assert found.mean[shared] == pytest.approx(LEARNED.belief.mean[shared])
    assert found.covariance[np.ix_(shared, shared)] == pytest.approx(
        LEARNED.belief.covariance[np.ix_(shared, shared)]
    )
    assert found.mean[missing] == anybody.mean[missing]
    assert found.covariance[missing, missing] == anybody.covariance[missing, missing]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a known heart"),
        ("[]", "not a known heart"),
        ("{}", "KeyError"),
        (to_json(LEARNED)[:-9], "not a known heart"),
        (kept(unit="mph"), "unknown unit 'mph'"),
        (kept(last_day="yesterday"), "not a known heart"),
        (kept(last_day=7), "not a known heart"),
        (kept(sessions=-1), "not a known heart"),
        (kept(sessions=[]), "not a known heart"),
        (kept(sessions=0).replace('"sessions": 0', '"sessions": 1e999'), "OverflowError"),
        (kept(parameters=[[1], [2], [3], [4], [5], [5]]), "6 names"),
        (kept(parameters=["rest_bpm"]), "1 names"),
        (kept(parameters=["rest_bpm"] * 6), "6 names"),
        (kept(mean=[1.0]), r"\(1,\) means"),
        (kept(mean="abc"), "not a known heart"),
        (kept(covariance=[[1.0]]), r"\(1, 1\) covariances"),
        (kept(mean=[float("nan")] * 6), "not a finite number"),
        (kept(covariance=(-np.eye(6)).tolist()), "covariance is not positive"),
        (kept(mean=[900.0, *LEARNED.belief.mean[1:]]), "nobody has such a rest_bpm"),
        (kept(mean=[*LEARNED.belief.mean[:1], 40.0, *LEARNED.belief.mean[2:]]), "nobody has such a log_gain"),
    ],
)
def test_a_damaged_text_says_so(text: str, reason: str) -> None:
    with pytest.raises(KeptHeartError, match=reason):
        from_json(text)


@given(at=st.integers(0, 400), letter=st.characters(codec="ascii"))
def test_any_damage_is_refused_or_harmless(at: int, letter: str) -> None:
    text = to_json(LEARNED)
    try:
        found = from_json(text[:at] + letter + text[at + 1 :])
    except KeptHeartError:
        return
    assert np.isfinite(found.belief.response.gain)
    assert (np.linalg.eigvalsh(found.belief.covariance) > 0).all()
