"""From one floor posture to another, and what each of them is."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from vision.training.body import Array, Body, Posture, joints
from vision.training.motion.flows import burpee, cobra, crouched, down_dog, kneel, through, yoga
from vision.training.motion.planks import held

TIMES_S = np.arange(20 * 12) / 12
SEEDS = range(5)


def planted(seed: int) -> tuple[Body, Array]:
    """A body and where its hands are in a plank."""
    body, rng = somebody(seed)
    return body, held(body, np.zeros(1), rng).wrist[0]


def flat(posture: Posture) -> Array:
    """(n, ...) everything of a posture in a row for each time."""
    parts = [getattr(posture, field.name).reshape(len(posture), -1) for field in fields(posture)]
    return np.concatenate(parts, axis=1)


def keys(seed: int) -> list[Posture]:
    body, hands = planted(seed)
    return [cobra(body, hands), crouched(body, hands), down_dog(body, hands, float(hands[0, 0]) - 1.0)]


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_a_flow_goes_from_key_to_key_in_order_and_rests_at_each(seed: int) -> None:
    three = keys(0)
    moving = flat(through(three, TIMES_S, np.random.default_rng(seed), (0.5, 1.0), (0.5, 1.0)))
    at = [np.abs(moving - flat(key)).max(axis=1) < 1e-9 for key in three]
    visited = [number for time in range(len(TIMES_S)) for number in range(3) if at[number][time]]
    order = [visited[0], *(now for before, now in pairwise(visited) if now != before)]
    assert len(order) > 6, "twenty seconds are enough for more than two rounds"
    assert all((after - before) % 3 == 1 for before, after in pairwise(order))


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_between_two_keys_it_is_on_the_way_and_never_beyond(seed: int) -> None:
    three = keys(1)
    moving = flat(through(three, TIMES_S, np.random.default_rng(seed), (0.5, 1.5), (0.1, 1.0)))
    values = np.concatenate([flat(key) for key in three])
    assert (moving >= values.min(axis=0) - 1e-9).all()
    assert (moving <= values.max(axis=0) + 1e-9).all()
    # The steepest of a minimum jerk over the shortest way.
    most = 15 / 8 / 0.5 / 12 * np.ptp(values, axis=0).max()
    assert np.abs(np.diff(moving, axis=0)).max() <= most + 1e-9


def test_a_flow_of_one_posture_stays_in_it() -> None:
    (one,) = keys(2)[:1]
    moving = through([one], TIMES_S, np.random.default_rng(0), (0.5, 1.0), (0.5, 1.0))
    assert np.abs(flat(moving) - flat(one)).max() < 1e-12
    assert len(moving) == len(TIMES_S)


@pytest.mark.parametrize("seed", SEEDS)
def test_down_dog_has_the_hips_on_top_and_straight_arms_and_legs(seed: int) -> None:
    body, hands = planted(seed)
    places = joints(body, down_dog(body, hands, float(hands[0, 0]) - 1.1 * body.leg))
    hips = middle(places, HIPS)[0, 1]
    assert hips > middle(places, SHOULDERS)[0, 1] > middle(places, WRISTS)[0, 1]
    assert hips > middle(places, KNEE)[0, 1] > middle(places, ANKLES)[0, 1]
    assert min(degrees(places, knee)[0] for knee in KNEES) > 150
    assert np.linalg.norm(pair(places, WRISTS) - hands, axis=-1).max() < 0.15 * body.arm


@pytest.mark.parametrize("gap", [0.1, 0.8, 5.0])
def test_down_dog_can_be_posed_for_feet_at_any_distance(gap: float) -> None:
    body, hands = planted(1)
    places = joints(body, down_dog(body, hands, float(hands[0, 0]) - gap))
    assert np.isfinite(places).all()
    assert middle(places, HIPS)[0, 1] > 0.2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cobra_lifts_the_chest_over_hips_on_the_floor(seed: int) -> None:
    body, hands = planted(seed)
    places = joints(body, cobra(body, hands))
    assert middle(places, HIPS)[0, 1] < 0.2
    assert middle(places, SHOULDERS)[0, 1] > middle(places, HIPS)[0, 1] + 0.5 * body.torso
    assert places[0, Joint.NOSE, 1] > middle(places, SHOULDERS)[0, 1], "looks up"
    assert middle(places, ANKLES)[0, 0] < middle(places, HIPS)[0, 0] - 0.9 * body.leg


@pytest.mark.parametrize("seed", SEEDS)
def test_who_crouches_has_hands_and_feet_on_the_floor_and_hips_between(seed: int) -> None:
    body, hands = planted(seed)
    places = joints(body, crouched(body, hands))
    assert pair(places, ANKLES)[0, :, 1] == pytest.approx([body.ankle] * 2, abs=0.02)
    assert pair(places, WRISTS)[..., 1].max() < 0.25 * body.arm
    assert max(degrees(places, knee)[0] for knee in KNEES) < 120
    assert 0.4 * body.leg < middle(places, HIPS)[0, 1] < 0.7 * body.leg


def test_yoga_keeps_its_hands_where_they_are() -> None:
    for seed in SEEDS:
        body, rng = somebody(seed)
        posture = yoga(body, TIMES_S, rng)
        assert np.ptp(posture.wrist, axis=0).max() < 1e-9
        assert np.ptp(posture.pelvis[:, 1]) > 0.2 * body.leg


def test_a_burpee_goes_down_to_the_floor_and_up_again_and_some_leap() -> None:
    leaps = 0
    for seed in range(16):
        body, rng = somebody(seed)
        posture = burpee(body, TIMES_S, rng)
        hips = posture.pelvis[:, 1]
        assert hips.min() < 0.6 * body.leg
        assert hips.max() > 0.9 * body.leg
        crossed = np.abs(np.diff((hips > 0.7 * body.leg).astype(int))).sum()
        assert crossed >= 4, "more than once in twenty seconds"
        leaps += bool(posture.ankle[..., 1].max() > body.ankle + 0.09)
        places = joints(body, posture)
        assert np.abs(places[:, Joint.LEFT_HIP, 0] - posture.pelvis[:, 0]).max() < body.hip
    assert 0 < leaps < 16


def test_who_kneels_has_the_knees_on_the_floor_all_the_time() -> None:
    for seed in SEEDS:
        body, rng = somebody(seed)
        posture = kneel(body, TIMES_S, rng)
        places = joints(body, posture)
        assert pair(places, KNEE)[..., 1].max() < 0.15
        assert np.ptp(posture.pelvis, axis=0).max() < 1e-9
        pitch = posture.trunk[:, 0]
        assert pitch.min() < 5
        assert pitch.max() > 87, "and on all fours"
