"""What every programme and every motion promises, whatever it does."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.vision.training.motion.people import mirrored, out_of_reach_m, somebody
from vision.training.body import joints
from vision.training.motion.catalogue import OTHERS, VARIANTS, Exercise, Other

EXERCISES = [each for each in VARIANTS if isinstance(each, Exercise)]
ONE_LEADS = {("lunge", "static"), ("lunge", "rear_elevated")}
"""Left and right are told apart by the style, not by the depth."""
TIMES_S = np.arange(61) / 15


def named(each: Exercise | Other) -> str:
    return f"{each.exercise}-{each.name}"


def deep(variant: Exercise, most: float = 1.2) -> np.ndarray:
    """(n, 2) depths, as this exercise's sides work."""
    depth = np.linspace(0, most, 25)
    return np.stack([depth, 0 * depth if variant.sides != "both" else depth], axis=1)


@pytest.mark.parametrize("variant", EXERCISES, ids=named)
def test_a_posture_follows_from_its_depth_and_the_style_of_its_generator(variant: Exercise) -> None:
    body, _ = somebody(3)
    first, again, other = (
        variant.programme(body, variant.name, np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    depth = deep(variant)
    order = np.random.default_rng(4).permutation(len(depth))
    together = joints(body, first(depth))
    assert joints(body, again(depth[order])) == pytest.approx(together[order], abs=1e-12)
    assert joints(body, again(depth[7:8])) == pytest.approx(together[7:8], abs=1e-12)
    assert np.abs(joints(body, other(depth)) - together).max() > 0.01


@pytest.mark.parametrize("variant", EXERCISES, ids=named)
def test_hands_and_feet_come_to_where_they_are_wanted(variant: Exercise) -> None:
    for seed in range(3):
        body, rng = somebody(seed)
        posture = variant.programme(body, variant.name, rng)(deep(variant, most=1.0))
        places = joints(body, posture)
        assert np.isfinite(places).all()
        assert out_of_reach_m(posture, places) < 0.02 * body.stature


@pytest.mark.parametrize(
    "variant", [each for each in EXERCISES if (each.exercise, each.name) not in ONE_LEADS], ids=named
)
def test_what_left_does_right_does_in_the_mirror(variant: Exercise) -> None:
    for seed in range(2):
        body, rng = somebody(seed)
        programme = variant.programme(body, variant.name, rng)
        left = joints(body, programme(deep(variant)))
        right = joints(body, programme(deep(variant)[:, ::-1]))
        assert np.abs(mirrored(right) - left).max() < 0.02


@pytest.mark.parametrize("other", OTHERS, ids=named)
def test_a_motion_is_the_same_however_often_it_is_looked_at_and_anothers_is_another(other: Other) -> None:
    body, _ = somebody(1)
    often, rarely, another = (
        joints(body, other.motion(body, times_s, np.random.default_rng(seed)))
        for times_s, seed in ((TIMES_S, 5), (TIMES_S[::2], 5), (TIMES_S, 6))
    )
    assert often.shape == (len(TIMES_S), 17, 3)
    # Limbs that lag behind are interpolated between the moments that are asked for.
    assert np.abs(rarely - often[::2]).max() < 0.03
    assert np.abs(another - often).max() > 0.01
