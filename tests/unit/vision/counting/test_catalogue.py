"""The other exercises on the stick figure: many sides, many tempos, and what they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.counter import StationCounter
from vision.counting.exercises import catalogue
from vision.counting.reps import Rep, together
from vision.keypoints import Joint, Pose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ADDED = ("lunge", "curl", "jumping_jack", "situp", "pullup")
YAWS = {
    "lunge": range(0, 360, 45),
    "curl": range(0, 360, 45),
    "jumping_jack": (0, 45, 135, 180, 225, 315),
    "situp": range(0, 360, 45),
    "pullup": range(0, 360, 45),
}
"""From the side, feet that go apart stay where they are: jumping jacks are filmed from the front or back."""
SEEN_FROM = [(move, yaw) for move in ADDED for yaw in YAWS[move]]
OTHERS = ("squat", "pushup", "climber", "raise", "reach", "overhead", "walk", "bench", "cobra", "pulldown")
MIRROR = [
    Joint[j.name.replace("LEFT", "right").replace("RIGHT", "left").upper()] if "_" in j.name else j
    for j in Joint
]


def count(frames: Iterable[tuple[float, Pose | None]], *exercises: str) -> list[Rep]:
    counter = StationCounter(exercises)
    return [rep for time_s, pose in frames for rep in counter.update(time_s, pose)]


def full(reps: Iterable[Rep]) -> int:
    return sum(not rep.partial for rep in reps)


def ahead(film: Any, move: str) -> Any:
    return film.but(move=move, camera_yaw_degrees=90.0 if move == "situp" else 35.0)


def mirrored(film: Any) -> Iterator[tuple[float, Pose]]:
    for time_s, pose in film:
        points = pose.points[MIRROR].copy()
        points[:, 0] = 1280 - points[:, 0]
        yield time_s, Pose(points, pose.score)


def in_turn(film: Any, moves: Iterable[str]) -> Iterator[tuple[float, Pose]]:
    start_s = 0.0
    for move in moves:
        part = film.but(move=move, reps=1, start_s=start_s, rest_s=0.2)
        yield from part
        start_s += part.tempo_s + 2 * part.rest_s


@pytest.mark.parametrize(("move", "yaw_degrees"), SEEN_FROM)
def test_counts_from_many_sides(film: Any, move: str, yaw_degrees: int) -> None:
    seen = film.but(move=move, camera_yaw_degrees=yaw_degrees)
    assert [full(count(each, move)) for each in (seen, mirrored(seen))] == [4, 4]


@pytest.mark.parametrize("height", [0.3, 1.2, 2.0, 2.6])
@pytest.mark.parametrize("move", ADDED)
def test_counts_from_floor_and_wall(film: Any, move: str, height: float) -> None:
    assert full(count(ahead(film, move).but(camera_height=height), move)) == 4


@pytest.mark.parametrize("fps", [15.0, 30.0])
@pytest.mark.parametrize("tempo_s", [0.8, 1.5, 3.0, 5.0])
@pytest.mark.parametrize("move", ADDED)
def test_tempo_and_frame_rate_do_not_matter(film: Any, move: str, tempo_s: float, fps: float) -> None:
    assert full(count(ahead(film, move).but(tempo_s=tempo_s, fps=fps), move)) == 4


def test_a_torso_that_is_up_and_down_in_half_a_second_is_no_situp(film: Any) -> None:
    assert not count(ahead(film, "situp").but(tempo_s=0.5, reps=1), "situp")


@pytest.mark.parametrize("move", ADDED)
def test_noise_does_not_invent_or_lose_reps(film: Any, move: str) -> None:
    assert full(count(ahead(film, move).but(camera_noise_px=5.0, reps=6), move)) == 6


@pytest.mark.parametrize(("move", "depth"), [("lunge", 0.6), ("curl", 0.5), ("situp", 0.35), ("pullup", 0.5)])
def test_half_a_rep_is_partial(film: Any, move: str, depth: float) -> None:
    reps = count(ahead(film, move).but(depth=depth), move)
    assert (full(reps), len(reps)) == (0, 4)


def test_arms_raised_only_level_are_no_jumping_jacks(film: Any) -> None:
    assert not count(ahead(film, "jumping_jack").but(depth=0.5), "jumping_jack")


@pytest.mark.parametrize("yaw_degrees", [0, 110, 250])
@pytest.mark.parametrize("move", OTHERS)
@pytest.mark.parametrize("asked", ADDED)
def test_other_movements_are_not_counted(film: Any, asked: str, move: str, yaw_degrees: int) -> None:
    assert full(count(film.but(move=move, camera_yaw_degrees=yaw_degrees), asked)) == 0


@pytest.mark.parametrize("yaw_degrees", [0, 60, 180, 250])
@pytest.mark.parametrize("move", ADDED)
def test_offered_with_all_others_each_is_counted_as_what_it_is(
    film: Any, move: str, yaw_degrees: int
) -> None:
    reps = count(film.but(move=move, camera_yaw_degrees=yaw_degrees), *catalogue())
    assert {rep.exercise for rep in reps if not rep.partial} <= {move}


@pytest.mark.parametrize("yaw_degrees", [20, 60, 90, 150])
def test_lunges_count_whichever_leg_is_in_front(film: Any, yaw_degrees: int) -> None:
    seen = film.but(camera_yaw_degrees=yaw_degrees)
    assert full(count(seen.but(move="lunge_right"), "lunge")) == 4
    assert full(count(seen.but(move="step"), "lunge")) == 4


@pytest.mark.parametrize("tempo_s", [1.0, 2.0, 4.0])
def test_arms_that_take_turns_count_each(film: Any, tempo_s: float) -> None:
    slow = film.but(tempo_s=tempo_s)
    right = [(time_s, pose) for time_s, pose in mirrored(slow.but(move="curl_left", camera_yaw_degrees=0))]
    assert full(count(right, "curl")) == 4
    assert full(count(in_turn(slow, ["curl_left"] * 3), "curl")) == 3


def test_both_arms_in_step_or_a_little_late_count_once(film: Any) -> None:
    lead = list(film.but(move="curl", camera_yaw_degrees=30))
    late = [lead[max(0, index - 8)][1].points for index in range(len(lead))]
    for frames in (
        lead,
        [(t, _with_right_arm(pose, points)) for (t, pose), points in zip(lead, late, strict=True)],
    ):
        assert full(count(frames, "curl")) == 4


def test_arms_half_a_rep_apart_count_each(film: Any) -> None:
    lead = list(film.but(move="curl", camera_yaw_degrees=30, rest_s=1.5))
    late = [lead[max(0, index - 25)][1].points for index in range(len(lead))]
    frames = [(t, _with_right_arm(pose, points)) for (t, pose), points in zip(lead, late, strict=True)]
    assert full(count(frames, "curl")) == 8


def _with_right_arm(pose: Pose, points: Any) -> Pose:
    mixed = pose.points.copy()
    mixed[[Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST]] = points[[Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST]]
    return Pose(mixed, pose.score)


@pytest.mark.parametrize("move", ADDED)
def test_status_names_the_exercise_and_follows_it(film: Any, move: str) -> None:
    counter = StationCounter([move])
    depths = []
    for time_s, pose in ahead(film, move):
        counter.update(time_s, pose)
        depths.append(counter.status.depth or 0.0)
    assert counter.status.exercise == move
    assert min(depths) < 0.1
    assert max(depths) > 0.9
    counter.reset_track()
    assert counter.status.exercise is None


def test_a_curl_with_lifted_elbows_or_a_foot_in_the_air_is_none(film: Any) -> None:
    curls = list(film.but(move="curl", camera_yaw_degrees=60))
    for joint, lift_px in ((Joint.LEFT_ELBOW, 70), (Joint.LEFT_ANKLE, 120)):
        frames = []
        for time_s, pose in curls:
            points = pose.points.copy()
            points[[joint, joint + 1], 1] -= lift_px * (1 if time_s % 2 > 0.9 else 0)
            frames.append((time_s, Pose(points, pose.score)))
        assert full(count(frames, "curl")) == 0


def reps_at(start_s: float, down_s: float, up_s: float) -> Rep:
    return Rep("curl", start_s, start_s + down_s, start_s + down_s + up_s, 1.0, partial=False)


REPS = st.builds(reps_at, st.floats(0, 10), st.floats(0, 3), st.floats(0, 3))


@given(one=REPS, other=REPS)
def test_together_is_mutual(one: Rep, other: Rep) -> None:
    assert together(one, one)
    assert together(one, other) == together(other, one)
    assert not together(one, reps_at(20.0, 1.0, 1.0))


@settings(max_examples=12)
@given(st.sampled_from(ADDED), st.integers(0, 2**16), st.floats(0.0, 0.3))
def test_dropped_frames_do_not_change_the_count(film: Any, move: str, seed: int, drop: float) -> None:
    random = np.random.default_rng(seed)
    frames = [(t, None if random.random() < drop else pose) for t, pose in ahead(film, move)]
    assert full(count(frames, move)) == 4
