from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.limbs import LimbView
from vision.counting.measures import RepMeasures, hinge_degrees
from vision.counting.posture import Moment
from vision.keypoints import Joint

if TYPE_CHECKING:
    from collections.abc import Iterable

NOBODY = np.zeros((17, 3), dtype=np.float32)
MIRROR = [0, *(joint + 1 if joint % 2 else joint - 1 for joint in range(1, 17))]


def moment(reach: float, points: Any = NOBODY, *, chord: float = 1.0, score: float = 0.9) -> Moment:
    return Moment(LimbView(reach, chord, 0.0, 0.0, 100.0, score), points)


def depth_at(time_s: float, down_s: float, pause_s: float, up_s: float) -> float:
    """Bell-shaped speed: rest, half a cosine down, a pause, half a cosine up."""
    if time_s <= 0:
        return 0.0
    if time_s < down_s:
        return (1 - math.cos(math.pi * time_s / down_s)) / 2
    if time_s < down_s + pause_s:
        return 1.0
    share = min(1.0, (time_s - down_s - pause_s) / up_s)
    return (1 + math.cos(math.pi * share)) / 2


def rep(
    *,
    down_s: float = 1.0,
    pause_s: float = 0.0,
    up_s: float = 1.0,
    rest_s: float = 0.5,
    travel: float = 0.5,
    returned: float = 0.6,
    fps: float = 30.0,
) -> list[tuple[float, Moment]]:
    """The moments of one rep up to where this share of the way is taken back."""
    moments = []
    for frame in range(10_000):
        time_s = frame / fps - rest_s
        depth = depth_at(time_s, down_s, pause_s, up_s)
        moments.append((100 + time_s, moment(0.95 - travel * depth)))
        if time_s > down_s + pause_s and 1 - depth >= returned:
            break
    return moments


def bodies(shapes: Iterable[Any]) -> RepMeasures:
    """A rep of these points, whose middle is the turn; half a second a moment."""
    shapes = list(shapes)
    reach = np.abs(np.linspace(-0.5, 0.5, len(shapes))) + 0.4
    return RepMeasures(
        (number / 2, moment(float(each), points))
        for number, (each, points) in enumerate(zip(reach, shapes, strict=True))
    )


# Range and tempo


@given(
    down_s=st.floats(0.4, 6),
    up_s=st.floats(0.4, 6),
    pause_s=st.floats(0, 3),
    rest_s=st.floats(0.3, 5),
    travel=st.floats(0.2, 1),
    returned=st.floats(0.5, 0.95),
)
@settings(max_examples=60)
def test_the_tempo_is_told_whatever_the_pauses_and_wherever_the_rep_is_counted(**how: float) -> None:
    measures = RepMeasures(rep(**how))
    assert measures.travel == pytest.approx(how["travel"], rel=0.02)
    assert measures.there_s() == pytest.approx(how["down_s"], rel=0.03, abs=0.01)
    assert measures.back_s() == pytest.approx(how["up_s"], rel=0.06, abs=0.02)


@pytest.mark.parametrize("fps", [5.0, 10.0, 60.0])
def test_few_frames_are_enough_for_the_tempo(fps: float) -> None:
    measures = RepMeasures(rep(fps=fps, down_s=1.6, up_s=1.2, returned=0.7))
    assert measures.there_s() == pytest.approx(1.6, rel=0.1)
    assert measures.back_s() == pytest.approx(1.2, rel=0.15)


@given(offset_s=st.floats(-1e6, 1e9), reach=st.floats(-2, 2))
@settings(max_examples=20)
def test_only_differences_of_time_and_reach_matter(offset_s: float, reach: float) -> None:
    plain = rep()
    moved = [(time_s + offset_s, moment(now.view.reach + reach)) for time_s, now in plain]
    assert RepMeasures(moved).there_s() == pytest.approx(RepMeasures(plain).there_s(), abs=1e-3)
    assert RepMeasures(moved).travel == pytest.approx(RepMeasures(plain).travel, abs=1e-6)


@pytest.mark.parametrize("from_s", [0.3, 0.6, 1.0, 1.2])
def test_a_way_that_was_not_seen_whole_tells_nothing(from_s: float) -> None:
    seen = [(time_s, now) for time_s, now in rep() if time_s >= 100 + from_s]
    measures = RepMeasures(seen)
    assert (measures.travel, measures.there_s(), measures.back_s()) == (None, None, None)


def test_a_limb_that_is_hardly_seen_tells_nothing() -> None:
    guessed = [(time_s, moment(now.view.reach, score=0.2)) for time_s, now in rep()]
    assert RepMeasures(guessed).travel is None


