from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.counter import CountingSettings, StationCounter
from vision.counting.exercises import UnknownExerciseError
from vision.counting.form import FormLimits
from vision.keypoints import Joint, Pose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vision.counting.reps import Rep

COUNTED = ("pushup", "squat")


def count(frames: Iterable[tuple[float, Pose | None]], *exercises: str) -> list[Rep]:
    counter = StationCounter(exercises)
    return [rep for time_s, pose in frames for rep in counter.update(time_s, pose)]


def full(reps: Iterable[Rep]) -> int:
    return sum(not rep.partial for rep in reps)


@pytest.mark.parametrize("yaw_degrees", range(0, 360, 30))
@pytest.mark.parametrize("move", COUNTED)
def test_counts_from_every_side(film: Any, move: str, yaw_degrees: int) -> None:
    reps = count(film.but(move=move, camera_yaw_degrees=yaw_degrees), move)
    assert (full(reps), len(reps)) == (4, 4)


@pytest.mark.parametrize("height", [0.3, 1.2, 2.0, 2.6])
@pytest.mark.parametrize("move", COUNTED)
def test_counts_from_floor_and_wall(film: Any, move: str, height: float) -> None:
    assert full(count(film.but(move=move, camera_height=height), move)) == 4


@pytest.mark.parametrize("tempo_s", [0.7, 1.0, 2.0, 4.0, 8.0])
@pytest.mark.parametrize("fps", [10.0, 25.0, 60.0])
@pytest.mark.parametrize("move", COUNTED)
def test_tempo_and_frame_rate_do_not_matter(film: Any, move: str, fps: float, tempo_s: float) -> None:
    assert full(count(film.but(move=move, fps=fps, tempo_s=tempo_s), move)) == 4


@pytest.mark.parametrize("move", COUNTED)
def test_five_frames_a_second_are_enough_for_ordinary_reps(film: Any, move: str) -> None:
    assert full(count(film.but(move=move, fps=5.0, tempo_s=1.9), move)) == 4


@pytest.mark.parametrize("move", COUNTED)
def test_noise_does_not_invent_or_lose_reps(film: Any, move: str) -> None:
    noisy = film.but(move=move, camera_noise_px=6.0, reps=6)
    assert full(count(noisy, move)) == 6


@pytest.mark.parametrize("move", COUNTED)
@pytest.mark.parametrize("side", ["LEFT", "RIGHT"])
def test_one_side_hidden(film: Any, move: str, side: str) -> None:
    hidden = tuple(joint for joint in Joint if joint.name.startswith(side))
    assert full(count(film.but(move=move, camera_unseen=hidden), move)) == 4


def test_squats_with_the_feet_out_of_the_frame(film: Any) -> None:
    feet = (Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE)
    assert full(count(film.but(move="squat", camera_unseen=feet), "squat")) == 4


def test_squats_with_the_head_and_arms_out_of_the_frame(film: Any) -> None:
    upper = tuple(joint for joint in Joint if joint < Joint.LEFT_HIP)
    assert full(count(film.but(move="squat", camera_unseen=upper), "squat")) == 4


