"""Feet in turn, through the picture and on the spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.unit.vision.training.motion.people import (
    ANKLES,
    HIPS,
    KNEES,
    WRISTS,
    degrees,
    middle,
    pair,
    somebody,
)
from vision.training.body import Array, Body, Posture, joints
from vision.training.motion.gait import JOG_ON_THE_SPOT, RUN, WALK, Gait, ball, dance, high_knees, run, walk

if TYPE_CHECKING:
    from vision.training.motion.programme import Motion

FPS = 20
TIMES_S = np.arange(8 * FPS) / FPS
SEEDS = range(6)


def moved(motion: Motion, seed: int) -> tuple[Body, Posture, Array]:
    body, rng = somebody(seed)
    posture = motion(body, TIMES_S, rng)
    return body, posture, joints(body, posture)


def on_the_spot(posture: Posture) -> Array:
    """Ankles (n, 2, 3) as seen from the hips."""
    return np.asarray(posture.ankle - posture.pelvis[:, None])


def period_s(curve: Array) -> float:
    """How long one turn of it takes: the time between its upward crossings, on average."""
    up = np.flatnonzero((curve[:-1] < 0) & (curve[1:] >= 0))
    return float(np.diff(up).mean()) / FPS


@pytest.mark.parametrize(("motion", "gaits"), [(walk, (WALK,)), (run, (RUN, JOG_ON_THE_SPOT))])
def test_a_turn_takes_as_long_as_the_gait_allows(motion: Motion, gaits: tuple[Gait, ...]) -> None:
    least, most = (edge(gait.period_s[at] for gait in gaits) for at, edge in enumerate((min, max)))
    for seed in SEEDS:
        _, posture, _ = moved(motion, seed)
        lifted = posture.ankle[..., 1]
        # A phase that wanders by 0.15 turns in two periods makes a turn that much quicker or slower.
        assert 0.8 * least < period_s(lifted[:, 0] - lifted[:, 1]) < 1.25 * most


@pytest.mark.parametrize(("motion", "gaits"), [(walk, (WALK,)), (run, (RUN, JOG_ON_THE_SPOT))])
def test_steps_and_lifts_are_the_gaits(motion: Motion, gaits: tuple[Gait, ...]) -> None:
    for seed in SEEDS:
        body, posture, _ = moved(motion, seed)
        step = np.ptp(on_the_spot(posture)[..., 0], axis=0) / 2 / body.leg
        assert min(gait.step[0] for gait in gaits) - 0.03 <= step.min()
        assert step.max() <= max(gait.step[1] for gait in gaits) + 0.01
        lift = np.ptp(posture.ankle[..., 1], axis=0) / body.leg
        assert min(gait.lift[0] for gait in gaits) * 0.9 <= lift.min()
        assert lift.max() <= max(gait.lift[1] for gait in gaits) + 0.01


def test_feet_come_back_to_the_floor_and_never_go_through_it() -> None:
    for motion in (walk, run, high_knees, ball, dance):
        for seed in SEEDS:
            body, posture, _ = moved(motion, seed)
            lowest = posture.ankle[..., 1].min(axis=0)
            assert lowest == pytest.approx([body.ankle] * 2, abs=1e-9)


def test_a_foot_is_in_the_air_on_its_way_forward_and_on_the_floor_on_its_way_back() -> None:
    for seed in SEEDS:
        body, posture, _ = moved(walk, seed)
        speed = np.diff(on_the_spot(posture)[..., 0], axis=0)
        in_air = posture.ankle[1:, :, 1] > body.ankle + 0.03 * body.leg
        assert speed[in_air].min() > -1e-3
        assert speed[~in_air].mean() < 0


def test_arms_swing_against_the_legs() -> None:
    for seed in SEEDS:
        _, posture, _ = moved(walk, seed)
        feet = on_the_spot(posture)[..., 0]
        hands = (posture.wrist - posture.pelvis[:, None])[..., 0]
        for side in range(2):
            assert np.corrcoef(feet[:, side], hands[:, 1 - side])[0, 1] > 0.8, "the other one's"
            assert np.corrcoef(feet[:, side], hands[:, side])[0, 1] < -0.8


def test_runners_bend_their_arms_and_walkers_hardly() -> None:
    for seed in SEEDS:
        body, running, _ = moved(run, seed)
        _, walking, _ = moved(walk, seed)
        reach = [
            np.linalg.norm(each - middle[:, None], axis=-1).mean()
            for each, middle in ((running.wrist, running.pelvis), (walking.wrist, walking.pelvis))
        ]
        assert reach[0] != reach[1]
        low = [np.mean(each.wrist[..., 1] - each.pelvis[:, None, 1]) for each in (running, walking)]
        assert low[0] > low[1] + 0.1 * body.arm, "hands come up when the elbow is bent"


def test_some_run_on_the_spot_and_some_through_the_picture_at_a_steady_speed() -> None:
    ways = []
    for seed in range(30):
        _, posture, _ = moved(run, seed)
        x = posture.pelvis[:, 0]
        ways.append(np.ptp(x))
        assert np.ptp(np.diff(x)) < 1e-9
        assert x[0] == pytest.approx(-x[-1]), "through the middle"
    assert min(ways) == 0.0
    assert 1.5 <= max(ways) <= 5.0
    assert all(way == 0.0 or way >= 1.5 for way in ways)


def test_high_knees_are_knees_to_the_hips_or_heels_to_the_seat() -> None:
    kinds = set()
    for seed in range(24):
        body, posture, places = moved(high_knees, seed)
        high = posture.ankle[:, 0, 1] > posture.ankle[:, 0, 1].min() + 0.9 * np.ptp(posture.ankle[:, 0, 1])
        behind = float(on_the_spot(posture)[high, 0, 0].mean()) < -0.2 * body.leg
        kinds.add(behind)
        if behind:
            assert degrees(places, KNEES[0])[high].max() < 110
        assert np.asarray(np.corrcoef(posture.ankle[..., 1].T))[0, 1] < 0, "one and then the other"
    assert kinds == {True, False}


def test_hands_of_high_knees_stay_before_the_body() -> None:
    for seed in SEEDS:
        body, _, places = moved(high_knees, seed)
        away = np.linalg.norm(pair(places, WRISTS) - middle(places, HIPS)[:, None], axis=-1)
        assert away.max() < body.torso + body.arm


def test_a_ball_lifts_either_foot_and_never_both_by_much() -> None:
    for seed in SEEDS:
        body, posture, _ = moved(ball, seed)
        lift = (posture.ankle[..., 1] - body.ankle) / body.leg
        assert lift.max() <= 0.45
        assert (np.ptp(lift, axis=0) > 0.02).all()
        assert np.ptp(posture.pelvis, axis=0).max() < 0.25 * body.leg, "stays about where it is"


def test_dancers_stay_on_their_feet_and_move_every_part() -> None:
    for seed in SEEDS:
        body, posture, places = moved(dance, seed)
        assert (middle(places, HIPS)[:, 1] > 0.7 * body.leg).all()
        assert (middle(places, HIPS)[:, 1] > pair(places, ANKLES)[..., 1].max(axis=1)).all()
        for left in (HIPS, ANKLES, WRISTS):
            assert np.ptp(pair(places, left), axis=0).max() > 0.04
        assert np.abs(posture.trunk[:, 2]).max() <= 35