@pytest.mark.parametrize(("from_s", "there", "back"), [(0.4, False, True), (1.5, True, False)])
def test_a_way_with_a_gap_in_it_has_a_range_and_no_tempo(from_s: float, *, there: bool, back: bool) -> None:
    late = [(time_s + (time_s >= 100 + from_s), now) for time_s, now in rep()]
    measures = RepMeasures(late)
    assert measures.travel == pytest.approx(0.5, rel=0.02)
    assert (measures.there_s() is not None, measures.back_s() is not None) == (there, back)


def test_little_of_the_way_back_tells_no_tempo_of_it() -> None:
    measures = RepMeasures(rep(returned=0.2))
    assert measures.there_s() == pytest.approx(1.0, rel=0.03)
    assert measures.back_s() is None


# Knee


@given(angle=st.floats(1, 180), length=st.floats(1, 500))
def test_the_hinge_is_the_angle_between_equal_halves(angle: float, length: float) -> None:
    half = math.radians(angle) / 2
    assert hinge_degrees(2 * length * math.sin(half) / (2 * length)) == pytest.approx(angle, abs=0.01)


@pytest.mark.parametrize(("chord", "degrees"), [(1.3, 180.0), (1.0, 180.0), (0.0, 0.0), (-0.1, 0.0)])
def test_no_chord_is_out_of_bounds(chord: float, degrees: float) -> None:
    assert hinge_degrees(chord) == degrees


@pytest.mark.parametrize("ratio", [0.8, 0.9, 1.1, 1.25])
@pytest.mark.parametrize("angle", [60, 90, 120])
def test_unequal_halves_make_it_little_wrong(angle: float, ratio: float) -> None:
    thigh, shin = ratio, 1.0
    chord = math.sqrt(thigh**2 + shin**2 - 2 * thigh * shin * math.cos(math.radians(angle)))
    assert hinge_degrees(chord / (thigh + shin)) == pytest.approx(angle, abs=1.5)


def test_the_hinge_is_read_at_the_turn() -> None:
    chords = [1.0, 0.9, 0.5, 0.8]
    reach = [1.0, 0.8, 0.4, 0.7]
    moments = [(n / 2, moment(r, chord=c)) for n, (r, c) in enumerate(zip(reach, chords, strict=True))]
    assert RepMeasures(moments).hinge_degrees() == pytest.approx(60.0)


def test_a_leg_that_was_never_straight_has_no_known_angle() -> None:
    moments = [(n / 2, moment(r, chord=0.85 * r)) for n, r in enumerate([1.0, 0.6, 0.9])]
    assert RepMeasures(moments).hinge_degrees() is None


# Left and right


def facing(left: float, right: float, *, turned_degrees: float = 0.0, score: float = 0.9) -> Any:
    """Push-up from the front: shoulders over planted hands, each sunk by this share of its arm."""
    points = np.zeros((17, 3), dtype=np.float32)
    points[:, 2] = score
    across = 60 * math.cos(math.radians(turned_degrees))
    for sign, sunk, side in ((1, left, "LEFT"), (-1, right, "RIGHT")):
        x = 400 + sign * across
        shoulder_y = 200 + 100 * sunk
        half = (300 - shoulder_y) / 2
        elbow = (x + sign * math.sqrt(max(0.0, 50**2 - half**2)), 300 - half)
        for name, place in (
            ("SHOULDER", (x, shoulder_y)),
            ("ELBOW", elbow),
            ("WRIST", (x, 300)),
            ("HIP", (400 + sign * across * 0.6, shoulder_y - 20)),
            ("KNEE", (400 + sign * across * 0.6, shoulder_y - 10)),
            ("ANKLE", (400 + sign * across * 0.6, shoulder_y)),
        ):
            points[Joint[f"{side}_{name}"], :2] = place
    return points


@given(left=st.floats(0.32, 0.7), right=st.floats(0.32, 0.7))
@settings(max_examples=30)
def test_each_side_s_travel_is_told(left: float, right: float) -> None:
    shapes = [facing(share * left, share * right) for share in (0, 0.5, 1, 1, 1, 0.5, 0, 0)]
    assert bodies(shapes).sides("arm") == pytest.approx((left, right), abs=0.01)
    mirrored = []
    for points in shapes:
        points[:, 0] *= -1
        mirrored.append(points[MIRROR])
    assert bodies(mirrored).sides("arm") == pytest.approx((right, left), abs=0.01)


