"""Bodies held over hands or elbows, and what moves while they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.unit.vision.training.motion.people import (
    ANKLES,
    ELBOWS,
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
from vision.training.motion.planks import forearm_plank, held, mountain_climber, plank, shoulder_tap

if TYPE_CHECKING:
    from vision.training.motion.programme import Motion

FPS = 20
TIMES_S = np.arange(8 * FPS) / FPS
SEEDS = range(5)


def moved(motion: Motion, seed: int) -> tuple[Body, Posture, Array]:
    body, rng = somebody(seed)
    posture = motion(body, TIMES_S, rng)
    return body, posture, joints(body, posture)


@pytest.mark.parametrize("variant", ["floor", "narrow", "feet_elevated", "hands_elevated", "wall", "knee"])
def test_what_is_held_is_one_posture_near_the_start_of_a_push_up(variant: str) -> None:
    for seed in SEEDS:
        body, rng = somebody(seed)
        posture = held(body, TIMES_S, rng, variant)
        places = joints(body, posture)
        assert np.ptp(places, axis=0).max() == 0.0
        assert min(degrees(places, elbow)[0] for elbow in ELBOWS) > 120


@pytest.mark.parametrize("motion", [plank, forearm_plank, mountain_climber, shoulder_tap])
def test_the_body_is_a_line_from_shoulder_to_foot(motion: Motion) -> None:
    for seed in SEEDS:
        _, _, places = moved(motion, seed)
        lines = [
            degrees(places, chain)
            for chain in (
                (Joint.LEFT_SHOULDER, Joint.LEFT_HIP, Joint.LEFT_ANKLE),
                (Joint.RIGHT_SHOULDER, Joint.RIGHT_HIP, Joint.RIGHT_ANKLE),
            )
        ]
        # One of the feet may be on its way; the other is where it was.
        assert np.maximum(*lines).min() > 130


def test_a_plank_sways_a_little_over_hands_that_stay() -> None:
    for seed in SEEDS:
        _, posture, _ = moved(plank, seed)
        assert np.ptp(posture.wrist, axis=0).max() == 0.0
        assert 0.0 < np.ptp(posture.pelvis, axis=0).max() < 0.04
        assert np.abs(np.diff(posture.pelvis, axis=0)).max() * FPS < 0.1


def test_forearms_lie_on_the_floor() -> None:
    for seed in SEEDS:
        body, _, places = moved(forearm_plank, seed)
        elbows, hands = (pair(places, left) for left in (Joint.LEFT_ELBOW, WRISTS))
        assert elbows[..., 1].max() < 0.35 * body.arm
        assert np.abs(elbows[..., 1] - hands[..., 1]).max() < 0.3 * body.forearm + 0.15
        assert middle(places, SHOULDERS)[:, 1].max() < body.arm, "lower than over straight arms"


def test_the_knees_of_a_climber_come_forward_in_turn() -> None:
    for seed in SEEDS:
        body, posture, places = moved(mountain_climber, seed)
        drive = posture.ankle[..., 0] - posture.ankle[..., 0].min(axis=0)
        assert drive.max(axis=0) == pytest.approx([drive.max()] * 2, rel=0.05)
        assert drive.min(axis=1).max() < 1e-9, "one foot is always back"
        assert 0.3 * body.leg < drive.max() < 1.45 * 0.62 * body.leg + 1e-9
        assert np.ptp(posture.wrist, axis=0).max() == 0.0
        knees = np.stack([degrees(places, knee) for knee in KNEES], axis=1)
        forward = drive > 0.8 * drive.max()
        assert knees[forward].max() < knees[~forward].max()


def test_a_hand_that_taps_goes_to_the_other_shoulder() -> None:
    for seed in SEEDS:
        body, posture, places = moved(shoulder_tap, seed)
        lifted = posture.wrist[..., 1] - posture.wrist[..., 1].min()
        assert lifted.min(axis=1).max() < 0.02, "one hand is always on the floor"
        for side in range(2):
            top = int(np.argmax(lifted[:, side]))
            own, other = (
                np.linalg.norm(posture.wrist[top, side] - places[top, 5 + at]) for at in (side, 1 - side)
            )
            assert other < own
            assert other < 0.45 * body.arm
        assert np.ptp(pair(places, ANKLES), axis=0).max() < 0.05
        # The trunk gives way to the side that is lifted.
        roll = posture.trunk[:, 1] - posture.trunk[:, 1].mean()
        assert np.corrcoef(roll, lifted[:, 0] - lifted[:, 1])[0, 1] > 0.9
