import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.heart_response.fitting import UNITS, Belief, natural
from recommender.heart_response.set_points import HIGHEST_FRACTION, set_point, steady_rates, zone_bounds_bpm

KMH = UNITS[0].belief
ZONES = st.integers(1, 5)
MAXIMA = st.floats(150, 210)


def known(share: float = 0.01, rest_bpm: float = 60.0) -> Belief:
    mean = KMH.mean.copy()
    mean[0] = rest_bpm
    return Belief(mean, share * KMH.covariance)


def test_somebody_well_known_is_led_to_the_middle_of_the_zone() -> None:
    found = set_point(known(1e-6), 2, 190, most_load=20)
    assert found.held_by is None
    assert known().response.steady_bpm(found.load) == pytest.approx(0.65 * 190, abs=0.1)


@given(zone=ZONES, maximum=MAXIMA, share=st.floats(1e-4, 1), rest_bpm=st.floats(45, 85))
def test_a_heart_that_answers_more_strongly_still_stays_below_the_end_of_the_zone(
    zone: int, maximum: float, share: float, rest_bpm: float
) -> None:
    found = set_point(known(share, rest_bpm), zone, maximum, most_load=20)
    _, upper_bpm = zone_bounds_bpm(zone, maximum)
    if found.load > 0:
        assert found.expected_bpm + found.spread_bpm <= upper_bpm + 1e-6


@given(zone=st.integers(1, 4), maximum=MAXIMA, share=st.floats(1e-4, 1), most_load=st.floats(0, 20))
def test_a_higher_zone_is_never_less_work_and_no_machine_is_asked_for_more_than_it_can(
    zone: int, maximum: float, share: float, most_load: float
) -> None:
    lower, higher = (set_point(known(share), each, maximum, most_load=most_load) for each in (zone, zone + 1))
    assert lower.load <= higher.load + 0.2
    assert max(lower.load, higher.load) <= most_load


@given(zone=ZONES, maximum=MAXIMA)
def test_of_whom_less_is_known_less_is_asked(zone: int, maximum: float) -> None:
    loads = [set_point(known(share), zone, maximum, most_load=20).load for share in (1e-4, 0.1, 1.0)]
    assert loads[0] >= loads[1] >= loads[2]


def test_what_holds_it_back_is_said() -> None:
    assert set_point(KMH, 3, 185, most_load=20).held_by == "uncertainty"
    assert set_point(known(1e-6), 3, 185, most_load=5).held_by == "machine"
    low_ceiling = known(1e-6)
    low_ceiling.mean[5] = 140
    assert set_point(low_ceiling, 4, 185, most_load=20).held_by == "ceiling"


def test_whose_rest_is_above_the_zone_rests() -> None:
    found = set_point(known(0.01, rest_bpm=125), 1, 180, most_load=20)
    assert found.load == 0
    assert found.expected_bpm == pytest.approx(125, abs=0.1)


def test_zones_end_where_the_next_begins_and_the_last_below_the_maximum() -> None:
    assert zone_bounds_bpm(2, 200) == (120, 140)
    assert zone_bounds_bpm(5, 200) == (180, HIGHEST_FRACTION * 200)


@pytest.mark.parametrize(
    ("zone", "most_load"), [(0, 20), (6, 20), (3, -1), (3, float("nan")), (3, float("inf"))]
)
def test_zones_and_machines_that_there_are_not(zone: int, most_load: float) -> None:
    with pytest.raises(ValueError, match=r"no heart-rate zone|is out of range"):
        set_point(KMH, zone, 185, most_load=most_load)


@given(seed=st.integers(0, 100), load=st.floats(0, 10))
def test_the_spread_is_that_of_people_drawn_from_the_belief(seed: int, load: float) -> None:
    belief = known(0.02)
    people = natural(np.random.default_rng(seed).multivariate_normal(belief.mean, belief.covariance, 2000))
    rest, gain, _, _, drift, _ = people.T
    drawn = rest + gain * (1 + drift) * load  # far below the ceiling
    expected, spread = steady_rates(belief, np.array([load]))
    assert expected[0] == pytest.approx(drawn.mean(), abs=1.5)
    assert spread[0] == pytest.approx(drawn.std(), rel=0.15)
