"""People between exercises: standing about, sitting down, stretching."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vision.training.body import MIRROR
from vision.training.motion.limbs import (
    Trunk,
    carried,
    constant,
    feet,
    hanging,
    knees_out,
    leaning,
    posed,
    swung,
)
from vision.training.motion.wander import wander
from vision.training.tempo import eased

if TYPE_CHECKING:
    from collections.abc import Callable

    from vision.training.body import Array, Body, Posture, Torso
    from vision.training.motion.limbs import Arms

AT_EASE = ("hang", "hang", "on_hips", "clasped", "crossed", "phone", "behind_head", "on_chest", "at_ears")
HANDS_THAT_GO = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
"""Often only one does."""


def at_ease(body: Body, name: str, upper: Torso) -> Arms:
    """Arms of somebody who waits."""
    return hanging(body, upper) if name == "hang" else carried(body, upper, name)


def _arms_that_change(
    body: Body, times_s: Array, rng: np.random.Generator, names: tuple[str, ...], hold_s: tuple[float, float]
) -> Callable[[Torso], Arms]:
    """From one way to hold the hands to another, each kept for a while."""
    first = str(rng.choice(names))
    changes: list[tuple[str, Array]] = []
    at_s = float(times_s[0] + rng.uniform(-hold_s[1], hold_s[1]))
    while at_s < times_s[-1]:
        way_s = float(rng.uniform(0.35, 1.2))
        share = eased(np.clip((times_s - at_s) / way_s, 0, 1))[:, None] * rng.choice(HANDS_THAT_GO)
        changes.append((str(rng.choice(names)), share[..., None]))
        at_s += way_s + float(rng.uniform(*hold_s))

    def arms(upper: Torso) -> Arms:
        wrist, pole = at_ease(body, first, upper)
        for name, share in changes:
            other_wrist, other_pole = at_ease(body, name, upper)
            wrist, pole = wrist + share * (other_wrist - wrist), pole + share * (other_pole - pole)
        return wrist, pole

    return arms


class Stance(NamedTuple):
    """Feet (n, 2, 3) on the floor, and how high the hips can be over them."""

    ankle: Array
    height: float


def stance(body: Body, count: int, rng: np.random.Generator) -> Stance:
    """Feet side by side, or one well ahead of the other, knees straight or soft."""
    apart = body.hip * rng.uniform(0.7, 2.0)
    stagger = body.leg * rng.choice([rng.normal(0, 0.04), rng.uniform(-0.75, 0.75)], p=[0.6, 0.4])
    soft = rng.choice([0.985, rng.uniform(0.88, 0.985)])
    ankle = feet(body, count, apart, (stagger / 2, -stagger / 2)).copy()
    return Stance(ankle, body.ankle + np.sqrt((soft * body.leg) ** 2 - (stagger / 2) ** 2))


def stand(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Standing about: weight from foot to foot, hands here and there, a look around."""
    count = len(times_s)
    ankle, height = stance(body, count, rng)
    shift = wander(times_s, rng, rng.uniform(0.8, 4.0), 4)
    pelvis = np.stack(
        [0.02 * shift[:, 0], height - 0.01 - 0.02 * np.abs(shift[:, 1]), 0.6 * body.hip * shift[:, 1]],
        axis=-1,
    )
    names = tuple(rng.choice(AT_EASE, 3))
    return posed(
        body,
        Trunk(pelvis, leaning(3 + 5 * shift[:, 0], 5 * shift[:, 1], 12 * shift[:, 2]), 3 * shift[:, 3] + 3),
        (ankle, knees_out(count, 15)),
        _arms_that_change(body, times_s, rng, names, (0.4, 4.0)),
        np.stack([8 + 12 * shift[:, 3], 25 * shift[:, 2]], axis=-1),
    )


def sit(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Sitting down on a bench, resting, perhaps getting up once."""
    count = len(times_s)
    seat = body.shank * rng.uniform(0.8, 1.15)
    down_s, up_s = rng.uniform(0.8, 2.0, 2)
    start_s = times_s[0] + rng.uniform(-1.0, 4.0)
    end_s = start_s + down_s + rng.uniform(2.0, 12.0)
    share = np.clip((times_s - start_s) / down_s, 0, 1) - np.clip((times_s - end_s) / up_s, 0, 1)
    low = eased(share)
    shift = wander(times_s, rng, rng.uniform(1.0, 3.0), 4)
    lean = 3 + 32 * np.sin(np.pi * low) ** 2 + low * rng.uniform(-8, 35) + 4 * shift[:, 0]
    thigh = np.radians(4 + 86 * low)
    shank = np.radians(2 + 14 * np.sin(np.pi * low))
    pelvis = np.stack(
        [
            body.shank * np.sin(shank) - 0.95 * body.thigh * np.sin(thigh),
            body.ankle + (0.985 * body.leg) * (1 - low) + seat * low,
            0.02 * shift[:, 1],
        ],
        axis=-1,
    )
    names = tuple(rng.choice(AT_EASE, 3))
    return posed(
        body,
        Trunk(pelvis, leaning(lean, 3 * shift[:, 1], 10 * shift[:, 2]), 6 + 4 * shift[:, 3]),
        (feet(body, count, body.hip * rng.uniform(0.8, 2.5)), knees_out(count, rng.uniform(0, 25))),
        _arms_that_change(body, times_s, rng, names, (0.5, 4.0)),
        np.stack([5 + 15 * shift[:, 3], 30 * shift[:, 2]], axis=-1),
    )


def stretch(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Bending aside, arms overhead or aside, twisting, a long stride held."""
    count = len(times_s)
    slow = wander(times_s, rng, rng.uniform(1.5, 4.0), 9)
    stride = rng.choice([0.0, rng.uniform(0.2, 0.7)])
    ankle = feet(body, count, body.hip * rng.uniform(0.8, 3.0), (stride * 0.5, -stride * 0.5))
    sunk = stride * 0.15 + rng.uniform(0, 0.1) * (1 + slow[:, 0])
    pelvis = np.stack([0.05 * slow[:, 1], body.ankle + body.leg * (0.97 - sunk), 0.08 * slow[:, 2]], axis=-1)

    def arms(upper: Torso) -> Arms:
        return swung(
            body,
            upper,
            60 + 60 * slow[:, 3:5],
            70 + 80 * slow[:, 5:7],
            45 + 45 * slow[:, 7:9],
            towards=np.array([0.3, 0.8, -0.4]),
        )

    return posed(
        body,
        Trunk(pelvis, leaning(10 + 20 * slow[:, 1], 28 * slow[:, 2], 30 * slow[:, 0]), 10 * slow[:, 3]),
        (ankle, constant(count, np.array([1.0, 0.2, 0.2]) * MIRROR)),
        arms,
    )
