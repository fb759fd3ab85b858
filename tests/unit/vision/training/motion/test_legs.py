"""What tells the squats and lunges of each variant apart, beyond that knees bend."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.unit.vision.training.motion.people import (
    ANKLES,
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
from vision.training.body import Array, Body, Posture, joints, torso
from vision.training.motion.legs import LUNGE_CARRIES, SQUAT_CARRIES, lean_of, lunge, side_lunge, squat
from vision.training.motion.limbs import CARRIES

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


@pytest.mark.parametrize("variant", SQUAT_CARRIES)
def test_a_squat_sinks_with_every_bit_of_depth_and_stays_in_the_middle(variant: str) -> None:
    for seed in SEEDS:
        _, posture, places = done(squat, variant, seed)
        assert (np.diff(posture.pelvis[:, 1]) < 0).all()
        assert (np.diff(posture.trunk[:, 0]) > 0).all(), "the trunk leans further"
        assert posture.pelvis[:, 2].tolist() == [0.0] * 11
        for left, right in zip(*(degrees(places, knee) for knee in KNEES), strict=True):
            assert left == pytest.approx(right, abs=1e-6)


@pytest.mark.parametrize("variant", SQUAT_CARRIES)
def test_a_squats_hips_go_back_as_knees_come_forward(variant: str) -> None:
    for seed in SEEDS:
        _, _, places = done(squat, variant, seed)
        hips, knees, ankles = (middle(places, joint)[:, 0] for joint in (HIPS, KNEE, ANKLES))
        assert hips[-1] < ankles[-1], "behind the heels"
        assert knees[-1] > (ankles[-1] - 0.02 if variant != "sumo" else hips[-1] + 0.1), "over the toes"
        assert hips[-1] < hips[0]


def test_a_sumo_stands_wider_than_any_other_and_turns_its_knees_out() -> None:
    for seed in SEEDS:
        body, usual, _ = done(squat, "goblet", seed)
        _, sumo, places = done(squat, "sumo", seed)
        assert np.ptp(usual.ankle[0, :, 2]) <= 4.0 * body.hip < 1.1 * np.ptp(sumo.ankle[0, :, 2])
        knees = np.ptp(pair(places, KNEE)[..., 2], axis=1)
        assert knees[-1] > knees[0]


def test_a_weight_overhead_stays_over_the_head_and_a_goblet_before_the_chest() -> None:
    for seed in SEEDS:
        _, _, overhead = done(squat, "overhead", seed)
        assert (pair(overhead, WRISTS)[..., 1].min(axis=1) > overhead[:, Joint.NOSE, 1]).all()
        _, _, goblet = done(squat, "goblet", seed)
        hands, shoulders = middle(goblet, WRISTS), middle(goblet, SHOULDERS)
        assert (hands[:, 0] > shoulders[:, 0]).all()
        assert np.ptp(pair(goblet, WRISTS)[..., 2], axis=1).max() < 0.25


def test_hanging_hands_sink_with_the_shoulders_and_raised_ones_balance() -> None:
    ways: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(40):
        _, _, places = done(squat, "bodyweight", seed)
        below = middle(places, SHOULDERS)[:, 1] - middle(places, WRISTS)[:, 1]
        ahead = middle(places, WRISTS)[:, 0] - middle(places, SHOULDERS)[:, 0]
        ways[bool(below[0] > 0.4)].append(float(ahead[-1] - ahead[0]))
    assert max(ways[True]) > 0.25, "some come up with hands before them"
    assert min(ways[True]) < 0.05, "some leave them hanging"
    assert ways[False], "and some carry them"


def test_every_carry_has_a_place_or_an_angle() -> None:
    names = {name for carries in (*SQUAT_CARRIES.values(), LUNGE_CARRIES) for name in carries}
    assert names - set(CARRIES) == {"hang", "raise", "overhead"}


def test_the_lean_is_the_chests() -> None:
    body, _ = somebody(0)
    for pitch, bend in ((0.0, 0.0), (30.0, 0.0), (30.0, 12.0), (-10.0, 0.0)):
        upper = torso(body, np.zeros((1, 3)), np.array([[pitch, 0.0, 40.0]]), np.array([bend]))
        assert lean_of(upper)[0] == pytest.approx(pitch + bend)


def test_a_step_forward_or_back_takes_one_foot_and_comes_from_standing() -> None:
    for variant, sign, stepping in (("forward", 1.0, 0), ("reverse", -1.0, 1)):
        for seed in SEEDS:
            body, posture, _ = done(lunge, variant, seed, LEFT)
            assert posture.ankle[0, :, 0] == pytest.approx([0.0, 0.0], abs=1e-9), "side by side"
            way = posture.ankle[-1, :, 0] - posture.ankle[0, :, 0]
            assert sign * way[stepping] > 0.7 * body.leg
            assert way[1 - stepping] == pytest.approx(0.0, abs=1e-9), "the other stays"
            lifted = posture.ankle[:, stepping, 1]
            assert lifted[1:5].max() > lifted[0] + 0.05 * body.leg, "through the air"


def test_who_steps_puts_the_foot_down_before_the_hips_sink() -> None:
    for variant in ("forward", "reverse"):
        for seed in SEEDS:
            _, posture, _ = done(lunge, variant, seed, LEFT)
            down = DEPTHS >= 0.56
            assert np.ptp(posture.ankle[down], axis=0).max() < 1e-6
            sunk = posture.pelvis[0, 1] - posture.pelvis[:, 1]
            half_way = int(np.argmin(np.abs(DEPTHS - 0.3)))
            assert sunk[half_way] < 0.2 * sunk[-1], "the foot is half-way there, the hips are not"
            assert sunk[down][0] < 0.7 * sunk[-1]


def test_the_rear_foot_of_the_elevated_is_on_a_bench() -> None:
    for seed in SEEDS:
        body, elevated, _ = done(lunge, "rear_elevated", seed)
        front, rear = sorted(range(2), key=lambda side: -elevated.ankle[0, side, 0])
        height = elevated.ankle[:, rear, 1] - elevated.ankle[:, front, 1]
        assert (height >= 0.35 * body.leg).all()
        assert (height <= 0.55 * body.leg).all()
        _, static, _ = done(lunge, "static", seed)
        lift = static.ankle[:, rear, 1] - static.ankle[:, front, 1]
        assert (lift < 0.17 * body.leg).all(), "only the heel"


def test_either_foot_leads() -> None:
    leads = {int(np.argmax(done(lunge, "static", seed)[1].ankle[0, :, 0])) for seed in SEEDS}
    assert leads == {0, 1}


def test_the_hips_stay_between_the_feet_of_a_lunge() -> None:
    for variant in ("static", "forward", "reverse", "rear_elevated"):
        for seed in SEEDS:
            body, posture, _ = done(lunge, variant, seed, LEFT)
            back, front = posture.ankle[-1, :, 0].min(), posture.ankle[-1, :, 0].max()
            assert back < posture.pelvis[-1, 0] < front
            assert (np.diff(posture.pelvis[:, 1]) < 1e-9).all()
            assert posture.pelvis[-1, 1] > body.shank * 0.9, "the rear knee does not go through the floor"


@pytest.mark.parametrize("side", [0, 1])
def test_a_side_lunge_goes_to_the_side_that_bends(side: int) -> None:
    depth = LEFT if side == 0 else LEFT[:, ::-1]
    sign = -1.0 if side == 0 else 1.0
    for seed in SEEDS:
        body, posture, places = done(side_lunge, "side", seed, depth)
        aside = sign * posture.pelvis[:, 2]
        assert (np.diff(aside) > 0).all()
        assert aside[-1] > 0.5 * body.leg
        still = posture.ankle[:, 1 - side]
        assert still == pytest.approx(np.repeat(still[:1], 11, axis=0)), "the other foot stays"
        assert degrees(places, KNEES[side])[-1] < degrees(places, KNEES[1 - side])[-1] - 20
        knees = degrees(places, KNEES[side])
        assert all(after < before + 1.0 for before, after in pairwise(knees[DEPTHS >= 0.6]))
