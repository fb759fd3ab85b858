from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.keypoints import Joint
from vision.pose import PoseModel
from vision.training.body import Body
from vision.training.camera import View
from vision.training.occlusion import hidden_joints
from vision.training.sensor import MATES, SENSORS, Sensor, Sight, sense

SEEDS = st.integers(0, 2**32 - 1)
TIMES_S = np.arange(90) / 30
SURE = (50.0, 0.0)
EXACT = Sensor(
    flicker=0,
    drift=0,
    bias=0,
    hidden_drift=0,
    pull=0,
    core_score=SURE,
    seen_score=SURE,
    hidden_score=SURE,
    outside_score=SURE,
    score_flicker=0,
    score_step=0,
    grid=0,
    invents=False,
    outliers=0,
    swaps=0,
    turns=0,
    losses=0,
)


def upright(*, turned: float = 0.0, shift_px: float = 0.0) -> View:
    """Somebody who stands 3 m away, turned by an angle; 0 faces the camera."""
    across = np.zeros((17, 2))  # of the body: to its left, and forward
    across[[5, 7, 9], 0], across[[6, 8, 10], 0] = 0.2, -0.2
    across[[11, 13, 15], 0], across[[12, 14, 16], 0] = 0.1, -0.1
    across[0, 1], across[1:3, 1] = 0.1, 0.08
    across[[1, 2, 3, 4], 0] = 0.03, -0.03, 0.08, -0.08
    heights = np.array(
        [1.6, 1.65, 1.65, 1.62, 1.62, 1.4, 1.4, 1.1, 1.1, 0.85, 0.85, 0.9, 0.9, 0.5, 0.5, 0.1, 0.1]
    )
    angle = np.radians(turned)
    x = across[:, 0] * np.cos(angle) - across[:, 1] * np.sin(angle)
    depth = 3 - across[:, 1] * np.cos(angle) - across[:, 0] * np.sin(angle)
    pixels = np.stack([320 + 200 * x + shift_px, 400 - 200 * heights], axis=-1)
    return View(
        np.repeat(pixels[None], len(TIMES_S), axis=0),
        np.repeat(depth[None], len(TIMES_S), axis=0),
        200.0,
        (640, 480),
    )


def somebody() -> Body:
    return Body.sample(np.random.default_rng(1))


@settings(max_examples=10)
@given(SEEDS)
def test_a_perfect_sensor_says_what_is(seed: int) -> None:
    view = upright(turned=30)
    found = sense(view, somebody(), TIMES_S, EXACT, np.random.default_rng(seed))
    assert found[..., :2] == pytest.approx(view.pixels)
    assert found[..., 2] == pytest.approx(1)


@pytest.mark.parametrize("model", get_args(PoseModel))
@settings(max_examples=15)
@given(seed=SEEDS)
def test_keypoints_are_possible_and_near_the_truth(model: PoseModel, seed: int) -> None:
    view = upright()
    found = sense(view, somebody(), TIMES_S, SENSORS[model], np.random.default_rng(seed))
    assert np.isfinite(found).all()
    assert found[..., 2].min() >= 0
    assert found[..., 2].max() <= 1
    seen = found[..., 2].any(axis=1)
    assert seen.any()
    away_px = np.linalg.norm(found[seen, :, :2] - view.pixels[seen], axis=-1)
    assert np.median(away_px) < 30  # a torso is a hundred


def test_from_the_side_the_far_arm_is_hidden() -> None:
    hidden = hidden_joints(upright(turned=90), TIMES_S)[0]
    assert hidden[Joint.RIGHT_HIP] > 0.5
    assert hidden[[Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, Joint.LEFT_HIP, Joint.LEFT_KNEE]].max() == 0
    assert hidden[Joint.RIGHT_KNEE] > 0.5


def test_from_the_front_nothing_is_hidden_and_from_behind_the_face() -> None:
    front, back = (hidden_joints(upright(turned=turned), TIMES_S)[0] for turned in (0, 180))
    assert front.max() < 0.2
    assert back[[Joint.NOSE, Joint.LEFT_EYE, Joint.RIGHT_EYE]].min() > 0.5
    assert back[5:].max() < 0.2


def test_hiding_follows_the_body() -> None:
    front, side = upright(), upright(turned=90)
    half = len(TIMES_S) // 2
    pixels, depth = front.pixels.copy(), front.depth_m.copy()
    pixels[half:], depth[half:] = side.pixels[half:], side.depth_m[half:]
    hidden = hidden_joints(View(pixels, depth, 200.0, (640, 480)), TIMES_S)
    assert hidden[: half - 4, Joint.RIGHT_HIP].max() < 0.2
    assert hidden[half + 4 :, Joint.RIGHT_HIP].min() > 0.5


