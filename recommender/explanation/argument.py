"""What speaks for a prescription and what against: the sentence, before it has words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from recommender.explanation.facts import Fact

Aspect = Literal["duration", "intensity"]
Emphasis = Literal["even", "above_all", "partly"]

SIZES: Final = (0.15, 0.5, 1.0)
"""From here on, in points of intensity: a little, plainly, clearly. Below, nobody feels a difference."""
LEAST: Final = 0.05
"""A smaller part is no reason."""
MOST_FACTS: Final = 3
ABOVE_ALL: Final = 0.6
PARTLY: Final = 0.5
"""Shares of all that moved the prescription its way: of the weightiest reason, and of all that are named."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that moved the prescription.

    Attributes:
        points: by how much and which way; a point of intensity, or as many minutes as weigh the same.
        fact: what can be said of it; None for what is better left unsaid.
    """

    points: float
    fact: Fact | None


@dataclass(frozen=True, slots=True)
class Argument:
    """A sentence without words.

    Attributes:
        aspect: whether it speaks of how long or of how hard.
        size: -3 (clearly less than average) to 3 (clearly more); 0 when nobody would feel a difference.
        because: what moved it there, the weightiest first; with size 0, what spoke for more.
        although: what moved it the other way; with size 0, what spoke for less. One fact, or none.
        emphasis: whether one reason outweighs all others, or those that can be named are the lesser part.
    """

    aspect: Aspect
    size: int
    because: tuple[Fact, ...] = ()
    although: tuple[Fact, ...] = ()
    emphasis: Emphasis = "even"


def argue(parts_of: Mapping[Aspect, Sequence[Part]]) -> Argument:
    """Choose what is said: of the aspect that moved most, the two or three weightiest parts.

    Args:
        parts_of: everything that moved the prescription away from the average one; the sum is how far.
    """
    moved = {aspect: sum(part.points for part in parts) for aspect, parts in parts_of.items()}
    aspect = max(moved, key=lambda each: abs(moved[each]))
    parts, sign = parts_of[aspect], 1 if moved[aspect] > 0 else -1
    size = sign * sum(abs(moved[aspect]) >= least for least in SIZES)
    if size == 0:
        more, less = (_facts(_known(_toward(way, parts))[:1]) for way in (1, -1))
        return Argument(aspect, 0, more, less) if more and less else Argument(aspect, 0)
    supporting, opposing = _named(_toward(sign, parts)), _known(_toward(-sign, parts))
    if not supporting:
        return Argument(aspect, size)
    although = [part for part in opposing[:1] if _weight(part) >= _weight(supporting[:2][-1])]
    because = supporting[: MOST_FACTS - len(although)]
    total = sum(map(_weight, _toward(sign, parts)))
    return Argument(aspect, size, _facts(because), _facts(although), _emphasis(because, total))


def _named(parts: Iterable[Part]) -> list[Part]:
    """Parts that can be reasons, the weightiest first; of those that nobody told, only the weightiest."""
    named = [part for part in parts if part.fact is not None and _weight(part) >= LEAST]
    named.sort(key=_weight, reverse=True)
    untold = [part for part in named if _is_untold(part)]
    return [part for part in named if part not in untold[1:]]


def _known(parts: Iterable[Part]) -> list[Part]:
    """Of those parts, what somebody told: what is not known is no objection."""
    return [part for part in _named(parts) if not _is_untold(part)]


def _is_untold(part: Part) -> bool:
    return part.fact is not None and part.fact.state == "unknown"


def _emphasis(because: Sequence[Part], total: float) -> Emphasis:
    if sum(map(_weight, because)) < PARTLY * total:
        return "partly"
    return "above_all" if len(because) > 1 and _weight(because[0]) >= ABOVE_ALL * total else "even"


def _toward(sign: int, parts: Iterable[Part]) -> list[Part]:
    return [part for part in parts if part.points * sign > 0]


def _weight(part: Part) -> float:
    return abs(part.points)


def _facts(parts: Iterable[Part]) -> tuple[Fact, ...]:
    return tuple(part.fact for part in parts if part.fact is not None)
