"""Who is taken for the person at a station, on bodies made up of sticks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.geometry import body_scale
from vision.keypoints import Pose
from vision.processes.occupant import Occupant
from vision.processes.zone import centre

if TYPE_CHECKING:
    from vision.processes.messages import Zone

WIDTH, HEIGHT, FPS = 1280, 720, 12.5
LEFT_HALF: Zone = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def at(pose: Pose, x: float, *, size: float = 1.0) -> Pose:
    """The same body with its hips in this column."""
    points = pose.points.copy()
    hips = np.array(centre(pose))
    points[:, :2] = (points[:, :2] - hips) * size + (x, hips[1])
    return Pose(points, pose.score)


class Scene:
    """An occupant and what they are shown, frame by frame."""

    def __init__(self, zone: Zone = (), *neighbours: Occupant) -> None:
        self.occupant = Occupant(zone)
        self.neighbours = neighbours
        self.time_s = 10.0
        self.taken_back = 0

    def see(self, *people: Pose) -> Pose | None:
        """One more frame with these people, found in this order, or first who is at the home asked for."""
        self.time_s += 1 / FPS
        sought = self.occupant.sought(self.time_s, WIDTH, HEIGHT, self.neighbours)
        home = sought.home
        if home is not None:
            people = tuple(sorted(people, key=lambda pose: math.dist(centre(pose), centre(home))))
        found = next((pose for pose in people if sought.accepts(pose)), None)
        self.taken_back += self.occupant.note(self.time_s, found)
        return found

    def stay(self, seconds: float, *people: Pose) -> list[Pose | None]:
        return [self.see(*people) for _ in range(round(seconds * FPS))]


@pytest.fixture
def person(film: Any) -> Pose:
    pose: Pose = film.pose()
    return at(pose, 300)


@pytest.mark.parametrize("move", ["pushup", "squat", "lunge", "curl", "jumping_jack"])
def test_whoever_trains_is_the_occupant_in_every_frame(film: Any, move: str) -> None:
    scene = Scene()
    assert all(scene.see(pose) for _, pose in film.but(move=move, fps=FPS, tempo_s=1.2, camera_noise_px=4.0))


def test_nobody_outside_the_zone_becomes_the_occupant(person: Pose) -> None:
    scene = Scene(LEFT_HALF)
    assert scene.see(at(person, 641)) is None
    assert scene.see(at(person, 639)) is not None


def test_a_step_over_the_line_is_forgiven_and_a_walk_is_not(person: Pose) -> None:
    torso = body_scale(person.points)
    for torsos, is_there in ((0.4, True), (0.6, False)):
        scene = Scene(LEFT_HALF)
        scene.stay(1, at(person, 630))
        assert (scene.see(at(person, 640 + torsos * torso)) is not None) == is_there


def test_a_neighbours_body_is_not_taken_even_where_zones_overlap(person: Pose) -> None:
    neighbour = Scene()
    scene = Scene((), neighbour.occupant)
    for _ in range(5):
        assert neighbour.see(person) is not None
        assert scene.see(person, at(person, 700)) is not None
        assert scene.see(person) is None
    scene.stay(1)
    assert scene.see(person) is not None, "the neighbour has gone"


def test_who_hides_the_occupant_is_left_out_and_the_occupant_taken_back(person: Pose) -> None:
    scene = Scene()
    scene.stay(3, person)
    passer = at(person, 300 + 1.5 * body_scale(person.points), size=1.2)
    assert scene.stay(1.2, passer) == [None] * 15
    assert scene.see(passer, person) is person
    assert scene.taken_back == 0


def test_whoever_stays_in_their_place_is_the_next_occupant(person: Pose) -> None:
    scene = Scene()
    scene.stay(3, person)
    other = at(person, 900)
    seen = scene.stay(3, other)
    assert seen[:18] == [None] * 18
    assert seen[-1] is other
    assert scene.see(person) is None, "from then on the other is the one who is waited for"


def test_a_passer_by_before_the_session_holds_the_place_no_longer_than_they_were_there(person: Pose) -> None:
    scene = Scene(LEFT_HALF)
    for x in range(20, 600, 60):
        assert scene.see(at(person, x, size=1.5)) is not None
    seen = scene.stay(2, person)
    assert seen[0] is None
    assert seen[12] is person


def test_when_the_one_who_is_followed_walks_off_the_one_left_behind_is_the_occupant(person: Pose) -> None:
    scene = Scene()
    scene.stay(10, person)
    torso = body_scale(person.points)
    walk = [at(person, 300 + 0.12 * n * torso) for n in range(40)]
    found = [scene.see(step, person) for step in walk]
    assert found[0] is walk[0], "the passer-by is in front and found first"
    assert found[-1] is person
    back = next(n for n, pose in enumerate(found) if pose is person)
    assert back <= 18, "told apart within two torso lengths"
    assert all(pose is person for pose in found[back:])
    assert scene.taken_back == 1, "what the passer-by did is not the occupant's"


def test_one_who_walks_alone_stays_the_occupant(person: Pose) -> None:
    scene = Scene()
    scene.stay(5, person)
    torso = body_scale(person.points)
    assert all(scene.see(at(person, 300 + 0.12 * n * torso)) for n in range(40))
    assert scene.taken_back == 0


def test_home_is_told_only_while_the_one_who_is_followed_is_away(person: Pose) -> None:
    scene = Scene()
    scene.stay(5, person)
    assert scene.occupant.sought(scene.time_s, WIDTH, HEIGHT, []).home is None
    torso = body_scale(person.points)
    for n in range(1, 20):
        scene.see(at(person, 300 + 0.12 * n * torso))
    home = scene.occupant.sought(scene.time_s, WIDTH, HEIGHT, []).home
    assert home is not None
    assert abs(centre(home)[0] - 300) < torso
    scene.occupant.forget()
    assert scene.occupant.sought(scene.time_s, WIDTH, HEIGHT, []).home is None


def test_after_a_cut_anybody_may_be_there(person: Pose) -> None:
    scene = Scene()
    scene.stay(3, person)
    assert scene.see(at(person, 900)) is None
    scene.occupant.forget()
    assert scene.see(at(person, 900)) is not None


def test_time_that_runs_backward_begins_anew(person: Pose) -> None:
    scene = Scene()
    scene.stay(3, person)
    scene.time_s = 5.0
    assert scene.see(at(person, 900)) is not None


@settings(max_examples=40)
@given(xs=st.lists(st.floats(50, 1230), max_size=15), sizes=st.lists(st.floats(0.3, 3), min_size=15))
def test_two_stations_side_by_side_never_take_the_same_body(
    film: Any, xs: list[float], sizes: list[float]
) -> None:
    right_half: Zone = tuple((x + 0.5, y) for x, y in LEFT_HALF)
    left = Scene(LEFT_HALF)
    right = Scene(right_half, left.occupant)
    left.neighbours = (right.occupant,)
    pose = film.pose()
    for x, size in zip(xs, sizes, strict=False):
        body = at(pose, x, size=size)
        assert left.see(body) is None or right.see(body) is None
        right.time_s = left.time_s
