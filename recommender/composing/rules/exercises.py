"""Which exercises are left: for each rule the reason that speaks against an exercise, or None.

Source: 48 h for each muscle group: ACSM position stand "Progression models in resistance training for healthy
adults", Med. Sci. Sports Exerc. 41 (2009) 687-708. What is not for whom, the catalogue says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.composing.rules.limits import ADULT_YEARS, CHILD_YEARS, OLDER_YEARS
from recommender.composing.situation import in_words
from recommender.person import LEVELS

if TYPE_CHECKING:
    from recommender.composing.catalogue import Exercise
    from recommender.composing.situation import Situation


def injury(exercise: Exercise, situation: Situation) -> str | None:
    """What loads an injured part of the body is left out."""
    injuries = situation.person.injuries
    if exercise.not_for_injured.isdisjoint(injuries):
        return None
    return f"injured {in_words(min(exercise.not_for_injured & injuries))}"


def condition(exercise: Exercise, situation: Situation) -> str | None:
    """What a condition forbids is left out."""
    conditions = situation.person.conditions
    if exercise.not_for_conditions.isdisjoint(conditions):
        return None
    return in_words(min(exercise.not_for_conditions & conditions))


def impact(exercise: Exercise, situation: Situation) -> str | None:
    """Children and older adults do not jump under fatigue."""
    if exercise.pattern != "jump" or CHILD_YEARS <= situation.age_years < OLDER_YEARS:
        return None
    return situation.age_in_words


def skill(exercise: Exercise, situation: Situation) -> str | None:
    """What needs more practice than a person has is left out; minors and rehab keep to the simplest."""
    if exercise.level == LEVELS[0]:
        return None
    level = situation.person.level
    if situation.recovers or situation.age_years < CHILD_YEARS:
        level = "beginner"
    elif situation.age_years < ADULT_YEARS and level == "advanced":
        level = "intermediate"
    if LEVELS.index(exercise.level) <= LEVELS.index(level):
        return None
    return f"{exercise.level} exercises need more than {level}"


def rest_48h(exercise: Exercise, situation: Situation) -> str | None:
    """A muscle group that was trained in the last 48 h rests."""
    if exercise.taxing and not situation.tired.isdisjoint(exercise.primary):
        return situation.tired_because
    return None


def equipment(exercise: Exercise, situation: Situation) -> str | None:
    """What this gym does not have cannot be used."""
    missing = [each for each in exercise.equipment if each not in situation.gym.equipment]
    if missing:
        return f"no {in_words(missing[0])}"
    if exercise.machine and all(each.kind != exercise.machine for each in situation.gym.machines):
        return f"no {in_words(exercise.machine)}"
    return None


def free_machine(exercise: Exercise, situation: Situation) -> str | None:
    """A machine that is in use, or whose operator lets it hardly move, is passed over."""
    if exercise.machine is None or situation.usable_machines(exercise.machine):
        return None
    busy = any(each.kind == exercise.machine and not each.free for each in situation.gym.machines)
    return f"{in_words(exercise.machine)} {'in use' if busy else 'limited to a standstill'}"
