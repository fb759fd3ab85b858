"""Work at weights and machines: where the hands go, with one hand or two, sitting or standing."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.vision.training.motion.people import HIPS, KNEES, SHOULDERS, WRISTS, degrees, pair, somebody
from vision.keypoints import Joint
from vision.training.body import Array, Body, Posture, joints
from vision.training.motion.gym_work import ONE_HAND, QUICK, TAKE_TURNS, WORKS, arm_work, hinge

FPS = 15
TIMES_S = np.arange(8 * FPS) / FPS
SEEDS = range(4)


def worked(name: str, seed: int) -> tuple[Body, Posture, Array]:
    body, rng = somebody(seed)
    posture = arm_work(name)(body, TIMES_S, rng)
    return body, posture, joints(body, posture)


def hands(places: Array) -> Array:
    """(n, 2, 3) from the shoulders."""
    return pair(places, WRISTS) - pair(places, SHOULDERS)


def test_what_is_named_apart_is_a_work() -> None:
    assert set(QUICK) | TAKE_TURNS | ONE_HAND <= set(WORKS)
    assert all(0 <= work.seated <= 1 for work in WORKS.values())
    assert all(lowest <= highest for lowest, highest in (work.lean for work in WORKS.values()))


@pytest.mark.parametrize("name", sorted(WORKS))
def test_the_hands_work_and_the_body_stays(name: str) -> None:
    for seed in SEEDS:
        body, posture, places = worked(name, seed)
        moves = np.ptp(hands(places), axis=0).max(axis=1) / body.arm
        assert moves.max() > 0.02
        assert np.ptp(posture.pelvis, axis=0).max() < 0.12
        assert np.ptp(posture.ankle[..., [0, 2]], axis=0).max() == 0.0


@pytest.mark.parametrize("name", sorted(ONE_HAND))
def test_a_wave_and_a_scratch_are_of_one_hand(name: str) -> None:
    sides = set()
    for seed in range(10):
        body, _, places = worked(name, seed)
        moves = np.ptp(hands(places), axis=0).max(axis=1) / body.arm
        assert moves.min() < 0.12, "only with the trunk"
        assert moves.max() > max(0.05, 1.2 * moves.min())
        sides.add(int(np.argmax(moves)))
    assert sides == {0, 1}


@pytest.mark.parametrize("name", sorted(TAKE_TURNS))
def test_punches_and_juggling_take_turns(name: str) -> None:
    alternating = 0
    for seed in range(10):
        body, _, places = worked(name, seed)
        way = np.linalg.norm(np.diff(hands(places), axis=0), axis=-1) / body.arm
        # Unless it is one of the few in which one hand works alone, one rests while the other moves.
        alternating += bool((np.ptp(hands(places), axis=0).max(axis=1) > 0.1 * body.arm).all())
        assert np.median(way.min(axis=1)) < 0.05
    assert alternating >= 6


@pytest.mark.parametrize(
    ("name", "axis", "least"),
    [("overhead_press", 1, 0.6), ("front_raise", 1, 0.6), ("lateral_raise", 1, 0.5), ("chest_press", 0, 0.4)],
)
def test_the_turn_is_where_the_work_goes(name: str, axis: int, least: float) -> None:
    for seed in SEEDS:
        body, _, places = worked(name, seed)
        moves = np.ptp(hands(places)[..., axis], axis=0) / body.arm
        # A short or partial set still goes a good part of the way.
        assert moves.max() > 0.25 * least
    assert max(np.ptp(hands(worked(name, seed)[2])[..., axis]) for seed in SEEDS) > least * 0.5


def test_who_pulls_down_begins_over_the_head_and_who_presses_ends_there() -> None:
    for seed in SEEDS:
        for name in ("pulldown", "overhead_press"):
            _, _, places = worked(name, seed)
            over = hands(places)[..., 1].max(axis=1)
            assert over.max() > 0.2, "hands over shoulders at one end"


def test_who_is_seated_sits_and_who_is_not_stands() -> None:
    for name, seated in (("seated_row", True), ("pushdown", False), ("upright_row", False)):
        for seed in SEEDS:
            body, posture, places = worked(name, seed)
            knees = np.stack([degrees(places, knee) for knee in KNEES])
            assert bool(knees.max() < 110) is seated
            assert bool(posture.pelvis[:, 1].max() < 1.3 * body.shank) is seated


def test_a_bent_over_row_is_bent_over() -> None:
    for seed in SEEDS:
        _, posture, _ = worked("bent_over_row", seed)
        assert posture.trunk[:, 0].min() >= 40
        assert posture.trunk[:, 0].max() <= 80 + 8 * 1.4


def test_a_rope_lifts_both_feet_together_and_the_hips_with_them() -> None:
    for seed in SEEDS:
        body, posture, _ = worked("jump_rope", seed)
        lift = posture.ankle[..., 1] - posture.ankle[..., 1].min()
        assert lift[:, 0] == pytest.approx(lift[:, 1])
        assert 0.01 < lift.max() <= 0.06 + 1e-9
        assert np.corrcoef(lift[:, 0], posture.pelvis[:, 1])[0, 1] > 0.7
        assert body.leg > lift.max()


@pytest.mark.parametrize("name", sorted(QUICK))
def test_what_is_done_in_one_swing_has_no_pauses(name: str) -> None:
    for seed in SEEDS:
        _, _, places = worked(name, seed)
        speed = np.linalg.norm(np.diff(hands(places), axis=0), axis=-1).max(axis=1) * FPS
        moves = np.flatnonzero(np.concatenate([[True], speed > 0.02, [True]]))
        longest = int(np.diff(moves).max()) - 1
        assert longest / FPS < 0.5


def test_a_hinge_is_of_the_hips_and_not_of_the_knees() -> None:
    for seed in range(12):
        body, rng = somebody(seed)
        posture = hinge(body, TIMES_S, rng)
        places = joints(body, posture)
        assert np.ptp(posture.trunk[:, 0]) > 10
        knees = np.stack([degrees(places, knee) for knee in KNEES])
        assert knees.min() > 95
        assert np.ptp(posture.ankle, axis=0).max() == 0.0
        deep = int(np.argmax(posture.trunk[:, 0]))
        assert places[deep, Joint.LEFT_HIP, 0] < places[0, Joint.LEFT_ANKLE, 0], "hips go back"
        assert np.corrcoef(posture.trunk[:, 0], pair(places, HIPS)[:, 0, 0])[0, 1] < -0.9
        assert np.corrcoef(posture.trunk[:, 0], posture.head[:, 0])[0, 1] < -0.99, "eyes ahead"
