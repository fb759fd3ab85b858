"""What the joints of each exercise do at its start and at its turn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.keypoints import Joint
from vision.phase.belief import NONE
from vision.training.body import Body, joints
from vision.training.motion import catalogue
from vision.training.motion.catalogue import Exercise

SEEDS = st.integers(0, 2**32 - 1)
DEPTHS = np.linspace(0, 1, 21)
ARMS = ((5, 7, 9), (6, 8, 10))
LEGS = ((11, 13, 15), (12, 14, 16))


def variants(exercise: str, *but: str) -> list[Exercise]:
    return [each for each in catalogue.of(exercise) if isinstance(each, Exercise) and each.name not in but]


def through(variant: Exercise, seed: int, *, side: int | None = None) -> tuple[Body, np.ndarray]:
    """A body and its joints (21, 17, 3) from depth 0 to 1, by both sides or by one."""
    rng = np.random.default_rng(seed)
    body = Body.sample(rng)
    depth = np.repeat(DEPTHS[:, None], 2, axis=1)
    if side is not None:
        depth[:, 1 - side] = 0
    return body, joints(body, variant.programme(body, variant.name, rng)(depth))


def angle(places: np.ndarray, chain: tuple[int, int, int]) -> np.ndarray:
    first, middle, last = (places[:, joint] for joint in chain)
    a, b = first - middle, last - middle
    cosine = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    degrees: np.ndarray = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return degrees


def middle(places: np.ndarray, left: Joint) -> np.ndarray:
    between: np.ndarray = places[:, [left, left + 1]].mean(axis=1)
    return between


def planted_hands_and_elbows(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wrists (n, 2, 3) that stay where they are, and degrees (n, 2) of elbows that are straight at first."""
    hands = places[:, [Joint.LEFT_WRIST, Joint.RIGHT_WRIST]]
    assert hands == pytest.approx(np.broadcast_to(hands[0], hands.shape), abs=0.03)
    elbows = np.stack([angle(places, arm) for arm in ARMS], axis=1)
    assert elbows[0].min() > 125
    return hands, elbows


def trunk_rise(places: np.ndarray) -> np.ndarray:
    """Degrees of the trunk over the floor, 90 upright."""
    line = middle(places, Joint.LEFT_SHOULDER) - middle(places, Joint.LEFT_HIP)
    degrees: np.ndarray = np.degrees(np.arcsin(line[:, 1] / np.linalg.norm(line, axis=-1)))
    return degrees


@pytest.mark.parametrize("variant", variants("pushup"), ids=lambda variant: variant.name)
@settings(max_examples=8)
@given(SEEDS)
def test_pushups_lower_a_straight_body_over_planted_hands(variant: Exercise, seed: int) -> None:
    body, places = through(variant, seed)
    hands, elbows = planted_hands_and_elbows(places)
    assert elbows[-1].max() < 110
    assert (np.diff(elbows, axis=0) < 0.5).all()
    shoulders = middle(places, Joint.LEFT_SHOULDER)
    away = np.linalg.norm(shoulders - hands.mean(axis=1), axis=-1)
    assert away[0] - away[-1] > 0.25 * body.arm
    assert (np.diff(shoulders[:, 1]) < 0).all()
    straight = angle(places, (5, 11, 13))
    assert straight.min() > 155


@pytest.mark.parametrize("variant", variants("squat"), ids=lambda variant: variant.name)
@settings(max_examples=8)
@given(SEEDS)
def test_squats_lower_the_hips_over_planted_feet(variant: Exercise, seed: int) -> None:
    body, places = through(variant, seed)
    feet = places[:, [Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE]]
    assert feet == pytest.approx(np.broadcast_to(feet[0], feet.shape), abs=0.02)
    knees = np.stack([angle(places, leg) for leg in LEGS], axis=1)
    assert knees[0].min() > 150
    assert knees[-1].max() < 120, "deep enough"
    assert knees[DEPTHS <= 0.55].min() > 105
    hips = middle(places, Joint.LEFT_HIP)[:, 1]
    assert hips[0] - hips[-1] > 0.2 * body.leg
    assert trunk_rise(places).min() > 25


