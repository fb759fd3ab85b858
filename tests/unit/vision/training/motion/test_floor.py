"""What tells the variants of push-ups and sit-ups apart."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vision.training.motion.people import (
    ANKLES,
    ELBOWS,
    HIPS,
    KNEE,
    KNEES,
    SHOULDERS,
    WRISTS,
    degrees,
    middle,
    pair,
    somebody,
)
from vision.keypoints import Joint
from vision.training.body import Array, Body, Posture, joints
from vision.training.motion.floor import HAND_HEIGHT, TOES_HEIGHT, pushup, situp, tilted

if TYPE_CHECKING:
    from vision.training.motion.programme import MakeProgramme

DEPTHS = np.linspace(0, 1, 11)
BOTH = np.repeat(DEPTHS[:, None], 2, axis=1)
SEEDS = range(6)
PUSHUPS = ("floor", "wide", "narrow", "hands_elevated", "wall", "feet_elevated", "knee")


def done(make: MakeProgramme, variant: str, seed: int) -> tuple[Body, Posture, Array]:
    body, rng = somebody(seed)
    posture = make(body, variant, rng)(BOTH)
    return body, posture, joints(body, posture)


@pytest.mark.parametrize("variant", PUSHUPS)
def test_hands_are_planted_where_the_variant_has_them(variant: str) -> None:
    lowest, highest = {"hands_elevated": (0.12, 0.75), "wall": (0.7, 1.2)}.get(variant, (0.0, 0.0))
    for seed in SEEDS:
        body, posture, _ = done(pushup, variant, seed)
        assert np.ptp(posture.wrist, axis=0).max() == 0.0
        assert lowest <= posture.wrist[0, 0, 1] - HAND_HEIGHT <= highest
        apart = np.ptp(posture.wrist[0, :, 2]) / (2 * body.shoulder)
        least, most = {"wide": (1.6, 2.3), "narrow": (0.5, 0.95)}.get(variant, (0.95, 1.6))
        assert least <= apart <= most


@pytest.mark.parametrize("variant", PUSHUPS)
def test_feet_or_knees_are_what_the_body_turns_about(variant: str) -> None:
    for seed in SEEDS:
        body, posture, places = done(pushup, variant, seed)
        assert np.ptp(posture.ankle, axis=0).max() == 0.0
        height = posture.ankle[0, 0, 1]
        if variant == "knee":
            knees = pair(places, KNEE)
            assert np.ptp(knees, axis=0).max() < 0.02 * body.stature
            assert knees[..., 1].max() < 0.15
        elif variant == "feet_elevated":
            assert 0.2 <= height - TOES_HEIGHT <= 0.5
        else:
            assert height == pytest.approx(TOES_HEIGHT)


def test_the_higher_the_hands_the_more_upright_the_body() -> None:
    for seed in SEEDS:
        rises = []
        for variant in ("feet_elevated", "floor", "hands_elevated", "wall"):
            _, _, places = done(pushup, variant, seed)
            line = (middle(places, SHOULDERS) - middle(places, ANKLES))[0]
            rises.append(float(np.degrees(np.arctan2(line[1], line[0]))))
        assert rises == sorted(rises)
        assert rises[-1] > 25


@pytest.mark.parametrize("variant", PUSHUPS)
def test_arms_reach_straight_at_the_start_and_shorten_by_the_same_at_every_step(variant: str) -> None:
    for seed in SEEDS:
        body, _, places = done(pushup, variant, seed)
        reach = np.linalg.norm(pair(places, SHOULDERS) - pair(places, WRISTS), axis=-1).mean(axis=1)
        assert reach[0] > 0.9 * body.arm
        steps = np.diff(reach)
        assert (steps < 0).all()
        assert steps.min() / steps.max() < 3, "no sudden drop"


def test_the_knees_of_a_push_up_hang_alike() -> None:
    for seed in SEEDS:
        _, _, places = done(pushup, "knee", seed)
        left, right = (degrees(places, chain) for chain in KNEES)
        assert left == pytest.approx(right, abs=1e-6)


@pytest.mark.parametrize("variant", ["hands_at_ears", "hands_on_chest", "reaching", "overhead", "butterfly"])
def test_feet_of_a_sit_up_stay_about_where_they_are(variant: str) -> None:
    for seed in SEEDS:
        body, posture, places = done(situp, variant, seed)
        assert np.ptp(posture.ankle[..., [0, 2]], axis=0).max() == pytest.approx(0.0, abs=1e-9)
        assert np.ptp(posture.ankle[..., 1], axis=0).max() <= 0.12 * body.leg
        assert np.stack([degrees(places, knee) for knee in KNEES]).max() < 125


def test_straight_legs_are_straight_and_butterflies_part_their_knees() -> None:
    for seed in SEEDS:
        body, _, straight = done(situp, "straight_legs", seed)
        assert np.stack([degrees(straight, knee) for knee in KNEES]).min() > 150
        _, _, butterfly = done(situp, "butterfly", seed)
        _, _, usual = done(situp, "hands_on_chest", seed)
        knees = [np.ptp(pair(each, KNEE)[0, :, 2]) for each in (usual, butterfly)]
        assert knees[1] > knees[0] + 0.1 * body.leg


def test_hands_go_where_the_variant_says() -> None:
    for seed in SEEDS:
        body, _, ears = done(situp, "hands_at_ears", seed)
        head = ears[:, [Joint.LEFT_EAR, Joint.RIGHT_EAR]].mean(axis=1)
        assert np.linalg.norm(middle(ears, WRISTS) - head, axis=-1).max() < 0.35 * body.arm
        _, _, overhead = done(situp, "overhead", seed)
        assert (middle(overhead, WRISTS)[0] - middle(overhead, SHOULDERS)[0])[0] < -0.5 * body.arm
        ahead = middle(overhead, WRISTS)[-1] - middle(overhead, SHOULDERS)[-1]
        assert ahead[0] > 0.5 * body.arm, "and end before the chest"


def test_a_decline_has_the_head_below_the_hips() -> None:
    for seed in SEEDS:
        _, _, places = done(situp, "decline", seed)
        lying = places[0]
        assert lying[Joint.NOSE, 1] < lying[Joint.LEFT_HIP, 1]
        assert lying[[Joint.LEFT_KNEE, Joint.RIGHT_KNEE], 1].min() > lying[Joint.LEFT_HIP, 1]


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), pitch=st.floats(-90, 90))
def test_tilting_turns_the_body_as_a_whole(seed: int, pitch: float) -> None:
    body, posture, places = done(situp, "reaching", seed)
    leant = joints(body, tilted(posture, pitch))
    for frame, other in zip(places[::5], leant[::5], strict=True):
        apart, after = (np.linalg.norm(each[:, None] - each[None], axis=-1) for each in (frame, other))
        assert after == pytest.approx(apart, abs=1e-6)
    height = (
        leant[..., 1],
        -np.sin(np.radians(pitch)) * places[..., 0] + np.cos(np.radians(pitch)) * places[..., 1],
    )
    assert height[0] == pytest.approx(height[1], abs=1e-6)


def test_tilting_back_is_as_if_nothing_had_been() -> None:
    _, posture, _ = done(situp, "overhead", 3)
    back = tilted(tilted(posture, 25.0), -25.0)
    for field in fields(Posture):
        assert getattr(back, field.name) == pytest.approx(getattr(posture, field.name), abs=1e-12)


def test_elbows_flare_less_in_a_narrow_push_up() -> None:
    flare = {}
    for variant in ("narrow", "wide"):
        asides = []
        for seed in SEEDS:
            body, _, places = done(pushup, variant, seed)
            elbows, shoulders = places[-1, Joint.RIGHT_ELBOW], places[-1, Joint.RIGHT_SHOULDER]
            asides.append(float((elbows - shoulders)[2] / body.arm))
            assert max(degrees(places, chain)[-1] for chain in ELBOWS) < 115
        flare[variant] = np.mean(asides)
    assert flare["narrow"] < flare["wide"] - 0.1
    assert pair(places, HIPS).shape == (11, 2, 3)
