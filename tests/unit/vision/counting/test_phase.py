from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.phase import TOP_LIMIT, PhaseSettings, PhaseTracker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vision.counting.phase import Run

FPS = 30.0


def wave(reps: int, tempo_s: float = 2.0, *, top: float = 1.0, bottom: float = 0.4) -> list[float]:
    frames = round(tempo_s * FPS)
    one = [top - (top - bottom) * (1 - math.cos(2 * math.pi * k / frames)) / 2 for k in range(frames)]
    return [top] * 10 + one * reps + [top] * 10


def follow(
    reaches: Sequence[float | None], *, fresh: bool = True, tracker: PhaseTracker | None = None
) -> list[Run]:
    """The runs of a curve; None: out of sight."""
    tracker = tracker or PhaseTracker(PhaseSettings())
    runs = [tracker.begin(0.0, fresh=fresh)]
    for frame, reach in enumerate(reaches):
        if reach is None:
            tracker.miss()
        else:
            runs += tracker.update(frame / FPS, reach)
    return runs


def word(runs: Sequence[Run]) -> str:
    return "".join(run.symbol for run in runs)


def test_up_and_down_alternate() -> None:
    assert word(follow(wave(3))) == "XU" + "DU" * 3


@given(tempo_s=st.floats(0.7, 10), bottom=st.floats(-0.2, 0.55), top=st.floats(0.9, 1.05))
@settings(deadline=None)
def test_neither_tempo_nor_range_matter(tempo_s: float, bottom: float, top: float) -> None:
    assert word(follow(wave(4, tempo_s, top=top, bottom=bottom))) == "XU" + "DU" * 4


def test_people_who_never_straighten_are_followed_in_their_own_range() -> None:
    assert word(follow(wave(1) + wave(5, top=0.78, bottom=0.35))).count("D") == 6


@pytest.mark.parametrize("bottom", [0.72, 0.8])
def test_a_shallow_dip_is_m(bottom: float) -> None:
    assert word(follow(wave(2, bottom=bottom))) == "XUMUMU"


def test_sway_is_nothing() -> None:
    assert word(follow(wave(8, bottom=0.9))) == "XU"


def test_after_deep_reps_a_middling_one_is_a_dip() -> None:
    assert word(follow(wave(3, bottom=0.2) + wave(1, bottom=0.6))) == "XUDUDUDUMU"
    assert word(follow(wave(3, bottom=0.55) + wave(1, bottom=0.6))) == "XUDUDUDUDU"


def test_one_great_travel_does_not_make_the_next_a_dip() -> None:
    assert word(follow(wave(1, bottom=0.1) + wave(2, top=0.8, bottom=0.35))) == "XU" + "DU" * 3


def test_a_twitch_is_no_dip() -> None:
    assert word(follow([1.0] * 20 + [0.8] * 3 + [1.0] * 20)) == "XU"


def test_a_twitch_all_the_way_is_no_rep_and_the_next_one_is() -> None:
    quick, slow = wave(1, 0.7), wave(1, 2.0)
    patient = PhaseTracker(PhaseSettings(dip_s=0.8))
    assert word(follow(quick + slow)) == "XUDUDU"
    assert word(follow(quick + slow, tracker=patient)) == "XUDOUDU"


def test_a_rest_at_the_bottom_is_no_rep_where_nobody_rests_there() -> None:
    down, up = wave(1)[10:40], wave(1)[40:]
    rested = [*wave(1), *down, *[0.4] * round(6 * FPS), *up, *wave(1)]
    brisk = PhaseTracker(PhaseSettings(longest_s=4.0))
    assert word(follow(rested)) == "XUDUDUDU"
    assert word(follow(rested, tracker=brisk)) == "XUDUDOUDU"


def test_one_wild_frame_is_no_down() -> None:
    assert "D" not in word(follow([1.0] * 20 + [0.3] + [1.0] * 20))


def test_a_bounce_at_the_bottom_is_one_rep() -> None:
    down = [1 - 0.06 * k for k in range(11)]
    bounce = [0.4, 0.5, 0.55, 0.5, 0.4, 0.5, 0.55, 0.5, 0.4]
    assert word(follow([1.0] * 10 + down + bounce * 2 + down[::-1] + [1.0] * 10)) == "XUDU"


def test_a_pause_at_the_bottom_is_one_rep() -> None:
    half = wave(1)[10:40]
    assert word(follow([1.0] * 10 + half + [0.4] * 300 + half[::-1] + [1.0] * 10)) == "XUDU"


def out_of_sight(reaches: list[float], begin: int, end: int) -> list[float | None]:
    return [*reaches[:begin], *[None] * (end - begin), *reaches[end:]]


def test_limbs_that_are_lost_at_the_bottom_and_found_at_the_next_made_both_ways() -> None:
    lost = out_of_sight(wave(2), 50, 95)
    runs = follow(lost)
    assert word(runs) == "XUDU", "what nobody saw is not counted"
    assert runs[-1].lowest_s == pytest.approx(100 / FPS, abs=0.05), "it is the one that was seen to return"


def test_a_way_down_that_was_not_seen_is_told_by_the_way_back() -> None:
    two = wave(1, bottom=0.2)[:70] + wave(1, bottom=0.48)[10:]
    assert two[85] - min(two[85:]) < PhaseSettings().full_travel
    runs = follow(out_of_sight(two, 50, 85))
    assert word(runs) == "XUDUDU"
    assert runs[4].opening
    assert runs[5].lowest_s == pytest.approx(100 / FPS, abs=0.05)