@pytest.mark.parametrize("variant", variants("lunge", "side"), ids=lambda variant: variant.name)
@settings(max_examples=8)
@given(SEEDS, st.integers(0, 1))
def test_lunges_lower_the_hips_between_two_feet(variant: Exercise, seed: int, side: int) -> None:
    body, places = through(variant, seed, side=side)
    fore_and_aft = np.ptp(places[:, [Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE], 0], axis=1)
    assert fore_and_aft[-1] > 0.5 * body.leg
    hips = middle(places, Joint.LEFT_HIP)[:, 1]
    assert hips[0] - hips[-1] > 0.15 * body.leg
    knees = np.stack([angle(places, leg) for leg in LEGS], axis=1)[-1]
    assert knees.max() < 130
    heights = (
        places[-1, [Joint.LEFT_KNEE, Joint.RIGHT_KNEE], 1]
        - places[-1, [Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE], 1]
    )
    assert np.ptp(heights) > 0.1 * body.leg, "the rear knee is near the floor"
    if variant.sides == "in_turn":
        assert fore_and_aft[0] < 0.2 * body.leg
        ankles = places[:, [Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE]]
        way = np.linalg.norm(np.diff(ankles, axis=0), axis=-1).sum(axis=0)
        assert way.max() > 0.5 * body.leg, "one foot steps"
        assert way.min() < 0.5 * way.max()


@settings(max_examples=20)
@given(SEEDS, st.integers(0, 1))
def test_side_lunges_bend_one_knee(seed: int, side: int) -> None:
    (variant,) = [each for each in variants("lunge") if each.name == "side"]
    _, places = through(variant, seed, side=side)
    knees = np.array([angle(places, leg)[-1] for leg in LEGS])
    assert knees[side] < 125
    assert knees[1 - side] > 145


@pytest.mark.parametrize("variant", variants("situp"), ids=lambda variant: variant.name)
@settings(max_examples=8)
@given(SEEDS)
def test_situps_raise_the_trunk_from_the_floor(variant: Exercise, seed: int) -> None:
    _, places = through(variant, seed)
    rise = trunk_rise(places)
    assert rise[0] < 15
    assert rise[-1] > 30
    assert (np.diff(rise) > 0).all()
    hips = middle(places, Joint.LEFT_HIP)
    assert hips == pytest.approx(np.broadcast_to(hips[0], hips.shape), abs=0.02)


@pytest.mark.parametrize("variant", variants("pullup"), ids=lambda variant: variant.name)
@settings(max_examples=8)
@given(SEEDS)
def test_pullups_raise_the_chin_to_planted_hands(variant: Exercise, seed: int) -> None:
    body, places = through(variant, seed)
    hands, elbows = planted_hands_and_elbows(places)
    assert elbows[-1].max() < 100
    below = hands[..., 1].mean(axis=1) - places[:, Joint.NOSE, 1]
    assert below[0] > 0.2 * body.arm
    assert below[-1] < 0.25 * body.arm
    assert places[:, [Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE], 1].min() > 0, "the feet are off the floor"


@pytest.mark.parametrize("variant", variants("curl"), ids=lambda variant: variant.name)
@settings(max_examples=8)
@given(SEEDS, st.integers(0, 1))
def test_curls_flex_the_elbow_of_a_nearly_still_upper_arm(variant: Exercise, seed: int, side: int) -> None:
    body, places = through(variant, seed, side=side)
    elbow, other = angle(places, ARMS[side]), angle(places, ARMS[1 - side])
    assert elbow[0] > 145
    assert elbow[-1] < 80
    assert np.ptp(other) < 1
    before, after = places[[0, -1], 7 + side] - places[[0, -1], 5 + side]
    turned = np.arccos(before @ after / np.linalg.norm(before) / np.linalg.norm(after))
    assert np.degrees(turned) < 48, "more than it drifts and the trunk sways"
    rise = places[-1, 9 + side, 1] - places[0, 9 + side, 1]
    assert rise > 0.3 * body.arm


@pytest.mark.parametrize("variant", variants("jumping_jack"), ids=lambda variant: variant.name)
@settings(max_examples=8)
@given(SEEDS, st.integers(0, 1))
def test_jacks_raise_the_hands_and_spread_the_feet(variant: Exercise, seed: int, side: int) -> None:
    body, places = through(variant, seed, side=side if variant.sides == "in_turn" else None)
    over = places[:, [Joint.LEFT_WRIST, Joint.RIGHT_WRIST], 1] - places[:, [Joint.NOSE], 1]
    assert over[0].max() < 0
    assert over[-1].min() > 0
    apart = np.ptp(places[:, [Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE], 2], axis=1)
    assert apart[-1] - apart[0] > 0.15 * body.leg
    assert places[..., 1].min() > 0


@pytest.mark.parametrize("variant", [each for each in catalogue.VARIANTS if each.exercise != NONE])
def test_exercises_go_smoothly_with_depth(variant: Exercise) -> None:
    for seed in range(3):
        body, places = through(variant, seed)
        assert np.linalg.norm(np.diff(places, axis=0), axis=-1).max() < 0.25 * body.leg
