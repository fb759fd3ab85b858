"""What must not change the count, and what must never happen whatever comes in."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.counter import StationCounter
from vision.keypoints import Joint, Pose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vision.counting.reps import Rep

COUNTED = ("pushup", "squat")
BOTH = pytest.mark.parametrize("move", COUNTED)
MIRROR = [0, *(joint + 1 if joint % 2 else joint - 1 for joint in range(1, 17))]
Frames = list[tuple[float, Pose | None]]


def count(frames: Iterable[tuple[float, Pose | None]], *exercises: str) -> list[Rep]:
    counter = StationCounter(exercises)
    return [rep for time_s, pose in frames for rep in counter.update(time_s, pose)]


def full(reps: Iterable[Rep]) -> int:
    return sum(not rep.partial for rep in reps)


def changed(film: Any, change: Callable[[Any], Any]) -> Frames:
    """The film with every frame's points (a copy of them) put through this."""
    return [(time_s, Pose(change(pose.points.copy()), pose.score)) for time_s, pose in film]


def mirrored(points: Any) -> Any:
    points[:, 0] = 1280 - points[:, 0]
    return points[MIRROR]


# The same movement


@BOTH
@pytest.mark.parametrize("yaw_degrees", [20, 100, 290])
def test_a_mirrored_person_does_the_same_reps(film: Any, move: str, yaw_degrees: int) -> None:
    seen = film.but(move=move, camera_yaw_degrees=yaw_degrees, camera_noise_px=2.0)
    plain, mirror = count(seen, *COUNTED), count(changed(seen, mirrored), *COUNTED)
    assert full(plain) == 4
    for a, b in zip(plain, mirror, strict=True):
        assert (b.exercise, b.partial) == (a.exercise, a.partial)
        assert (b.started_s, b.turned_s, b.ended_s) == pytest.approx(
            (a.started_s, a.turned_s, a.ended_s), abs=0.05
        )


@BOTH
@given(scale=st.floats(0.15, 4), x=st.floats(-500, 3000), y=st.floats(-500, 3000))
@settings(max_examples=10)
def test_neither_resolution_nor_place_in_the_frame_matter(
    film: Any, move: str, scale: float, x: float, y: float
) -> None:
    def move_and_scale(points: Any) -> Any:
        points[:, :2] = points[:, :2] * scale + [x, y]
        return points

    seen = film.but(move=move, fps=15.0)
    expected = [(rep.turned_s, rep.partial) for rep in count(seen, move)]
    assert len(expected) == 4
    assert [(rep.turned_s, rep.partial) for rep in count(changed(seen, move_and_scale), move)] == expected


@BOTH
def test_the_frame_rate_moves_no_rep(film: Any, move: str) -> None:
    for fps in (5.0, 10.0, 15.0, 30.0, 60.0):
        reps = count(film.but(move=move, fps=fps, tempo_s=2.4), move)
        assert [rep.turned_s for rep in reps] == pytest.approx([1.8, 4.2, 6.6, 9.0], abs=0.25), fps


@BOTH
@given(times=st.lists(st.floats(0.016, 0.2), min_size=60, max_size=60), begin_s=st.floats(0, 1e6))
@settings(max_examples=10)
def test_an_uneven_rate_and_a_late_clock_do_not_matter(
    film: Any, move: str, times: list[float], begin_s: float
) -> None:
    seen = list(film.but(move=move, fps=60.0))
    wanted_s, frames = 0.0, []
    steps = iter(times * 20)
    for time_s, pose in seen:
        if time_s >= wanted_s:
            frames.append((begin_s + time_s, pose))
            wanted_s = time_s + next(steps)
    assert full(count(frames, move)) == 4


@BOTH
@given(seed=st.integers(0, 10_000), share=st.floats(0, 0.1))
@settings(max_examples=6)
def test_joints_that_drop_out_now_and_then_do_not_matter(
    film: Any, move: str, seed: int, share: float
) -> None:
    random = np.random.default_rng(seed)

    def drop_out(points: Any) -> Any:
        lost = random.random(17) < share
        points[lost, 2] = 0.02
        points[lost, :2] += random.normal(0, 40, (int(lost.sum()), 2))
        return points

    assert full(count(changed(film.but(move=move), drop_out), move)) == 4


