"""On the back or the seat: presses, legs in the air, twists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

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
from vision.training.motion.floor import situp
from vision.training.motion.on_the_back import bench_press, leg_raise, swung_beside, twist

if TYPE_CHECKING:
    from vision.training.motion.programme import Motion

TIMES_S = np.arange(8 * 20) / 20
SEEDS = range(6)


def moved(motion: Motion, seed: int) -> tuple[Body, Posture, Array]:
    body, rng = somebody(seed)
    posture = motion(body, TIMES_S, rng)
    return body, posture, joints(body, posture)


def lies(places: Array) -> Array:
    """(n,) degrees of the trunk over the floor."""
    line = middle(places, SHOULDERS) - middle(places, HIPS)
    over_the_floor: Array = np.degrees(np.arcsin(line[:, 1] / np.linalg.norm(line, axis=-1)))
    return over_the_floor


def test_who_presses_lies_on_a_bench_or_the_floor_and_pushes_upwards() -> None:
    heights = set()
    for seed in SEEDS:
        body, posture, places = moved(bench_press, seed)
        assert -2 < lies(places).min() <= lies(places).max() < 50
        assert (places[:, Joint.NOSE, 1] > middle(places, SHOULDERS)[:, 1]).all()
        heights.add(round(float(np.median(posture.pelvis[:, 1])), 1))
        over = middle(places, WRISTS) - middle(places, SHOULDERS)
        assert over[:, 1].max() > 0.5 * body.arm
        assert np.ptp(posture.ankle, axis=0).max() == 0.0
    assert heights <= {0.4, 0.5, 0.1}
    assert len(heights) >= 2


def test_the_arms_of_a_press_bend_and_those_of_flies_open() -> None:
    kinds = set()
    for seed in range(24):
        _, _, places = moved(bench_press, seed)
        bends = float(np.ptp(degrees(places, ELBOWS[0])))
        apart = np.ptp(pair(places, WRISTS)[..., 2], axis=1)
        flies = bends < 15
        kinds.add(flies)
        if flies:
            assert np.ptp(apart) > 0.1
    assert kinds == {True, False}


def test_legs_are_raised_together_or_in_turn_or_the_hips_are() -> None:
    kinds: dict[str, int] = {"raise": 0, "bicycle": 0, "bridge": 0}
    for seed in range(30):
        body, posture, places = moved(leg_raise, seed)
        assert np.isfinite(places).all()
        if np.ptp(posture.ankle, axis=0).max() < 1e-9:
            kinds["bridge"] += 1
            rise = posture.pelvis[:, 1]
            assert 0.02 < np.ptp(rise) <= 0.36 * body.leg
            assert middle(places, SHOULDERS)[:, 1] == pytest.approx(middle(places, SHOULDERS)[0, 1], abs=0.12)
        elif posture.ankle[:, 0, 1] == pytest.approx(posture.ankle[:, 1, 1], abs=1e-9):
            kinds["raise"] += 1
            assert np.ptp(posture.pelvis, axis=0).max() == 0.0
            assert np.ptp(posture.ankle[..., 1]) > 0.1 * body.leg
        else:
            kinds["bicycle"] += 1
            lifted = posture.ankle[..., 1] - posture.ankle[..., 1].min()
            assert lifted.min(axis=1).max() < 0.35 * body.leg
    assert min(kinds.values()) >= 3


def test_arms_beside_a_lying_body_are_on_the_floor_on_both_sides_of_it() -> None:
    for seed in SEEDS:
        body, rng = somebody(seed)
        lying = situp(body, "hands_on_chest", rng)(np.zeros((3, 2)))
        wrist, pole = swung_beside(body, lying)
        assert wrist.shape == pole.shape == (3, 2, 3)
        assert (np.abs(wrist[..., 1]) < 0.1).all()
        assert (wrist[:, 0, 2] < -body.shoulder).all()
        assert (wrist[:, 1, 2] > body.shoulder).all()
        assert pole[0, :, 2].tolist() == [-1.0, 1.0]


def test_a_twist_turns_the_trunk_and_the_hands_with_it_over_feet_that_stay() -> None:
    widest = 0.0
    for seed in SEEDS:
        body, posture, places = moved(twist, seed)
        yaw = posture.trunk[:, 2]
        assert np.abs(yaw).max() <= 40 + 1e-9
        widest = max(widest, float(np.ptp(yaw)))
        assert np.ptp(posture.ankle, axis=0).max() == 0.0
        assert lies(places).min() > 10, "leans back, does not lie"
        if np.ptp(yaw) > 30:
            aside = middle(places, WRISTS)[:, 2] - middle(places, SHOULDERS)[:, 2]
            assert np.corrcoef(aside, yaw)[0, 1] > 0.9
        assert pair(places, KNEE)[..., 1].min() > 0
        assert pair(places, ANKLES).shape == (len(TIMES_S), 2, 3)
        assert max(degrees(places, knee).max() for knee in KNEES) < 125
        assert body.leg > 0
    assert widest > 60