def test_blazepose_doubts_hidden_limbs_and_never_the_trunk() -> None:
    rng = np.random.default_rng(1)
    takes = [sense(upright(turned=90), somebody(), TIMES_S, SENSORS["blazepose"], rng) for _ in range(30)]
    scores = np.median([np.median(take[..., 2], axis=0) for take in takes], axis=0)
    assert scores[Joint.RIGHT_KNEE] < 0.8
    assert scores[Joint.LEFT_KNEE] > 0.95
    assert scores[Joint.RIGHT_HIP] > 0.95


@pytest.mark.parametrize("model", get_args(PoseModel))
def test_joints_outside_the_frame_score_low(model: PoseModel) -> None:
    rng = np.random.default_rng(1)
    view = upright()
    below = View(view.pixels + np.array([0.0, 200.0]), view.depth_m, 200.0, view.size_px)
    takes = np.stack([sense(below, somebody(), TIMES_S, SENSORS[model], rng) for _ in range(20)])
    legs = takes[:, :, [Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE]]
    assert np.median(legs[..., 2]) < 0.3
    low = np.median(legs[..., 1])
    assert (low <= 480) if SENSORS[model].invents else (low > 480)


def test_movenet_has_few_scores_and_places() -> None:
    rng = np.random.default_rng(1)
    movenet = replace(SENSORS["movenet"], outliers=0.0)
    found = sense(upright(), somebody(), TIMES_S, movenet, rng)
    assert len(np.unique(found[..., 2].round(6))) < 45
    assert len(np.unique(found[:, Joint.LEFT_HIP, 0].round(6))) < 25


def test_hidden_joints_go_to_their_mates() -> None:
    view = upright(turned=90)
    near, far = view.pixels.copy(), 320.0 - 60.0
    near[:, Joint.RIGHT_HIP, 0] = far
    pulled = replace(EXACT, pull=1.0)
    sight = Sight(pulled, TIMES_S, 100.0, 1.0, np.random.default_rng(1))
    hidden = np.zeros((len(TIMES_S), 17))
    hidden[:, Joint.RIGHT_HIP] = 1
    places = sight.places(near, hidden)
    mate = near[0, Joint.LEFT_HIP, 0]
    assert (places[:, Joint.RIGHT_HIP, 0] >= far - 1e-9).all()
    assert (places[:, Joint.RIGHT_HIP, 0] <= mate + 1e-9).all()
    assert np.median(places[:, Joint.RIGHT_HIP, 0]) > far + 0.2 * (mate - far)
    assert places[:, Joint.LEFT_HIP] == pytest.approx(near[:, Joint.LEFT_HIP])


def test_left_and_right_are_swapped_together() -> None:
    view = upright()
    found = sense(view, somebody(), TIMES_S, replace(EXACT, swaps=3.0), np.random.default_rng(3))
    moved = np.abs(found[..., :2] - view.pixels).max(axis=-1) > 1
    assert moved.any()
    assert not moved.all()
    assert found[moved][:, :2] == pytest.approx(view.pixels[:, MATES][moved])
    assert (moved == moved[:, MATES]).all()


def test_who_is_lost_is_all_zeros_and_found_again() -> None:
    rng = np.random.default_rng(1)
    found = sense(upright(), somebody(), TIMES_S, replace(EXACT, losses=1.0), rng)
    lost = ~found[..., 2].any(axis=1)
    assert 0 < lost.mean() < 1
    assert not found[lost].any()


def test_only_a_lying_body_is_turned_about() -> None:
    view = upright()
    lying = View(view.pixels[..., ::-1].copy(), view.depth_m, 200.0, (640, 640))
    rng = np.random.default_rng(1)
    assert _turned(lying, rng)
    assert not _turned(view, rng)


def _turned(view: View, rng: np.random.Generator) -> bool:
    found = sense(view, somebody(), TIMES_S, replace(EXACT, turns=5.0), rng)
    return bool(np.abs(found[..., :2] - view.pixels).max() > 50)


@settings(max_examples=30)
@given(SEEDS, st.floats(0.05, 2.0))
def test_smooth_noise_keeps_its_spread_and_its_pace(seed: int, every_s: float) -> None:
    sight = Sight(EXACT, TIMES_S, 100.0, 1.0, np.random.default_rng(seed))
    noise = sight.smooth(every_s, (400,))
    assert noise.std(axis=1) == pytest.approx(1, abs=0.25)
    step_s = TIMES_S[1]
    assert np.abs(np.diff(noise, axis=0)).max() < 7 * np.pi / 2 * max(step_s / every_s, 0) + 7 * (
        every_s < step_s * 2
    )