@pytest.mark.parametrize(
    ("left", "right", "seen"),
    [
        (0.5, 0.1, {}),  # one arm works, the other rests
        (0.2, 0.15, {}),  # too little to compare
        (0.5, 0.5, {"turned_degrees": 80.0}),  # from the side
        (0.5, 0.5, {"score": 0.4}),
    ],
)
def test_sides_that_cannot_be_compared_are_not(left: float, right: float, seen: dict[str, float]) -> None:
    shapes = [facing(share * left, share * right, **seen) for share in (0, 0.5, 1, 0.5, 0)]
    assert bodies(shapes).sides("arm") is None


# Hips


def lying(
    sag_degrees: float, *, on_knees: bool = False, roll_degrees: float = 0.0, scale: float = 1.0
) -> Any:
    """Push-up from the side, head to the left: the hip bends the line to the feet or knees by this angle."""
    reach, far = 55.0, 40.0 if on_knees else 85.0
    half = math.radians(sag_degrees)
    shoulder = np.array([0.0, 0.0])
    hip = np.array([reach, 0.0])
    # Around the hip, y down: a sagging body goes on upwards.
    ahead = np.array([math.cos(half), -math.sin(half)])
    knee = hip + 40 * ahead
    ankle = knee + np.array([0.0, -40.0]) if on_knees else hip + far * ahead
    roll = math.radians(roll_degrees)
    turn = np.array([[math.cos(roll), -math.sin(roll)], [math.sin(roll), math.cos(roll)]])
    points = np.zeros((17, 3), dtype=np.float32)
    for side in ("LEFT", "RIGHT"):
        for name, place in (("SHOULDER", shoulder), ("HIP", hip), ("KNEE", knee), ("ANKLE", ankle)):
            points[Joint[f"{side}_{name}"]] = (*(scale * turn @ place + 500), 0.9)
    return points


@given(sag=st.floats(-50, 50), roll=st.floats(-30, 30), scale=st.floats(0.5, 5), on_knees=st.booleans())
@settings(max_examples=40)
def test_a_sag_of_known_degrees_is_told(*, sag: float, roll: float, scale: float, on_knees: bool) -> None:
    points = lying(sag, roll_degrees=roll, scale=scale, on_knees=on_knees)
    assert bodies([points] * 5).hip_sag_degrees() == pytest.approx(sag, abs=0.2)
    points[:, 0] *= -1
    assert bodies([points[MIRROR]] * 5).hip_sag_degrees() == pytest.approx(sag, abs=0.2)


def test_the_sag_is_that_of_a_quarter_of_the_rep_not_of_one_frame() -> None:
    assert bodies([lying(0)] * 9 + [lying(60)]).hip_sag_degrees() == pytest.approx(0, abs=0.2)
    assert bodies([lying(0)] * 6 + [lying(25)] * 5).hip_sag_degrees() == pytest.approx(25, abs=0.2)


def test_the_better_side_tells_the_sag() -> None:
    points = lying(20)
    hidden = [joint for joint in Joint if joint.name.startswith("LEFT")]
    points[hidden, :2] += 200
    points[hidden, 2] = 0.1
    assert bodies([points] * 5).hip_sag_degrees() == pytest.approx(20, abs=0.2)


def test_hips_that_are_hidden_or_seen_from_the_front_are_unknown() -> None:
    hidden = lying(20)
    hidden[:, 2] = 0.2
    assert bodies([hidden] * 5).hip_sag_degrees() is None
    assert bodies([facing(0.5, 0.5)] * 5).hip_sag_degrees() is None


# Whatever comes in


@given(
    seed=st.integers(0, 100_000),
    count=st.integers(1, 12),
    step_s=st.sampled_from([0.0, 1e-9, 0.04, 2.0]),
    size=st.sampled_from([0.0, 1e-3, 50.0, 9e5]),
)
@settings(max_examples=150)
def test_any_moments_are_survived_and_every_figure_is_a_number_or_none(
    seed: int, count: int, step_s: float, size: float
) -> None:
    random = np.random.default_rng(seed)
    moments = []
    for number in range(count):
        points = random.uniform(-size, size, (17, 3)).astype(np.float32)
        points[:, 2] = random.uniform(0.2, 1, 17)
        reach = float(random.choice([0.0, 0.4, random.uniform(-2, 2)]))
        moments.append((number * step_s, moment(reach, points, chord=float(random.uniform(0, 1.2)))))
    measures = RepMeasures(moments)
    sides = {limb: measures.sides(limb) for limb in ("arm", "leg", "torso")}
    figures = [measures.travel, measures.there_s(), measures.back_s(), measures.hip_sag_degrees()]
    figures += [side for pair in sides.values() if pair for side in pair]
    assert all(figure is None or math.isfinite(figure) for figure in figures)
