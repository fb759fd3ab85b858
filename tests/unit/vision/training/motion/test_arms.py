"""What tells the variants of curls and jumping jacks apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.unit.vision.training.motion.people import (
    ANKLES,
    ELBOWS,
    HIPS,
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
from vision.training.motion.arms import curl, jumping_jack

if TYPE_CHECKING:
    from vision.training.motion.programme import MakeProgramme

DEPTHS = np.linspace(0, 1, 11)
BOTH = np.repeat(DEPTHS[:, None], 2, axis=1)
LEFT = np.stack([DEPTHS, 0 * DEPTHS], axis=1)
SEEDS = range(6)


def done(make: MakeProgramme, variant: str, seed: int, depth: Array = BOTH) -> tuple[Body, Posture, Array]:
    body, rng = somebody(seed)
    posture = make(body, variant, rng)(depth)
    return body, posture, joints(body, posture)


@pytest.mark.parametrize("variant", ["both", "in_turn", "one", "seated", "seated_in_turn", "concentration"])
def test_the_elbow_closes_with_every_bit_of_depth(variant: str) -> None:
    for seed in SEEDS:
        _, _, places = done(curl, variant, seed)
        for elbow in ELBOWS:
            assert (np.diff(degrees(places, elbow)) < 0).all()


@pytest.mark.parametrize("variant", ["seated", "seated_in_turn", "concentration"])
def test_who_sits_has_level_thighs_and_bent_knees(variant: str) -> None:
    for seed in SEEDS:
        body, posture, places = done(curl, variant, seed)
        knees = np.stack([degrees(places, knee) for knee in KNEES])
        assert knees.max() < 135
        assert (posture.pelvis[:, 1] < body.ankle + 1.15 * body.shank).all()
        assert (middle(places, HIPS)[:, 0] < middle(places, ANKLES)[:, 0] - 0.5 * body.thigh).all()


@pytest.mark.parametrize("variant", ["both", "in_turn", "one"])
def test_who_stands_has_straight_legs_and_nothing_below_the_chest_moves(variant: str) -> None:
    for seed in SEEDS:
        _, posture, places = done(curl, variant, seed)
        assert np.stack([degrees(places, knee) for knee in KNEES]).min() > 150
        assert np.ptp(posture.pelvis, axis=0).tolist() == [0.0, 0.0, 0.0]
        assert np.ptp(posture.ankle, axis=0).max() == 0.0


def test_the_concentrated_lean_over_their_arm() -> None:
    for seed in SEEDS:
        _, leant, _ = done(curl, "concentration", seed)
        _, upright, _ = done(curl, "seated", seed)
        assert leant.trunk[0, 0] >= 28
        assert abs(upright.trunk[0, 0]) <= 8


def test_some_swing_their_trunk_back_and_others_keep_it_still() -> None:
    swings = [
        posture.trunk[0, 0] - posture.trunk[-1, 0]
        for _, posture, _ in (done(curl, "both", seed) for seed in range(30))
    ]
    assert min(swings) == 0.0
    assert 2.0 <= max(swings) <= 12.0
    assert all(swing == 0.0 or swing >= 2.0 for swing in swings)


def test_an_arm_that_waits_hangs_still() -> None:
    for seed in SEEDS:
        body, _, places = done(curl, "in_turn", seed, LEFT)
        shoulder, wrist = places[:, Joint.RIGHT_SHOULDER], places[:, Joint.RIGHT_WRIST]
        assert (shoulder[:, 1] - wrist[:, 1]).min() > 0.6 * body.arm
        assert np.ptp(degrees(places, ELBOWS[1])) < 1e-6


def test_a_jacks_feet_leave_the_floor_in_the_hop_and_not_in_the_step() -> None:
    for seed in SEEDS:
        body, hop, _ = done(jumping_jack, "full", seed)
        flight = hop.ankle[..., 1] - body.ankle
        assert flight[0].max() == pytest.approx(0.0, abs=1e-9)
        assert flight[-1].max() == pytest.approx(0.0, abs=1e-9)
        assert 0.02 * body.leg <= flight.max() <= 0.09 * body.leg
        _, step, _ = done(jumping_jack, "step", seed, LEFT)
        assert np.abs(step.ankle[..., 1] - body.ankle).max() < 1e-9


def test_who_steps_aside_moves_one_foot_and_raises_both_arms() -> None:
    for seed in SEEDS:
        body, posture, places = done(jumping_jack, "step", seed, LEFT)
        way = np.ptp(posture.ankle[..., 2], axis=0)
        assert way[0] > 0.15 * body.leg
        assert way[1] == pytest.approx(0.0, abs=1e-9)
        over = pair(places, WRISTS)[..., 1] - pair(places, SHOULDERS)[..., 1]
        assert (over[-1] > 0.3 * body.arm).all()
        assert (over[0] < 0).all()


def test_the_hips_of_a_jack_follow_the_feet_so_that_legs_stay_straight() -> None:
    for seed in SEEDS:
        for variant, depth in (("full", BOTH), ("step", LEFT)):
            _, posture, places = done(jumping_jack, variant, seed, depth)
            assert posture.pelvis[:, 2] == pytest.approx(posture.ankle[..., 2].mean(axis=1))
            knees = np.stack([degrees(places, knee) for knee in KNEES])
            assert knees[:, [0, -1]].min() > 140
            low = middle(places, HIPS)[:, 1] - pair(places, ANKLES)[..., 1].mean(axis=1)
            assert low[-1] < low[0], "wide legs are lower"


def test_raised_hands_are_wide_of_the_head_on_their_way() -> None:
    for seed in SEEDS:
        body, _, places = done(jumping_jack, "full", seed)
        apart = np.ptp(pair(places, WRISTS)[..., 2], axis=1)
        half_way = apart[4:8].max()
        assert half_way > apart[0]
        assert half_way > apart[-1]
        assert half_way > 1.2 * body.arm