@BOTH
@given(seed=st.integers(0, 10_000), side=st.sampled_from(["LEFT", "RIGHT"]))
@settings(max_examples=10)
def test_where_a_hidden_side_is_guessed_to_be_does_not_matter(
    film: Any, move: str, seed: int, side: str
) -> None:
    random = np.random.default_rng(seed)
    hidden = [joint for joint in Joint if joint.name.startswith(side)]

    def guess(points: Any) -> Any:
        points[hidden] = np.column_stack(
            [random.uniform(0, 1200, (len(hidden), 2)), np.full(len(hidden), 0.05)]
        )
        return points

    assert full(count(changed(film.but(move=move), guess), move)) == 4


# Cuts, losses and clocks


@BOTH
@pytest.mark.parametrize("tempo_s", [1.0, 2.0, 6.0])
def test_a_cut_anywhere_loses_at_most_one_rep_and_never_doubles_one(
    film: Any, move: str, tempo_s: float
) -> None:
    seen = film.but(move=move, reps=2, tempo_s=tempo_s, fps=12.0)
    here, there = list(seen), list(seen.but(camera_shift_px=500.0))
    for at in range(1, len(here), max(1, round(tempo_s))):
        assert full(count(here[:at] + there[at:], move)) in {1, 2}, here[at][0]


@BOTH
@given(first_s=st.floats(0, 8), length_s=st.floats(0, 3))
@settings(max_examples=20)
def test_a_person_lost_in_mid_rep_is_never_counted_twice(
    film: Any, move: str, first_s: float, length_s: float
) -> None:
    seen = film.but(move=move, fps=12.0)
    frames = [(t, None if first_s <= t < first_s + length_s else pose) for t, pose in seen]
    reps = count(frames, move)
    assert full(reps) <= 4
    assert full(reps) >= 4 - 2 - length_s / 2
    assert all(a.turned_s < b.turned_s for a, b in pairwise(reps))


@BOTH
def test_two_cuts_in_a_row_count_no_more_than_was_done(film: Any, move: str) -> None:
    frames = []
    for time_s, pose in film.but(move=move, reps=3):
        points = pose.points.copy()
        points[:, 0] += 500 * (3.2 <= time_s < 3.28) + 900 * (time_s >= 3.28)
        frames.append((time_s, Pose(points, pose.score)))
    reps = count(frames, move)
    assert full(reps) in {2, 3}
    assert reps[0].turned_s == pytest.approx(1.6, abs=0.15)
    assert reps[-1].turned_s == pytest.approx(5.6, abs=0.15)


def test_a_cut_at_every_frame_counts_nothing(film: Any) -> None:
    frames = []
    for number, (time_s, pose) in enumerate(film):
        points = pose.points.copy()
        points[:, 0] += 600 * number
        frames.append((time_s, Pose(points, pose.score)))
    assert count(frames, *COUNTED) == []


@given(at=st.lists(st.integers(2, 115), max_size=8, unique=True))
@settings(max_examples=8)
def test_a_body_elsewhere_for_a_single_frame_is_a_slip(film: Any, at: list[int]) -> None:
    slips = {one for one in at if not {one - 1, one - 2} & set(at)}
    frames = []
    for number, (time_s, pose) in enumerate(film.but(fps=12.5)):
        points = pose.points.copy()
        points[:, 0] += 600 * (number in slips)
        frames.append((time_s, Pose(points, pose.score)))
    assert full(count(frames, "pushup")) == 4


@BOTH
def test_a_clock_set_back_begins_anew_and_goes_on_counting(film: Any, move: str) -> None:
    reps = count(chain(film.but(move=move, start_s=100.0, reps=2), film.but(move=move, reps=3)), move)
    assert [rep.turned_s for rep in reps] == pytest.approx([101.6, 103.6, 1.6, 3.6, 5.6], abs=0.15)


@BOTH
def test_a_clock_that_stands_still_counts_nothing(film: Any, move: str) -> None:
    assert count([(3.0, pose) for _, pose in film.but(move=move)], *COUNTED) == []


@BOTH
def test_frames_that_come_twice_are_counted_once(film: Any, move: str) -> None:
    twice = [frame for frame in film.but(move=move) for _ in range(2)]
    reps, once = count(twice, move), count(film.but(move=move), move)
    assert [replace(rep, form=None) for rep in reps] == [replace(rep, form=None) for rep in once]


