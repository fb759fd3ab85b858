"""From one floor posture to another: yoga, burpees, kneeling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vision.training.body import MIRROR
from vision.training.chance import happens
from vision.training.motion.floor import HAND_HEIGHT
from vision.training.motion.legs import squat
from vision.training.motion.limbs import Trunk, constant, knees_out, leaning, posed, swung
from vision.training.motion.planks import held
from vision.training.tempo import eased

if TYPE_CHECKING:
    from vision.training.body import Array, Body, Posture


def through(
    keys: list[Posture],
    times_s: Array,
    rng: np.random.Generator,
    way_s: tuple[float, float],
    hold_s: tuple[float, float],
) -> Posture:
    """From one key posture to the next and on from the first again, each held for a while."""
    number = int(rng.integers(len(keys)))
    now = keys[number].at(0, len(times_s))
    at_s = float(times_s[0]) - rng.uniform(0, hold_s[1])
    while at_s < times_s[-1]:
        number = (number + 1) % len(keys)
        at_s += float(rng.uniform(*hold_s))
        duration_s = float(rng.uniform(*way_s))
        share = np.clip((times_s - at_s) / duration_s, 0, 1)
        now = now.blend(keys[number].at(0, len(times_s)), eased(share))
        at_s += duration_s
    return now


def down_dog(body: Body, hands: Array, foot_x: float) -> Posture:
    """One moment of it: hips high, arms and legs straight."""
    upper, leg = body.arm + body.torso, body.leg * 0.99
    gap = min(float(hands[:, 0].mean() - foot_x), 0.93 * (upper + leg))
    along = (leg**2 - upper**2 + gap**2) / (2 * gap)
    height = float(np.sqrt(max(leg**2 - along**2, 0.05)))
    pelvis = np.array([[foot_x + along, 0.08 + height, 0.0]])
    line = np.array([foot_x + gap, HAND_HEIGHT]) - pelvis[0, :2]
    pitch = np.degrees(np.arctan2(line[0], line[1]))
    ankle = np.array([[foot_x, 0.06, 0.0]]) + np.array([0.0, 0.0, body.hip]) * MIRROR
    return posed(
        body,
        Trunk(pelvis, leaning(np.array([pitch])), np.zeros(1)),
        (ankle[None], constant(1, np.array([1.0, 0.0, 0.0]) * MIRROR)),
        lambda _upper: (hands[None], constant(1, np.array([0.0, 0.3, 1.0]) * MIRROR)),
        constant(1, [15.0, 0.0]),
    )


def cobra(body: Body, hands: Array) -> Posture:
    """One moment of it: belly down, chest lifted over straightening arms."""
    shoulder = hands.mean(axis=0) + np.array([-0.10, 0.86 * body.arm, 0.0])
    pelvis = np.array([[shoulder[0] - body.torso * 0.72, 0.13, 0.0]])
    pitch = np.degrees(np.arctan2(shoulder[0] - pelvis[0, 0], shoulder[1] - 0.13))
    ankle = pelvis + np.array([-0.995 * body.leg, -0.05, 0.0]) + np.array([0.0, 0.0, body.hip]) * MIRROR
    return posed(
        body,
        Trunk(pelvis, leaning(np.array([pitch + 22.0])), np.array([-38.0])),
        (ankle[None], constant(1, np.array([0.0, -1.0, 0.0]) * MIRROR)),
        lambda _upper: (hands[None], constant(1, np.array([-1.0, 0.0, 0.3]) * MIRROR)),
        constant(1, [-25.0, 0.0]),
    )


def crouched(body: Body, hands: Array) -> Posture:
    """One moment of it: on the feet, hands on the floor."""
    centre = float(hands[:, 0].mean())
    ankle = (
        np.array([centre - 0.30 * body.leg, body.ankle, 0.0]) + np.array([0.0, 0.0, 1.3 * body.hip]) * MIRROR
    )
    pelvis = np.array([[centre - 0.55 * body.leg, 0.52 * body.leg, 0.0]])
    return posed(
        body,
        Trunk(pelvis, leaning(np.array([72.0])), np.array([12.0])),
        (ankle[None], knees_out(1, 20)),
        lambda _upper: (hands[None], constant(1, np.array([-0.6, 0.2, 1.0]) * MIRROR)),
        constant(1, [-20.0, 0.0]),
    )


def yoga(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Plank, down-dog, cobra and back, one after the other."""
    still = held(body, times_s[:1], rng)
    hands = still.wrist[0]
    dog = down_dog(body, hands, float(still.ankle[0, :, 0].mean()) + rng.uniform(0.0, 0.3))
    keys = [still, dog, still, cobra(body, hands)] if happens(rng, 0.6) else [dog, cobra(body, hands)]
    if happens(rng, 0.2):
        keys = [still, dog]
    return through(keys, times_s, rng, (0.8, 3.0), (0.1, 4.0))


def burpee(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Standing, crouching, feet out to a plank and back, standing up or jumping."""
    still = held(body, times_s[:1], rng)
    hands = still.wrist[0]
    crouch = crouched(body, hands)
    upright = squat(body, "bodyweight", rng)(np.zeros((1, 2)))
    upright = upright.moved(np.array([float(crouch.ankle[0, :, 0].mean()), 0.0, 0.0]))
    leap = upright.moved(np.array([0.0, rng.uniform(0.1, 0.35), 0.0]))
    keys = [upright, crouch, still, crouch, leap] if happens(rng, 0.6) else [upright, crouch, still, crouch]
    return through(keys, times_s, rng, (0.3, 1.2), (0.0, 0.6))


def kneel(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """On the knees: upright, on all fours, or back and forth between them."""
    floor = 0.06
    pelvis = np.array([[0.0, floor + 0.98 * body.thigh, 0.0]])
    legs = (
        constant(1, np.array([-body.shank, floor, body.hip]) * MIRROR),
        constant(1, np.array([1.0, -1.0, 0.0]) * MIRROR),
    )
    upright = posed(
        body,
        Trunk(pelvis, leaning(np.array([4.0])), np.zeros(1)),
        legs,
        lambda upper: swung(body, upper, 20.0, 8.0, 25.0),
    )
    hands = np.array([body.torso * 0.95, HAND_HEIGHT, body.shoulder]) * MIRROR
    fours = posed(
        body,
        Trunk(pelvis, leaning(np.array([88.0])), np.zeros(1)),
        legs,
        lambda _upper: (hands[None], constant(1, np.array([-1.0, 0.0, 0.3]) * MIRROR)),
        constant(1, [-30.0, 0.0]),
    )
    return through([upright, fours], times_s, rng, (0.6, 2.0), (0.3, 4.0))
