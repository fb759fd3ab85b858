"""Which rules change how long or how hard a workout is, and so can be a reason for it.

Rules that only choose exercises or machines are not here: they say nothing about why a day is harder.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from recommender.explanation.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recommender.explanation.argument import Aspect
    from recommender.plan import BoundRule

Way = Literal["lowered", "raised"]

_BOTH: Final[tuple[Aspect, ...]] = ("duration", "intensity")
_LOWERING: Final[Mapping[str, tuple[Aspect, ...]]] = MappingProxyType(
    {
        # after what members told and did: recommender/adaptation.py
        "harder_than_planned": _BOTH,
        "felt_hard": ("intensity",),
        "cut_short": ("duration",),
        "refused": ("duration",),
        "pain": _BOTH,
        "asked_for_less": _BOTH,
        "missed_weeks": _BOTH,
        # what a plan may be at all: recommender/composing/
        "condition_limit": ("intensity",),
        "age_limit": ("intensity",),
        "beginner_limit": _BOTH,
        "recovery_limit": _BOTH,
        "session_length": _BOTH,
        "deload": _BOTH,
        "comeback": _BOTH,
        "recovery_day": _BOTH,
        "session_progression": _BOTH,
        "weekly_progression": _BOTH,
        "acute_chronic": _BOTH,
        "time_filled": ("duration",),
    }
)
_RAISING: Final[Mapping[str, tuple[Aspect, ...]]] = MappingProxyType({"easier_than_planned": ("intensity",)})
WAYS: Final[Mapping[Way, Mapping[str, tuple[Aspect, ...]]]] = MappingProxyType(
    {"lowered": _LOWERING, "raised": _RAISING}
)
"""By which way they change it: the names of rules, and what of it each can change."""


def reasons_among(rules: Iterable[BoundRule], way: Way, aspect: Aspect) -> list[Fact]:
    """What can be said of the rules that changed this, in their order."""
    return [Fact(way, rule.name) for rule in rules if aspect in WAYS[way].get(rule.name, ())]
