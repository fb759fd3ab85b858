"""From a prescription to a workout. Pure, and the same for the same seed.

The order: the exercises that this person may do here today, the kind of workout, its length and intensity,
sets and repetitions, and last the blocks. Each step needs only what earlier ones have decided; when too few
exercises are left to fill the time, it is shortened at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recommender.composing.aim import Aim
from recommender.composing.blocks import Composer
from recommender.composing.catalogue import catalogue
from recommender.composing.rules import doses, kinds, limits, loads
from recommender.composing.selection import select
from recommender.composing.situation import situate
from recommender.plan import BoundRule, Composition
from recommender.prescription import MINUTES_STEP, SHORTEST_MINUTES, down_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from recommender.composing.catalogue import Exercise, Kind
    from recommender.composing.rules.doses import Dose
    from recommender.composing.situation import Situation
    from recommender.gym import Gym
    from recommender.history import History
    from recommender.person import Person
    from recommender.plan import Block
    from recommender.prescription import Prescription, WorkoutType

KIND_RULES: Final[tuple[Callable[[Aim, Situation, Sequence[Exercise]], limits.Lowered | None], ...]] = (
    kinds.interval_readiness,
    kinds.suitable_exercises,
)
AIM_RULES: Final[tuple[Callable[[Aim, Situation], limits.Lowered | None], ...]] = (
    loads.recovery_day,
    limits.condition_limit,
    limits.age_limit,
    limits.beginner_limit,
    limits.recovery_limit,
    limits.session_length,
    limits.deload,
    loads.comeback,
    loads.session_progression,
    loads.weekly_progression,
    loads.acute_chronic,
)
"""A day to recover needs no other; what a person may do at all, then what after what they have done."""
DOSE_RULES: Final[tuple[Callable[[Dose, Situation], doses.Lessened | None], ...]] = (
    doses.light_loads,
    doses.novice_sets,
    doses.deload_sets,
)
TOLERANCE: Final = 0.025
"""Of the time: half of what a plan may differ by."""
MACHINE_LIMIT: Final = "machine_limit"
TIME_FILLED: Final = "time_filled"
FITTING_RULES: Final = (MACHINE_LIMIT, TIME_FILLED)
"""What the blocks themselves run into."""
KINDS: Final[frozenset[Kind]] = frozenset({"warm_up", "mobility"})
"""Every workout needs these; its main part one more."""
MAIN_KIND: Final[Mapping[WorkoutType, Kind]] = {
    "steady": "cardio",
    "intervals": "cardio",
    "resistance": "strength",
    "mobility": "mobility",
}


def compose(
    *,
    person: Person,
    prescription: Prescription,
    type: WorkoutType,  # noqa: A002 - what the field of a composition is called
    gym: Gym,
    history: History,
    today: date,
    seed: int,
) -> Composition:
    """Make a workout that fits the person, the gym and the time.

    Args:
        person: For whom.
        prescription: How long and how hard at most; it is told in steps, and rules may lower it.
        type: What kind of training; rules may change it for a gentler one.
        gym: Machines that are there and free, and equipment.
        history: What the person did, in any order; later days than today are left out.
        today: The day it is for.
        seed: Chooses between what is equally good.

    Returns:
        Warm-up, main part and cool-down, the prescription that they add up to, and every rule that bound.

    Raises:
        ValueError: A workout of the past has a duration or an intensity that no workout has.
    """
    known = catalogue()
    situation = situate(person, gym, history, today, known)
    selection = select(known.values(), situation)
    aim, lowered = _lowered(Aim(type, prescription.in_steps()), situation, selection.exercises)
    dose, lessened = _dose(aim, situation)
    composer, blocks, shortened = _fitted(aim, selection.exercises, situation, dose, seed)
    kinds_used = KINDS | {MAIN_KIND[type], MAIN_KIND[aim.type]}
    return Composition(
        type=aim.type,
        prescription=composer.aim.prescription,
        blocks=blocks,
        rules=(*selection.bound(kinds_used), *lowered, *lessened, *_machine_limit(composer), *shortened),
    )


def _lowered(aim: Aim, situation: Situation, exercises: Sequence[Exercise]) -> tuple[Aim, list[BoundRule]]:
    """The kind of workout first: how long it may last depends on it."""
    bound: list[BoundRule] = []
    for kind_rule in KIND_RULES:
        if changed := kind_rule(aim, situation, exercises):
            aim = changed[0]
            bound.append(BoundRule(kind_rule.__name__, changed[1]))
    for rule in AIM_RULES:
        if changed := rule(aim, situation):
            # A lower ceiling alone changes nothing that has no parts above the whole.
            if changed[0].told != aim.told:
                bound.append(BoundRule(rule.__name__, changed[1]))
            aim = changed[0]
    return aim, bound


def _dose(aim: Aim, situation: Situation) -> tuple[Dose, list[BoundRule]]:
    dose, bound = doses.usual_dose(situation.person), []
    if aim.type == "resistance":
        for rule in DOSE_RULES:
            if changed := rule(dose, situation):
                dose = changed[0]
                bound.append(BoundRule(rule.__name__, changed[1]))
    return dose, bound


def _fitted(
    aim: Aim, exercises: Sequence[Exercise], situation: Situation, dose: Dose, seed: int
) -> tuple[Composer, tuple[Block, ...], list[BoundRule]]:
    """Build the blocks; where too little is left to fill the time, shorten it and build again."""
    wanted = aim
    while True:
        composer = Composer(aim, exercises, situation, dose, seed)
        blocks = composer.blocks()
        reached = sum(block.duration_s for block in blocks) / 60.0
        shorter = max(SHORTEST_MINUTES, down_to(reached, MINUTES_STEP))
        if reached >= (1.0 - TOLERANCE) * aim.minutes or shorter >= aim.minutes:
            break
        aim = aim.at_most(minutes=shorter)
    if aim == wanted:
        return composer, blocks, []
    return composer, blocks, [BoundRule(TIME_FILLED, f"{wanted} -> {aim} (too few exercises for more)")]


def _machine_limit(composer: Composer) -> list[BoundRule]:
    limited = composer.station.limited(composer.aim.hardest) if composer.station else ""
    return [BoundRule(MACHINE_LIMIT, f"{limited} (the operator's limit)")] if limited else []
