from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.counting.extreme import NEAR, Extreme


def followed(reaches: list[float], *, highest: bool = True) -> Extreme:
    extreme = Extreme(reaches[0], 0.0)
    for time_s, reach in enumerate(reaches[1:], start=1):
        extreme.follow(reach, float(time_s), 1.0, sign=1 if highest else -1)
    return extreme


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=60))
def test_it_is_the_first_of_the_highest_and_of_the_lowest(reaches: list[float]) -> None:
    for highest, outermost in ((True, max(reaches)), (False, min(reaches))):
        extreme = followed(reaches, highest=highest)
        assert (extreme.reach, extreme.time_s) == (outermost, reaches.index(outermost))
        assert extreme.time_s <= extreme.left_s <= len(reaches)


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=60))
def test_highest_and_lowest_are_mirror_images(reaches: list[float]) -> None:
    low, high = followed(reaches, highest=False), followed([-reach for reach in reaches])
    assert (low.reach, low.time_s, low.left_s, low.near_s) == (
        -high.reach,
        high.time_s,
        high.left_s,
        high.near_s,
    )


def test_who_stays_near_it_is_still_there_and_who_leaves_it_was_there_last() -> None:
    near, away = 1.0 - NEAR / 2, 1.0 - 2 * NEAR
    stayed = followed([1.0, near, near, away, away])
    assert (stayed.time_s, stayed.left_s, stayed.near_s) == (0.0, 2.0, 2.0)


def test_a_little_further_out_goes_on_with_the_stay_and_a_leap_does_not() -> None:
    assert followed([1.0, 1.0, 1.0 + NEAR / 2]).near_s == 2.0
    assert followed([1.0, 1.0, 1.0 + 2 * NEAR]).near_s == 1.0


@pytest.mark.parametrize("highest", [True, False])
def test_begun_anew_it_knows_nothing_of_before(*, highest: bool) -> None:
    extreme = followed([3.0, -3.0, 3.0], highest=highest)
    extreme.restart(0.5, 9.0)
    assert (extreme.reach, extreme.time_s, extreme.left_s, extreme.near_s) == (0.5, 9.0, 9.0, 0.0)


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=60))
def test_it_never_moves_inwards(reaches: list[float]) -> None:
    told = [followed(reaches[:count]).reach for count in range(1, len(reaches) + 1)]
    assert all(before <= after for before, after in pairwise(told))
