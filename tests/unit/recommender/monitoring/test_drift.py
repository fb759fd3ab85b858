import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from recommender.monitoring.drift import LEAST_MEMBERS, Drift, drift, segment_drifts
from recommender.monitoring.segments import EVERYBODY, Segment
from recommender.person import Person
from tests.unit.recommender.monitoring.outcomes import a_month, outcome


def normal(seed: int, count: int, mean: float = 0.0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(mean, 1, count)


def test_a_hand_worked_index() -> None:
    before, now = np.repeat([0.0, 1.0], [400, 600]), np.repeat([0.0, 1.0], [700, 300])
    by_hand = 0.3 * np.log(0.7 / 0.4) + 0.3 * np.log(0.6 / 0.3)
    found = drift(before, now)
    assert found.psi == pytest.approx(by_hand, rel=0.02)
    assert (found.level, found.before, found.now) == ("major", 1000, 1000)


@pytest.mark.parametrize(("shift", "level"), [(0.0, "stable"), (0.35, "moderate"), (0.8, "major")])
def test_the_further_it_shifts_the_worse(shift: float, level: str) -> None:
    assert drift(normal(1, 3000), normal(2, 3000, shift)).level == level


@pytest.mark.parametrize("count", [LEAST_MEMBERS, 100, 400])
def test_chance_alone_hardly_ever_looks_like_drift(count: int) -> None:
    levels = [drift(normal(seed, count), normal(seed + 1000, count)).level for seed in range(300)]
    assert levels.count("major") <= 1
    assert levels.count("moderate") <= 3


@given(before=st.integers(0, 200), now=st.integers(0, LEAST_MEMBERS - 1))
def test_few_people_are_no_reason_for_alarm(before: int, now: int) -> None:
    assert drift(normal(1, before), normal(2, now, 9)) == Drift(None, "unknown", before, now)
    assert drift(normal(2, now, 9), normal(1, before)).level == "unknown"


def test_a_value_that_was_never_there_before_is_seen() -> None:
    before = np.zeros(100)
    assert drift(before, np.zeros(100)).level == "stable"
    assert drift(before, np.full(100, 5.0)).level == "major"
    assert drift(np.tile([0.0, 3.0], 50), np.tile([0.0, 1.0], 50)).level == "major"


@given(
    seed=st.integers(0, 500), count=st.integers(LEAST_MEMBERS, 300), scale=st.sampled_from([0.125, 2.0, 64.0])
)
def test_units_and_order_do_not_matter(seed: int, count: int, scale: float) -> None:
    before, now = normal(seed, count), normal(seed + 1, count, 0.3)
    plain, scaled = drift(before, now), drift(before[::-1] * scale, now[::-1] * scale)
    assert plain.psi is not None
    assert plain.psi >= 0
    assert scaled.psi == pytest.approx(plain.psi)


def test_each_quantity_of_each_group() -> None:
    before, now = a_month(1, members=150), a_month(2, members=150)
    found = {(each.segment, each.quantity): each.drift for each in segment_drifts(before, now)}
    of_all = {quantity for segment, quantity in found if segment == EVERYBODY}
    assert of_all == {
        "stress_index", "prescribed_minutes", "prescribed_intensity", "sex", "age_band", "level",
    }  # fmt: skip
    assert found[EVERYBODY, "stress_index"].before == 150, "each member counts once"
    assert found[Segment("sex", "male"), "stress_index"].level == "stable"
    assert (Segment("sex", "male"), "sex") not in found


def test_other_members_than_before_are_seen() -> None:
    before = [outcome(number, person=Person(sex="female")) for number in range(100)]
    now = [outcome(number, person=Person(sex="male" if number % 2 else "female")) for number in range(100)]
    found = {
        each.quantity: each.drift.level for each in segment_drifts(before, now) if each.segment == EVERYBODY
    }
    assert found["sex"] == "major"
    assert found["level"] == "stable"
    assert segment_drifts([], []) == ()
