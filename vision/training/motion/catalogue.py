"""Every variant of every exercise, and every other motion, with how often it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from vision.phase.belief import NONE
from vision.training.motion import (
    arms,
    bar,
    floor,
    flows,
    gait,
    gym_work,
    legs,
    on_the_back,
    planks,
    waiting,
)

if TYPE_CHECKING:
    from vision.training.motion.programme import MakeProgramme, Motion


Via = Literal["nothing", "standing", "crouch", "seat"]


@dataclass(frozen=True, slots=True)
class Exercise:
    """One way to do one exercise.

    Attributes:
        exercise: one of `vision.phase.belief.EXERCISES`.
        name: unique within the exercise.
        weight: how often it is drawn, against the exercise's others.
        programme: makes the postures at each depth.
        rep_s: the shortest and the longest repetition without its pauses.
        sides: whether left and right work together, in turn, or one alone.
        quick: whether there are no pauses.
        via: through what a body gets from standing to the start posture.
    """

    exercise: str
    name: str
    weight: float
    programme: MakeProgramme
    rep_s: tuple[float, float]
    sides: Literal["both", "in_turn", "one"] = "both"
    quick: bool = False
    via: Via = "standing"


@dataclass(frozen=True, slots=True)
class Other:
    """Something else that people do.

    Attributes:
        name: unique among the others.
        weight: how often it is drawn, against the others.
        motion: makes the postures at each time.
        via: as of an exercise; "nothing" where the way there and back is never shown.
    """

    name: str
    weight: float
    motion: Motion
    via: Via = "nothing"
    exercise: str = NONE


def _alike(
    exercise: str, weights: dict[str, float], programme: MakeProgramme, rep_s: tuple[float, float], via: Via
) -> list[Exercise]:
    return [Exercise(exercise, name, weight, programme, rep_s, via=via) for name, weight in weights.items()]


PUSHUPS = _alike(
    "pushup",
    {
        "floor": 3.0,
        "wide": 1.0,
        "narrow": 1.0,
        "hands_elevated": 2.0,
        "wall": 0.7,
        "feet_elevated": 0.7,
        "knee": 1.5,
    },
    floor.pushup,
    (0.6, 5.0),
    "crouch",
)
SQUATS = _alike(
    "squat",
    {"bodyweight": 3.0, "goblet": 1.0, "barbell": 2.0, "overhead": 0.4, "sumo": 1.0, "dumbbells": 0.8},
    legs.squat,
    (0.8, 7.0),
    "standing",
)
SITUPS = _alike(
    "situp",
    {
        "hands_at_ears": 2.0,
        "hands_on_chest": 2.0,
        "reaching": 1.5,
        "overhead": 1.0,
        "straight_legs": 0.6,
        "butterfly": 0.6,
        "decline": 0.8,
    },
    floor.situp,
    (0.9, 5.0),
    "seat",
)
PULLUPS = _alike(
    "pullup",
    {"shoulder_width": 2.0, "wide": 1.5, "close": 1.0, "chin_up": 1.5, "kipping": 0.6},
    bar.pullup,
    (0.9, 5.0),
    "standing",
)
LUNGES = [
    Exercise("lunge", "static", 1.5, legs.lunge, (1.0, 5.0)),
    Exercise("lunge", "rear_elevated", 0.8, legs.lunge, (1.0, 5.0)),
    Exercise("lunge", "forward", 2.0, legs.lunge, (1.2, 5.0), "in_turn"),
    Exercise("lunge", "reverse", 2.0, legs.lunge, (1.2, 5.0), "in_turn"),
    Exercise("lunge", "side", 0.8, legs.side_lunge, (1.2, 5.0), "in_turn"),
]
CURLS = [
    Exercise("curl", "both", 2.0, arms.curl, (0.9, 5.0)),
    Exercise("curl", "in_turn", 1.5, arms.curl, (0.9, 4.0), "in_turn"),
    Exercise("curl", "one", 1.0, arms.curl, (0.9, 4.0), "one"),
    Exercise("curl", "seated", 1.0, arms.curl, (0.9, 4.0)),
    Exercise("curl", "seated_in_turn", 0.8, arms.curl, (0.9, 4.0), "in_turn"),
    Exercise("curl", "concentration", 0.5, arms.curl, (0.9, 4.0), "one"),
]
JACKS = [
    Exercise("jumping_jack", "full", 3.0, arms.jumping_jack, (0.6, 1.6), quick=True),
    Exercise("jumping_jack", "step", 1.0, arms.jumping_jack, (1.0, 2.4), "in_turn", quick=True),
]
OTHERS = [
    Other("stand", 4.0, waiting.stand),
    Other("walk", 5.0, gait.walk),
    Other("run", 2.5, gait.run),
    Other("high_knees", 1.5, gait.high_knees),
    Other("ball", 1.5, gait.ball),
    Other("dance", 3.0, gait.dance),
    Other("hinge", 2.0, gym_work.hinge),
    Other("sit", 2.0, waiting.sit),
    Other("stretch", 2.0, waiting.stretch),
    Other("yoga", 2.0, flows.yoga),
    Other("burpee", 1.5, flows.burpee),
    Other("inverted_row", 0.7, bar.inverted_row),
    Other("kneel", 1.0, flows.kneel),
    Other("plank", 2.0, planks.plank, "crouch"),
    Other("forearm_plank", 3.0, planks.forearm_plank, "crouch"),
    Other("mountain_climber", 2.0, planks.mountain_climber, "crouch"),
    Other("shoulder_tap", 1.5, planks.shoulder_tap, "crouch"),
    Other("bench_press", 2.0, on_the_back.bench_press, "seat"),
    Other("leg_raise", 1.5, on_the_back.leg_raise, "seat"),
    Other("twist", 1.0, on_the_back.twist, "seat"),
    *(Other(name, 0.9, gym_work.arm_work(name)) for name in gym_work.WORKS),
]
VARIANTS: tuple[Exercise | Other, ...] = (
    *PUSHUPS,
    *SQUATS,
    *SITUPS,
    *PULLUPS,
    *LUNGES,
    *CURLS,
    *JACKS,
    *OTHERS,
)


def of(exercise: str) -> list[Exercise | Other]:
    """The variants of an exercise, or of `none`.

    Raises:
        ValueError: no such exercise.
    """
    found = [variant for variant in VARIANTS if variant.exercise == exercise]
    if not found:
        known = ", ".join(dict.fromkeys(variant.exercise for variant in VARIANTS))
        raise ValueError(f"unknown exercise {exercise!r}: choose from {known}")
    return found


def find(exercise: str, name: str) -> Exercise | Other:
    """One variant.

    Raises:
        ValueError: no such exercise or variant.
    """
    variants = {variant.name: variant for variant in of(exercise)}
    if name not in variants:
        raise ValueError(f"unknown variant {name!r} of {exercise}: choose from {', '.join(variants)}")
    return variants[name]


def draw(exercise: str, rng: np.random.Generator) -> Exercise | Other:
    """One of an exercise's variants, the usual ones more often."""
    variants = of(exercise)
    weights = np.array([variant.weight for variant in variants])
    return variants[int(rng.choice(len(variants), p=weights / weights.sum()))]