@given(drop=st.floats(0, 0.5), seed=st.integers(0, 1000))
@settings(max_examples=15)
def test_dropped_frames_do_not_change_the_count(film: Any, drop: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    frames = [frame for frame in film if random.random() >= drop]
    assert full(count(frames, "pushup")) == 4


@pytest.mark.parametrize(
    ("move", "asked"),
    [
        ("curl", "pushup"), ("curl", "squat"), ("climber", "pushup"), ("climber", "squat"),
        ("pushup", "squat"), ("squat", "pushup"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("yaw_degrees", [0, 45, 90, 135, 180])
def test_another_exercise_is_not_counted(film: Any, move: str, asked: str, yaw_degrees: int) -> None:
    assert full(count(film.but(move=move, camera_yaw_degrees=yaw_degrees), asked)) == 0


def test_either_exercise_is_counted_as_what_it_is(film: Any) -> None:
    second = film.but(move="squat", start_s=20.0, reps=3)
    reps = count(chain(film, second), *COUNTED)
    assert [rep.exercise for rep in reps] == ["pushup"] * 4 + ["squat"] * 3


@pytest.mark.parametrize(("move", "depth"), [("pushup", 0.4), ("squat", 0.45)])
def test_shallow_dips_are_partial(film: Any, move: str, depth: float) -> None:
    reps = count(film.but(move=move, depth=depth), move)
    assert [rep.partial for rep in reps] == [True] * 4


def test_knees_below_the_limit_make_a_shallow_squat_a_full_one(film: Any) -> None:
    shallow = film.but(move="squat", depth=0.55, camera_yaw_degrees=90.0)  # knees at 114 degrees
    assert [rep.partial for rep in count(shallow, "squat")] == [False] * 4
    stricter = StationCounter(["squat"], CountingSettings(form=FormLimits(deep_enough_degrees=100.0)))
    reps = [rep for time_s, pose in shallow for rep in stricter.update(time_s, pose)]
    assert [rep.partial for rep in reps] == [True] * 4


@pytest.mark.parametrize(("tempo_s", "partial"), [(0.8, True), (2.0, False)])
def test_a_shallow_squat_that_bounces_is_a_shallow_one(film: Any, tempo_s: float, *, partial: bool) -> None:
    knees_at_114 = film.but(move="squat", depth=0.55, camera_yaw_degrees=90.0, tempo_s=tempo_s)
    assert [rep.partial for rep in count(knees_at_114, "squat")] == [partial] * 4
    as_quick = film.but(move="squat", camera_yaw_degrees=90.0, tempo_s=tempo_s)
    assert [rep.partial for rep in count(as_quick, "squat")] == [False] * 4


@pytest.mark.parametrize("yaw_degrees", [60, 90, 300])
def test_a_straight_body_leaning_on_a_high_bar_does_pushups_and_no_squats(
    film: Any, yaw_degrees: int
) -> None:
    seen = film.but(move="leaning_pushup", camera_yaw_degrees=yaw_degrees)
    assert [(rep.exercise, rep.partial) for rep in count(seen, *COUNTED)] == [("pushup", False)] * 4


def test_a_shallow_rep_after_deep_ones_is_partial(film: Any) -> None:
    deep = film.but(reps=4)
    shallow = film.but(reps=1, depth=0.5, start_s=9.24)
    assert [rep.partial for rep in count(chain(deep, shallow), "pushup")] == [False] * 4 + [True]


@pytest.mark.parametrize("move", COUNTED)
def test_standing_still_counts_nothing(film: Any, move: str) -> None:
    assert count(film.but(move=move, depth=0.0, camera_noise_px=5.0, reps=10), move) == []


def test_rep_times_are_in_order_and_true(film: Any) -> None:
    reps = count(film, "pushup")
    assert [rep.turned_s for rep in reps] == pytest.approx([1.6, 3.6, 5.6, 7.6], abs=0.15)
    for rep in reps:
        assert rep.started_s < rep.turned_s < rep.ended_s
        assert 0.9 <= rep.depth <= 1.0
    for rep, following in pairwise(reps):
        assert rep.ended_s <= following.started_s


def test_a_film_that_begins_at_the_bottom_counts_that_rep(film: Any) -> None:
    frames = [(time_s, pose) for time_s, pose in film if time_s >= 1.45]
    assert full(count(frames, "pushup")) == 4


def test_a_film_that_begins_on_the_way_up_does_not(film: Any) -> None:
    frames = [(time_s, pose) for time_s, pose in film if time_s >= 2.0]
    assert full(count(frames, "pushup")) == 3


def test_a_film_that_ends_at_the_bottom_does_not_count_it(film: Any) -> None:
    frames = [(time_s, pose) for time_s, pose in film if time_s <= 7.6]
    assert full(count(frames, "pushup")) == 3


def test_a_long_rest_on_the_floor_is_not_a_rep(film: Any) -> None:
    bottom = next(pose for time_s, pose in film if time_s >= 1.6)
    resting = [(frame / 25, bottom) for frame in range(250)]
    rising = [(10 + time_s - 1.6, pose) for time_s, pose in film if 1.6 <= time_s <= 2.6]
    assert count([*resting, *rising], "pushup") == []


def test_a_cut_resets_the_pattern_and_keeps_the_range_of_nobody(film: Any) -> None:
    before = [(time_s, pose) for time_s, pose in film if time_s <= 3.4]
    after = film.but(camera_shift_px=500.0, start_s=3.44)
    assert full(count(chain(before, after), "pushup")) == 5


def test_a_body_of_another_size_in_one_frame_is_a_slip(film: Any) -> None:
    """Near enough to the size of the frame before it to follow, but not to that of those after it."""
    frames = []
    for number, (time_s, pose) in enumerate(film.but(fps=10.0)):
        points, middle = pose.points.copy(), pose.points[:, :2].mean(axis=0)
        if number % 7 == 6:
            points[:, :2] = middle + (points[:, :2] - middle) / np.float32(1.55)
        elif number % 7 < 3:
            points[:, :2] = middle + (points[:, :2] - middle) * np.float32(1.1)
        frames.append((time_s, Pose(points, pose.score)))
    assert full(count(frames, "pushup")) == 4


def test_a_lost_person_resets_the_pattern_without_losing_the_count(film: Any) -> None:
    frames = [(time_s, None if 3.4 < time_s < 8.0 else pose) for time_s, pose in film.but(reps=6)]
    reps = count(frames, "pushup")
    assert [round(rep.turned_s, 1) for rep in reps] == pytest.approx([1.6, 9.6, 11.6], abs=0.15)


def test_a_short_loss_does_not(film: Any) -> None:
    frames = [(time_s, None if 3.0 < time_s < 3.6 else pose) for time_s, pose in film]
    assert full(count(frames, "pushup")) == 4


def low_then_lost(film: Any, at_s: float, low_s: float) -> list[tuple[float, Pose | None]]:
    """Somebody seen at the bottom for a while, lost for a frame, and seen again on the way up."""
    bottom = next(pose for time_s, pose in film if time_s >= 1.6)
    low = [(at_s + frame / 25, bottom) for frame in range(round(low_s * 25))]
    rising = [(at_s + low_s + 0.08 + time_s - 1.8, pose) for time_s, pose in film if time_s >= 1.8]
    return [*low, (at_s + low_s + 0.04, None), *rising]


@pytest.mark.parametrize(("low_s", "counted"), [(0.4, 3), (0.6, 4)])
def test_what_was_seen_of_somebody_who_is_lost_as_soon_as_found_was_a_guess(
    film: Any, low_s: float, counted: int
) -> None:
    assert full(count(low_then_lost(film, 0.0, low_s), "pushup")) == counted


def test_whoever_comes_after_an_absence_is_found_anew(film: Any) -> None:
    before = [(0.0, next(iter(film))[1]), (5.0, None)]
    assert full(count([*before, *low_then_lost(film, 10.0, 0.4)], "pushup")) == 3
    assert full(count([*before, *low_then_lost(film, 10.0, 0.6)], "pushup")) == 4


def test_who_flickers_from_the_beginning_is_counted_all_the_same(film: Any) -> None:
    frames = [(time_s, None if number % 4 == 3 else pose) for number, (time_s, pose) in enumerate(film)]
    assert full(count(frames, "pushup")) == 4


def test_reset_track_forgets_the_half_done_rep(film: Any) -> None:
    counter = StationCounter(["pushup"])
    done = []
    for time_s, pose in film:
        if abs(time_s - 3.8) < 0.01:
            counter.reset_track()
        done += counter.update(time_s, pose)
    assert full(done) == 3


def test_status_follows_the_movement(film: Any) -> None:
    counter = StationCounter(COUNTED)
    assert counter.status.phase == "unknown"
    seen = {}
    for time_s, pose in film:
        counter.update(time_s, pose)
        seen[round(time_s, 2)] = counter.status
    assert (seen[0.6].phase, seen[1.6].phase, seen[2.6].phase) == ("up", "down", "up")
    assert seen[1.6].exercise == "pushup"
    assert seen[1.6].depth == pytest.approx(1.0, abs=0.1)
    assert seen[2.6].depth == pytest.approx(0.0, abs=0.1)


def test_status_is_unknown_once_nobody_is_there(film: Any) -> None:
    counter = StationCounter(["pushup"])
    for time_s, pose in film:
        counter.update(time_s, pose)
    assert counter.status.exercise == "pushup"
    counter.update(20.0, None)
    afterwards = counter.status
    assert afterwards.exercise is None
    assert afterwards.depth is None


def test_a_pose_below_the_least_score_is_nobody(film: Any) -> None:
    counter = StationCounter(["pushup"], CountingSettings(min_score=0.95))
    assert [rep for time_s, pose in film for rep in counter.update(time_s, pose)] == []


@given(
    points=st.lists(
        st.tuples(st.floats(-2000, 4000), st.floats(-2000, 4000), st.floats(0, 1)), min_size=17, max_size=17
    ),
    gap_s=st.floats(0, 3),
)
@settings(max_examples=60, deadline=None)
def test_any_pose_is_survived(points: list[tuple[float, float, float]], gap_s: float) -> None:
    counter = StationCounter(COUNTED)
    pose = Pose(np.array(points, dtype=np.float32), 0.9)
    flat = Pose(np.zeros((17, 3), dtype=np.float32), 0.9)
    for step, one in enumerate((pose, flat, pose, pose)):
        counter.update(step * gap_s, one)
    depth = counter.status.depth
    assert depth is None or 0 <= depth <= 1


def test_an_exercise_that_cannot_be_counted_is_refused_at_once() -> None:
    with pytest.raises(UnknownExerciseError, match="unknown exercise 'burpee'"):
        StationCounter(["pushup", "burpee"])