@BOTH
def test_reset_keeps_nothing_of_the_past(film: Any, move: str) -> None:
    used, fresh = StationCounter(COUNTED), StationCounter(COUNTED)
    for time_s, pose in film.but(move="squat", camera_distance=2.6, reps=3):
        if time_s < 5.5:  # in mid-rep
            used.update(time_s, pose)
    used.reset_track()
    for time_s, pose in film.but(move=move, start_s=5.52, depth=0.8):
        assert used.update(time_s, pose) == fresh.update(time_s, pose)
        assert used.status == fresh.status


# Several exercises


@given(
    bouts=st.lists(
        st.tuples(
            st.sampled_from(["pushup", "squat", "curl", "climber"]), st.integers(1, 3), st.floats(1.2, 3)
        ),
        min_size=1,
        max_size=3,
    )
)
@settings(max_examples=15)
def test_no_movement_is_counted_as_two_exercises(film: Any, bouts: list[tuple[str, int, float]]) -> None:
    frames: Frames = []
    for move, reps, tempo_s in bouts:
        start_s = frames[-1][0] + 2.0 if frames else 0.0
        frames += film.but(move=move, reps=reps, tempo_s=tempo_s, start_s=start_s, fps=12.0)
    done = count(frames, *COUNTED)
    for name in COUNTED:
        assert full(rep for rep in done if rep.exercise == name) == sum(
            n for move, n, _ in bouts if move == name
        )
    for a, b in pairwise(sorted(done, key=lambda rep: rep.started_s)):
        assert a.ended_s <= b.started_s


@BOTH
def test_asking_for_more_exercises_does_not_change_the_one(film: Any, move: str) -> None:
    seen = film.but(move=move, camera_noise_px=4.0)
    assert count(seen, move) == count(seen, *COUNTED) == count(seen, *reversed(COUNTED))


def test_an_exercise_named_twice_is_counted_once(film: Any) -> None:
    assert full(count(film, "pushup", "squat", "pushup")) == 4


def test_nothing_to_count_counts_nothing(film: Any) -> None:
    assert count(film) == []


# Whatever comes in


@BOTH
@given(
    wrong=st.sampled_from([float("nan"), float("inf"), float("-inf"), 3e38]),
    every=st.integers(2, 9),
    place=st.integers(0, 50),
)
@settings(max_examples=5)
def test_numbers_that_are_none_are_like_a_frame_without_a_person(
    film: Any, move: str, wrong: float, every: int, place: int
) -> None:
    frames: Frames = []
    for number, (time_s, pose) in enumerate(film.but(move=move)):
        points = pose.points.copy()
        if number % every == 0:
            points.reshape(-1)[place] = wrong
        frames.append((time_s, Pose(points, pose.score)))
    without = [(t, None if n % every == 0 else pose) for n, (t, pose) in enumerate(film.but(move=move))]
    assert count(frames, move) == count(without, move)
    assert full(count(frames, move)) == 4


def test_a_score_that_is_no_number_is_nobody(film: Any) -> None:
    assert count([(t, Pose(pose.points, float("nan"))) for t, pose in film], *COUNTED) == []


@given(
    seed=st.integers(0, 100_000),
    steps=st.lists(st.sampled_from([0.0, 0.03, 0.1, 0.4, 1.5, -0.2]), min_size=5, max_size=80),
)
@settings(max_examples=15)
def test_reps_of_any_stream_are_inside_it_and_in_order(film: Any, seed: int, steps: list[float]) -> None:
    random = np.random.default_rng(seed)
    scenes = [
        list(film.but(move=move, camera_yaw_degrees=yaw)) for move, yaw in (("pushup", 90), ("squat", 30))
    ]
    counter, time_s, seen_s = StationCounter(COUNTED), 10.0, [10.0]
    for step in steps * 3:
        time_s += step
        seen_s.append(time_s)
        scene = scenes[random.random() < 0.3]
        pose = scene[int(random.integers(len(scene)))][1] if random.random() < 0.95 else None
        for rep in counter.update(time_s, pose):
            assert min(seen_s) <= rep.started_s <= rep.turned_s <= rep.ended_s <= max(seen_s)
            assert 0 <= rep.depth <= 1
        depth = counter.status.depth
        assert depth is None or 0 <= depth <= 1
