"""Hanging from a bar, high and low."""

from __future__ import annotations

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
from vision.training.motion.bar import inverted_row, pullup

DEPTHS = np.linspace(0, 1, 11)
BOTH = np.repeat(DEPTHS[:, None], 2, axis=1)
TIMES_S = np.arange(120) / 15
SEEDS = range(6)
GRIPS = {"wide": (1.5, 2.3), "close": (0.4, 0.9), "chin_up": (0.7, 1.2), "shoulder_width": (1.0, 1.6)}


def pulled(variant: str, seed: int) -> tuple[Body, Posture, Array]:
    body, rng = somebody(seed)
    posture = pullup(body, variant, rng)(BOTH)
    return body, posture, joints(body, posture)


@pytest.mark.parametrize("variant", GRIPS)
def test_hands_hold_the_bar_as_wide_as_the_grip(variant: str) -> None:
    least, most = GRIPS[variant]
    for seed in SEEDS:
        body, posture, _ = pulled(variant, seed)
        assert np.ptp(posture.wrist, axis=0).max() == 0.0
        assert least <= np.ptp(posture.wrist[0, :, 2]) / (2 * body.shoulder) <= most
        assert np.ptp(posture.wrist[0, :, 1]) == 0.0, "a level bar"


@pytest.mark.parametrize("variant", [*GRIPS, "kipping"])
def test_the_bar_is_high_enough_for_straight_legs(variant: str) -> None:
    for seed in SEEDS:
        body, posture, _ = pulled(variant, seed)
        bar = posture.wrist[0, 0, 1]
        assert bar > body.arm + body.torso + body.leg + body.ankle


@pytest.mark.parametrize("variant", [*GRIPS, "kipping"])
def test_the_whole_body_is_drawn_up_and_comes_nearer_with_every_step(variant: str) -> None:
    for seed in SEEDS:
        body, _, places = pulled(variant, seed)
        below = middle(places, WRISTS)[:, 1] - middle(places, SHOULDERS)[:, 1]
        assert (np.diff(below) < 0).all()
        rise = middle(places, HIPS)[:, 1]
        assert rise[-1] - rise[0] > 0.35 * body.arm, "hips come along"
        line = middle(places, SHOULDERS) - middle(places, HIPS)
        assert np.degrees(np.arctan2(-line[:, 0], line[:, 1])).max() < 30, "leans back a little at most"


def test_kipping_swings_the_legs_and_comes_to_rest_at_both_ends() -> None:
    for seed in SEEDS:
        _, _, places = pulled("kipping", seed)
        line = middle(places, Joint.LEFT_KNEE) - middle(places, HIPS)
        swing = np.degrees(np.arctan2(line[:, 0], -line[:, 1]))
        assert swing[5] - max(swing[0], swing[-1]) > 9
        _, _, strict = pulled("wide", seed)
        line = middle(strict, Joint.LEFT_KNEE) - middle(strict, HIPS)
        assert np.ptp(np.degrees(np.arctan2(line[:, 0], -line[:, 1]))) < 8.1


def test_elbows_point_forward_in_a_chin_up_and_aside_in_a_pull_up() -> None:
    for seed in SEEDS:
        ahead, aside = {}, {}
        for variant in ("chin_up", "wide"):
            _, _, places = pulled(variant, seed)
            elbow = (pair(places, Joint.LEFT_ELBOW) - pair(places, SHOULDERS))[-1]
            ahead[variant], aside[variant] = elbow[:, 0].mean(), np.ptp(elbow[:, 2])
        assert ahead["chin_up"] > ahead["wide"]
        assert aside["wide"] > aside["chin_up"]


def test_some_draw_their_knees_up_and_others_hang_straight() -> None:
    knees = [degrees(pulled("wide", seed)[2], KNEES[0])[0] for seed in range(24)]
    assert max(knees) > 160
    assert min(knees) < 125
    assert all(knee > 150 or knee < 125 for knee in knees)


def test_a_row_under_a_bar_leaves_heels_and_hands_and_moves_the_chest() -> None:
    for seed in SEEDS:
        body, rng = somebody(seed)
        posture = inverted_row(body, TIMES_S, rng)
        places = joints(body, posture)
        assert np.ptp(posture.wrist, axis=0).max() == 0.0
        assert np.ptp(pair(places, ANKLES), axis=0).max() < 0.02
        assert 0.75 <= posture.wrist[0, 0, 1] <= 1.1
        chest = middle(places, SHOULDERS)[:, 1]
        assert np.ptp(chest) > 0.1 * body.arm
        elbow = degrees(places, ELBOWS[0])
        low, high = np.argmin(chest), np.argmax(chest)
        assert elbow[high] < elbow[low] - 20, "arms bend as the chest comes up"


def test_a_row_is_done_by_a_straight_body_on_its_back() -> None:
    for seed in SEEDS:
        body, rng = somebody(seed)
        places = joints(body, inverted_row(body, TIMES_S, rng))
        assert np.stack([degrees(places, knee) for knee in KNEES]).min() > 150
        straight = degrees(places, (Joint.LEFT_SHOULDER, Joint.LEFT_HIP, Joint.LEFT_ANKLE))
        assert straight.min() > 160
        assert (places[:, Joint.NOSE, 1] > middle(places, SHOULDERS)[:, 1]).all(), "face up"
