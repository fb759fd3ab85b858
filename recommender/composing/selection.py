"""Which exercises of the catalogue this person may do in this gym today."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recommender.composing.rules import exercises as rules
from recommender.plan import BoundRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet

    from recommender.composing.catalogue import Exercise, Kind
    from recommender.composing.situation import Situation

EXERCISE_RULES: Final[tuple[Callable[[Exercise, Situation], str | None], ...]] = (
    rules.injury,
    rules.condition,
    rules.impact,
    rules.skill,
    rules.rest_48h,
    rules.equipment,
    rules.free_machine,
)
"""The first that speaks against an exercise leaves it out: safety before convenience."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is left of the catalogue.

    Attributes:
        exercises: in its order.
        left_out: the others, with the rule that left them out and its reason.
    """

    exercises: tuple[Exercise, ...]
    left_out: tuple[tuple[Exercise, str, str], ...]

    def bound(self, kinds: AbstractSet[Kind]) -> tuple[BoundRule, ...]:
        """The rules that left out exercises of these kinds, with how many and why."""
        reasons: dict[str, Counter[str]] = {rule.__name__: Counter() for rule in EXERCISE_RULES}
        for exercise, name, reason in self.left_out:
            if exercise.kind in kinds:
                reasons[name][reason] += 1
        return tuple(BoundRule(name, _told(found)) for name, found in reasons.items() if found)


def select(exercises: Iterable[Exercise], situation: Situation) -> Selection:
    """Ask every rule about every exercise."""
    left, left_out = [], []
    for exercise in exercises:
        objection = _objection(exercise, situation)
        if objection is None:
            left.append(exercise)
        else:
            left_out.append((exercise, *objection))
    return Selection(tuple(left), tuple(left_out))


def _objection(exercise: Exercise, situation: Situation) -> tuple[str, str] | None:
    for rule in EXERCISE_RULES:
        reason = rule(exercise, situation)
        if reason is not None:
            return rule.__name__, reason
    return None


def _told(reasons: Counter[str]) -> str:
    count = reasons.total()
    why = "; ".join(f"{reason}: {each}" for reason, each in reasons.most_common())
    return f"{count} exercise{'s' if count > 1 else ''} left out ({why})"