@pytest.mark.parametrize("frames", [1, 5, 13])
def test_limbs_out_of_sight_for_a_moment_are_the_same_limbs(frames: int) -> None:
    lost = out_of_sight(wave(2), 40, 40 + frames)
    assert word(follow(lost)) == "XUDUDU"
    assert follow(lost)[3].lowest_s == pytest.approx(40 / FPS, abs=0.05)


def test_limbs_that_are_lost_at_the_bottom_and_found_at_the_top_made_one_rep() -> None:
    assert word(follow(out_of_sight(wave(1), 45, 75))) == "XUDU"


def test_few_frames_a_second_are_not_out_of_sight() -> None:
    slow = PhaseTracker(PhaseSettings())
    runs = [slow.begin(0.0, fresh=True)]
    for time_s, reach in enumerate([1.0, 1.0, 0.4, 0.6, 1.0, 1.0]):
        runs += slow.update(float(time_s), reach)
    assert word(runs) == "XUDU"
    assert runs[-1].lowest_s == 2.0


def test_a_fresh_track_at_the_bottom_opens_with_down() -> None:
    runs = follow([0.42, 0.41, 0.4, 0.4, 0.4, 0.42, 0.45, *[0.5 + 0.04 * k for k in range(14)]])
    assert word(runs) == "XDU"
    assert runs[1].opening


def test_a_fresh_track_on_the_way_up_does_not() -> None:
    assert word(follow([0.45 + 0.05 * k for k in range(12)])) == "XU"


def test_another_posture_does_not_open_with_a_rep() -> None:
    assert word(follow([0.4] * 10 + [0.4 + 0.05 * k for k in range(13)], fresh=False)) == "OU"


def test_lying_long_does_not_open_with_a_rep() -> None:
    assert word(follow([0.4] * 150 + [0.4 + 0.05 * k for k in range(13)])) == "XU"


def test_a_bent_start_that_goes_down_was_up() -> None:
    assert word(follow([0.75 - 0.05 * k for k in range(12)])) == "XUD"


def test_runs_tell_when() -> None:
    runs = follow(wave(1))
    down, up = runs[2], runs[3]
    assert down.start_s == pytest.approx(10 / FPS, abs=0.3)
    assert up.lowest_s == pytest.approx(40 / FPS, abs=0.05)
    assert down.start_s < up.lowest_s < up.start_s < 70 / FPS
    assert up.depth == pytest.approx(1.0)


@given(reaches=st.lists(st.none() | st.floats(-3, 3), max_size=120))
def test_any_signal_gives_alternating_runs_in_order(reaches: list[float | None]) -> None:
    tracker = PhaseTracker(PhaseSettings())
    runs = follow(reaches, tracker=tracker)
    symbols = word(runs)
    assert symbols[0] == "X"
    assert all(a != b or a == "U" for a, b in pairwise(symbols))
    assert symbols.count("O") == symbols.count("DOU")  # too quick for a rep
    assert all(b == "U" for a, b in pairwise(symbols.replace("O", "")) if a in "DM")
    for run in runs:
        assert 0 <= run.depth <= 1
    assert tracker.depth is None or 0 <= tracker.depth <= 1


def test_reach_beyond_the_limb_is_capped() -> None:
    assert word(follow([5.0] * 20 + [TOP_LIMIT - 0.2] * 2 + [5.0] * 20)) == "XU"


def test_phase_and_depth_follow() -> None:
    tracker = PhaseTracker(PhaseSettings())
    assert (tracker.phase, tracker.depth) == ("unknown", None)
    follow([1.0] * 5, tracker=tracker)
    assert (tracker.phase, tracker.depth) == ("up", 0.0)
    tracker.update(0.3, 0.8)
    assert tracker.phase == "between"
    tracker.update(0.4, 0.3)
    tracker.update(0.5, 0.3)
    assert (tracker.phase, tracker.depth) == ("down", 1.0)


def test_a_new_track_forgets_the_range_another_posture_does_not() -> None:
    tracker = PhaseTracker(PhaseSettings())
    follow(wave(3, bottom=0.1), tracker=tracker)
    for fresh, expected in ((False, "OUMU"), (True, "XUDU")):
        assert word(follow(wave(1, bottom=0.55), fresh=fresh, tracker=tracker)) == expected


@given(begin_s=st.floats(0, 1e6), tempo_s=st.floats(0.8, 6), bottom=st.floats(0.0, 0.55))
@settings(max_examples=30)
def test_only_differences_of_time_matter(begin_s: float, tempo_s: float, bottom: float) -> None:
    tracker = PhaseTracker(PhaseSettings())
    runs = [tracker.begin(begin_s, fresh=True)]
    for frame, reach in enumerate(wave(3, tempo_s, bottom=bottom)):
        runs += tracker.update(begin_s + frame / FPS, reach)
    assert word(runs) == "XU" + "DU" * 3
    assert all(begin_s <= run.start_s <= begin_s + 2 + 3 * tempo_s for run in runs)


@given(st.lists(st.none() | st.floats(0, 1.2), min_size=1, max_size=200))
def test_runs_of_any_signal_lie_in_its_time_and_touch_in_order(reaches: list[float | None]) -> None:
    runs = follow(reaches)
    for run in runs:
        assert 0 <= run.lowest_s <= len(reaches) / FPS
    for down, up in pairwise(runs[1:]):
        if down.symbol in "DM":
            assert down.start_s <= up.lowest_s <= up.start_s


@given(st.lists(st.none() | st.floats(0, 1.1), max_size=120), st.lists(st.floats(0, 1.1), max_size=120))
@settings(max_examples=50)
def test_a_fresh_track_is_as_if_nothing_had_been_before(
    before: list[float | None], after: list[float]
) -> None:
    tracker = PhaseTracker(PhaseSettings())
    follow(before, tracker=tracker)
    assert follow(after, tracker=tracker) == follow(after)
