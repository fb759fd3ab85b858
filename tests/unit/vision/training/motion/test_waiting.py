"""People between exercises: on their feet, on a bench, stretching."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.unit.vision.training.motion.people import (
    ANKLES,
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
from vision.training.body import Array, Body, Posture, joints, torso
from vision.training.motion.limbs import CARRIES, constant, leaning
from vision.training.motion.waiting import AT_EASE, at_ease, sit, stance, stand, stretch

if TYPE_CHECKING:
    from vision.training.motion.programme import Motion

FPS = 20
TIMES_S = np.arange(12 * FPS) / FPS
SEEDS = range(6)


def moved(motion: Motion, seed: int) -> tuple[Body, Posture, Array]:
    body, rng = somebody(seed)
    posture = motion(body, TIMES_S, rng)
    return body, posture, joints(body, posture)


@pytest.mark.parametrize("name", sorted(set(AT_EASE)))
def test_every_way_to_hold_the_hands_is_known_and_within_reach(name: str) -> None:
    assert name == "hang" or name in CARRIES
    for seed in SEEDS:
        body, _ = somebody(seed)
        upper = torso(body, constant(1, (0.0, body.leg, 0.0)), leaning(np.array([5.0])), np.zeros(1))
        wrist, _ = at_ease(body, name, upper)
        assert np.linalg.norm(wrist - upper.shoulder, axis=-1).max() < 1.1 * body.arm


def test_feet_of_a_stance_are_on_the_floor_and_the_hips_within_their_reach() -> None:
    staggers = []
    for seed in range(60):
        body, rng = somebody(seed)
        ankle, height = stance(body, 5, rng)
        assert (ankle[..., 1] == body.ankle).all()
        assert (ankle == ankle[0]).all()
        assert 0.7 * 2 * body.hip <= np.ptp(ankle[0, :, 2]) <= 2.0 * 2 * body.hip
        stagger = float(np.ptp(ankle[0, :, 0]))
        reach = np.hypot(height - body.ankle, stagger / 2)
        assert 0.88 * body.leg - 1e-9 <= reach <= 0.985 * body.leg + 1e-9
        staggers.append(stagger / body.leg)
    assert min(staggers) < 0.05
    assert max(staggers) > 0.4, "some have one foot well ahead"


def test_who_stands_keeps_both_feet_and_shifts_the_weight() -> None:
    for seed in SEEDS:
        body, posture, places = moved(stand, seed)
        assert np.ptp(posture.ankle, axis=0).max() == 0.0
        assert 0.005 < np.ptp(posture.pelvis[:, 2]) <= 1.2 * body.hip + 1e-9
        line = middle(places, SHOULDERS) - middle(places, HIPS)
        assert (line[:, 1] > 0.9 * np.linalg.norm(line, axis=-1)).all(), "upright"
        assert np.ptp(posture.head[:, 1]) > 0.5, "a look around"


def test_hands_that_wait_change_their_place_now_and_then_and_rest_between() -> None:
    changed = 0
    for seed in range(20):
        body, posture, _ = moved(stand, seed)
        upper = torso(body, posture.pelvis, posture.trunk, posture.bend)
        at_chest = np.einsum("nji,nkj->nki", upper.chest_frame, posture.wrist - upper.shoulder) / body.arm
        moves = np.linalg.norm(np.diff(at_chest, axis=0), axis=-1).max(axis=1)
        assert (moves < 0.02).mean() > 0.3, "they rest"
        # At most the whole arm's reach twice over, in the shortest time that a change takes.
        assert moves.max() < 15 / 8 * 2.2 / 0.35 / FPS
        changed += bool(np.ptp(at_chest, axis=0).max() > 0.2)
    assert changed > 10


def test_who_sits_down_ends_on_the_seat_with_thighs_level() -> None:
    seated = 0
    for seed in range(20):
        body, posture, places = moved(sit, seed)
        hips = posture.pelvis[:, 1]
        low = hips < body.ankle + 1.16 * body.shank
        if not low.any():
            continue
        seated += 1
        at = int(np.argmin(hips))
        rise = middle(places, HIPS)[at] - middle(places, Joint.LEFT_KNEE)[at]
        assert abs(rise[1]) < 0.4 * body.thigh
        assert rise[0] < -0.7 * body.thigh, "behind the knees"
        assert np.ptp(posture.ankle, axis=0).max() == 0.0
    assert seated >= 15


def test_who_gets_up_or_down_leans_forward_on_the_way() -> None:
    for seed in SEEDS:
        body, posture, _ = moved(sit, seed)
        share = (posture.pelvis[:, 1] - body.ankle) / body.leg
        on_the_way = (share > 0.6) & (share < 0.85)
        standing = share > 0.97
        if on_the_way.any() and standing.any():
            assert posture.trunk[on_the_way, 0].mean() > posture.trunk[standing, 0].mean() + 8


def test_stretching_bends_every_way_and_keeps_the_feet() -> None:
    for seed in SEEDS:
        body, posture, places = moved(stretch, seed)
        assert np.ptp(posture.ankle, axis=0).max() == 0.0
        for axis, most in enumerate((30.0, 28.0, 30.0)):
            assert np.abs(posture.trunk[:, axis]).max() <= most + 1e-9
            assert np.ptp(posture.trunk[:, axis]) > 3
        hands = pair(places, WRISTS) - pair(places, SHOULDERS)
        assert np.ptp(hands[..., 1], axis=0).max() > 0.2 * body.arm
        assert pair(places, ANKLES)[..., 1].max() < body.ankle + 0.2 * body.leg
        assert min(degrees(places, knee).min() for knee in KNEES) > 90
