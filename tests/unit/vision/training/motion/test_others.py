"""What people do that is no exercise: possible, smooth, and not what it resembles."""

from __future__ import annotations

import numpy as np
import pytest

from vision.keypoints import Joint
from vision.training.body import Body, joints
from vision.training.motion import catalogue
from vision.training.motion.catalogue import OTHERS, Other
from vision.training.motion.wander import cycle, sway, wander

TIMES_S = np.arange(360) / 30
WRISTS, ANKLES = [Joint.LEFT_WRIST, Joint.RIGHT_WRIST], [Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE]


def filmed(name: str, seed: int) -> tuple[Body, np.ndarray]:
    rng = np.random.default_rng(seed)
    body = Body.sample(rng)
    other = catalogue.find("none", name)
    assert isinstance(other, Other)
    return body, joints(body, other.motion(body, TIMES_S, rng))


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.name)
def test_motions_are_human(other: Other) -> None:
    for seed in range(4):
        body, places = filmed(other.name, seed)
        assert np.isfinite(places).all()
        speed_m_s = np.linalg.norm(np.diff(places, axis=0), axis=-1) * 30
        assert np.percentile(speed_m_s.max(axis=1), 99) < 12
        assert places[..., 1].min() > -0.2 * body.leg, "under the floor"
        assert places[..., 1].max() < body.stature + body.arm


@pytest.mark.parametrize("name", ["plank", "forearm_plank"])
def test_planks_hold_still(name: str) -> None:
    for seed in range(4):
        body, places = filmed(name, seed)
        assert np.ptp(places[:, Joint.LEFT_SHOULDER, 1]) < 0.12 * body.arm


def test_mountain_climbers_move_their_feet_and_not_their_hands() -> None:
    for seed in range(4):
        body, places = filmed("mountain_climber", seed)
        assert np.ptp(places[:, WRISTS], axis=0).max() < 0.1 * body.arm
        assert np.ptp(places[:, ANKLES, 0], axis=0).min() > 0.3 * body.leg


def test_shoulder_taps_lift_one_hand_at_a_time() -> None:
    for seed in range(4):
        _, places = filmed("shoulder_tap", seed)
        lifted = places[:, WRISTS, 1] > places[:, WRISTS, 1].min() + 0.1
        assert lifted.any(axis=0).all()
        assert not lifted.all(axis=1).any()


def test_walkers_walk() -> None:
    ways = []
    for seed in range(12):
        body, places = filmed("walk", seed)
        steps = places[:, ANKLES, 0] - places[:, [Joint.LEFT_HIP, Joint.RIGHT_HIP], 0]
        assert (np.ptp(steps, axis=0) > 0.2 * body.leg).all()
        assert np.corrcoef(steps.T)[0, 1] < -0.8, "one foot and then the other"
        ways.append(np.ptp(places[:, Joint.NOSE, 0]))
    assert min(ways) < 0.5, "some are on a treadmill"
    assert max(ways) > 1.5


def test_who_sits_down_does_so_once() -> None:
    for seed in range(12):
        _, places = filmed("sit", seed)
        hips = places[:, Joint.LEFT_HIP, 1]
        low = hips < (hips.max() + hips.min()) / 2
        if np.ptp(hips) > 0.25:
            assert np.abs(np.diff(low.astype(int))).sum() <= 2


def test_a_bench_press_moves_the_hands_over_a_still_body() -> None:
    for seed in range(4):
        body, places = filmed("bench_press", seed)
        assert np.ptp(places[:, [Joint.LEFT_SHOULDER, Joint.LEFT_HIP]], axis=0).max() < 0.1
        assert np.ptp(places[:, WRISTS], axis=0).max() > 0.1 * body.arm


def test_wandering_stays_in_bounds_and_is_smooth() -> None:
    values = wander(TIMES_S, np.random.default_rng(1), 1.0, 5)
    assert values.shape == (360, 5)
    assert np.abs(values).max() <= 1
    assert np.abs(np.diff(values, axis=0)).max() < 1.875 * 2 / 0.6 / 30
    assert np.ptp(values, axis=0).min() > 0.5


def test_swaying_is_slow_and_small() -> None:
    moves = sway(TIMES_S, np.random.default_rng(1), (4, 2))
    assert moves.shape == (360, 4, 2)
    assert np.abs(moves).max() <= 1.4
    assert np.abs(np.diff(moves, axis=0)).max() < 1.4 * 2 * np.pi * 0.7 / 30


def test_a_cycle_goes_round_about_once_a_period() -> None:
    turns = cycle(TIMES_S, np.random.default_rng(1), 0.8)
    assert turns[-1] - turns[0] == pytest.approx(TIMES_S[-1] / 0.8, abs=0.4)
