import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.heart_rate import (
    ZONES,
    HeartRateSummary,
    HeartRateTally,
    fraction,
    lower_bound_bpm,
    maximum_heart_rate_bpm,
    zone,
)

maxima = st.floats(100, 240)
rates = st.floats(0, 300)


@pytest.mark.parametrize(
    ("age", "maximum"), [(20, 194.0), (30, 187.0), (40, 180.0), (65, 162.5), (81, 151.3)]
)
def test_the_maximum_by_tanaka(age: float, maximum: float) -> None:
    assert maximum_heart_rate_bpm(age) == pytest.approx(maximum)


@pytest.mark.parametrize("age", [4.9, -1, 110.1, math.nan, math.inf])
def test_ages_that_nobody_has(age: float) -> None:
    with pytest.raises(ValueError, match=r"age of .* years is outside of 5 to 110"):
        maximum_heart_rate_bpm(age)


@given(age=st.floats(5, 110))
def test_every_age_has_a_maximum_that_the_zones_take(age: float) -> None:
    assert zone(100, maximum_heart_rate_bpm(age)) in {None, 1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("bpm", "expected"),
    [
        (0, None), (89.9, None), (90, 1), (107.9, 1), (108, 2), (125.9, 2), (126, 3),
        (143.9, 3), (144, 4), (161.9, 4), (162, 5), (180, 5), (220, 5),
    ],
)  # fmt: skip
def test_zones_of_a_forty_year_old(bpm: float, expected: int | None) -> None:
    assert zone(bpm, 180) == expected


@given(maximum=maxima)
def test_every_boundary_that_is_shown_belongs_to_its_zone(maximum: float) -> None:
    assert [zone(lower_bound_bpm(z, maximum), maximum) for z in ZONES] == [1, 2, 3, 4, 5]


@given(maximum=maxima, slower=rates, faster=rates)
def test_a_faster_heart_is_never_in_a_lower_zone(maximum: float, slower: float, faster: float) -> None:
    slower, faster = sorted((slower, faster))
    assert (zone(slower, maximum) or 0) <= (zone(faster, maximum) or 0)


@given(maximum=maxima, bpm=rates)
def test_a_zone_holds_what_lies_between_its_fractions(maximum: float, bpm: float) -> None:
    number = zone(bpm, maximum)
    share = fraction(bpm, maximum)
    slack = 0.005 / maximum + 1e-12  # boundaries are rounded to a hundredth of a beat
    if number is None:
        assert share < ZONES[0].lower_fraction + slack
        return
    bounds = ZONES[number - 1]
    assert share >= bounds.lower_fraction - slack
    assert bounds.upper_fraction is None or share < bounds.upper_fraction + slack


def test_zones_touch() -> None:
    assert [z.number for z in ZONES] == [1, 2, 3, 4, 5]
    for lower, upper in pairwise(ZONES):
        assert lower.upper_fraction == upper.lower_fraction


@pytest.mark.parametrize("bpm", [-1, 301, math.nan, math.inf])
def test_rates_that_no_heart_has(bpm: float) -> None:
    for function in (zone, fraction):
        with pytest.raises(ValueError, match=r"heart rate of .* bpm is outside of 0 to 300"):
            function(bpm, 180)
    with pytest.raises(ValueError, match=r"heart rate of"):
        HeartRateTally(maximum_bpm=180).add(0.0, bpm)


@pytest.mark.parametrize("maximum", [0, 99, 241, math.nan])
def test_maxima_that_nobody_has(maximum: float) -> None:
    with pytest.raises(ValueError, match=r"maximum heart rate of .* bpm is outside of 100 to 240"):
        zone(100, maximum)
    with pytest.raises(ValueError, match=r"maximum heart rate of"):
        HeartRateTally(maximum_bpm=maximum)


@pytest.mark.parametrize("gap", [0, -1, math.inf, math.nan])
def test_gaps_that_make_no_sense(gap: float) -> None:
    with pytest.raises(ValueError, match=r"is not a positive time"):
        HeartRateTally(maximum_bpm=180, max_gap_s=gap)


def tally(
    *samples: tuple[float, float | None], resumed: HeartRateSummary | None = None
) -> HeartRateSummary | None:
    adder = HeartRateTally(maximum_bpm=180, max_gap_s=4.0, resumed=resumed)
    for at_s, bpm in samples:
        adder.add(at_s, bpm)
    return adder.summary()


def test_a_session_second_by_second() -> None:
    summary = tally((0, 100), (1, 110), (2, 130), (3, 150), (4, 170), (5, 60), (6, 100))
    assert summary == HeartRateSummary(
        mean_bpm=pytest.approx(820 / 7),  # type: ignore[arg-type]
        max_bpm=170,
        seconds_in_zone=(1, 1, 1, 1, 1),
        samples=7,
    )


def test_nothing_yet() -> None:
    assert tally() is None
    assert tally((0, None), (1, 0)) is None


def test_a_band_that_drops_out_earns_no_time() -> None:
    summary = tally((0, 100), (1000, 100), (1001, None), (1010, 100))
    assert summary is not None
    assert summary.seconds_in_zone[0] == 4.0 + 1.0
    assert summary.samples == 3


def test_no_contact_is_no_rate() -> None:
    summary = tally((0, 100), (1, 0), (2, 100))
    assert summary is not None
    assert (summary.samples, summary.mean_bpm, summary.seconds_in_zone[0]) == (2, 100, 1.0)


def test_a_late_message_does_not_rewrite_the_past() -> None:
    assert tally((0, 100), (2, 100), (1, 170), (3, 100)) == tally((0, 100), (2, 100), (3, 100))


@given(samples=st.lists(st.tuples(st.floats(0, 10_000), st.none() | rates), max_size=40))
def test_time_in_zones_never_exceeds_the_time_that_passed(samples: list[tuple[float, float | None]]) -> None:
    samples.sort(key=lambda sample: sample[0])
    summary = tally(*samples)
    if summary is None:
        return
    known = [bpm for _, bpm in samples if bpm]
    assert sum(summary.seconds_in_zone) <= samples[-1][0] - samples[0][0] + 1e-6
    assert sum(summary.seconds_in_zone) <= 4.0 * len(known) + 1e-6
    assert min(summary.seconds_in_zone) >= 0
    assert summary.samples == len(known)
    assert summary.max_bpm == max(known)
    assert min(known) - 1e-9 <= summary.mean_bpm <= max(known) + 1e-9


@given(before=st.lists(rates, max_size=10), after=st.lists(rates, max_size=10))
def test_a_restart_loses_only_the_gap(before: list[float], after: list[float]) -> None:
    first = [(float(i), bpm) for i, bpm in enumerate(before)]
    second = [(1000.0 + i, bpm) for i, bpm in enumerate(after)]
    resumed = tally(*second, resumed=tally(*first))
    straight = tally(*first, (float(len(before)), None), *second)
    if straight is None:
        assert resumed is None
        return
    assert resumed is not None
    assert resumed.samples == straight.samples
    assert resumed.max_bpm == straight.max_bpm
    assert resumed.mean_bpm == pytest.approx(straight.mean_bpm)
    lost_s = sum(straight.seconds_in_zone) - sum(resumed.seconds_in_zone)
    assert -1e-6 <= lost_s <= 1.0 + 1e-6  # the last sample before the restart stood for a second more
