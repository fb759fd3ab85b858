"""How long and how hard this person may train at all, whatever was prescribed.

Sources: ACSM's Guidelines for Exercise Testing and Prescription, 11th ed. (2021), chapters 5 to 9: novices,
older adults, children, pregnancy, heart disease, hypertension, osteoporosis; ACOG Committee Opinion 804
(2020) on pregnancy. They speak of ranges; the numbers are their careful side on the scale of 1 to 5, of
which 3 is the upper end of moderate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recommender.composing.situation import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recommender.composing.aim import Aim
    from recommender.composing.situation import Situation
    from recommender.person import Condition
    from recommender.prescription import WorkoutType

Lowered = tuple["Aim", str]
"""The lowered aim, and why in words with numbers."""

MOST_FOR_CONDITION: Final[Mapping[Condition, float]] = {
    "heart_disease": 2.5,
    "hypertension": 3.0,
    "pregnancy": 3.0,
    "vertigo": 3.5,
    "osteoporosis": 4.0,
}
"""A limit holds for every part of a workout, intervals too."""
CHILD_YEARS: Final = 14.0
ADULT_YEARS: Final = 18.0
OLDER_YEARS: Final = 65.0
OLD_YEARS: Final = 80.0
MOST_FOR_CHILD: Final = 3.0
MOST_FOR_ADOLESCENT: Final = 4.0
MOST_FOR_OLDER: Final = 4.0
MOST_FOR_OLD: Final = 3.0
MOST_FOR_BEGINNER: Final = 3.5
LONGEST_FOR_BEGINNER_MINUTES: Final = 60.0
MOST_FOR_RECOVERY: Final = 3.0
LONGEST_FOR_RECOVERY_MINUTES: Final = 45.0
MOST_FOR_DELOAD: Final = 3.0
DELOAD_SHARE: Final = 0.6
"""Of the usual session: a deload cuts the volume (Bell et al., Sports Med. Open 9 (2023) 87)."""
MONTH_DAYS: Final = 28
LONGEST_MINUTES: Final[Mapping[WorkoutType, float]] = {
    "steady": 120.0,
    "intervals": 45.0,
    "resistance": 90.0,
    "mobility": 60.0,
}
MOST_FOR_MOBILITY: Final = 2.5
"""A stretch goes to the feeling of tightness, not beyond."""


def condition_limit(aim: Aim, situation: Situation) -> Lowered | None:
    """Whom a doctor has told something trains no harder than that allows."""
    told = sorted(situation.person.conditions, key=lambda each: (MOST_FOR_CONDITION[each], each))
    if not told:
        return None
    most = MOST_FOR_CONDITION[told[0]]
    return _lowered(aim, aim.at_most(intensity=most), f"{in_words(told[0])}: intensity at most {most:g}")


def age_limit(aim: Aim, situation: Situation) -> Lowered | None:
    """The young and the old train below their maximum."""
    age_years = situation.age_years
    if age_years < CHILD_YEARS:
        most = MOST_FOR_CHILD
    elif age_years < ADULT_YEARS:
        most = MOST_FOR_ADOLESCENT
    elif age_years >= OLD_YEARS:
        most = MOST_FOR_OLD
    elif age_years >= OLDER_YEARS:
        most = MOST_FOR_OLDER
    else:
        return None
    why = f"{situation.age_in_words}: intensity at most {most:g}"
    return _lowered(aim, aim.at_most(intensity=most), why)


def beginner_limit(aim: Aim, situation: Situation) -> Lowered | None:
    """Beginners train neither very hard nor very long."""
    if situation.person.level != "beginner":
        return None
    lowered = aim.at_most(minutes=LONGEST_FOR_BEGINNER_MINUTES, intensity=MOST_FOR_BEGINNER)
    why = f"beginner: at most {LONGEST_FOR_BEGINNER_MINUTES:g} min, intensity at most {MOST_FOR_BEGINNER:g}"
    return _lowered(aim, lowered, why)


def recovery_limit(aim: Aim, situation: Situation) -> Lowered | None:
    """Who trains to get well again trains gently."""
    if not situation.recovers:
        return None
    lowered = aim.at_most(minutes=LONGEST_FOR_RECOVERY_MINUTES, intensity=MOST_FOR_RECOVERY)
    why = f"rehab: at most {LONGEST_FOR_RECOVERY_MINUTES:g} min, intensity at most {MOST_FOR_RECOVERY:g}"
    return _lowered(aim, lowered, why)


def deload(aim: Aim, situation: Situation) -> Lowered | None:
    """A deload is easier than what the person is used to."""
    if situation.person.training_phase != "deload":
        return None
    lowered = aim.at_most(intensity=MOST_FOR_DELOAD)
    why = f"deload: intensity at most {MOST_FOR_DELOAD:g}"
    sessions = sum(1 <= days_ago <= MONTH_DAYS for days_ago, _ in situation.workouts)
    if sessions:
        usual = situation.load(1, MONTH_DAYS) / sessions
        lowered = lowered.within_load(DELOAD_SHARE * usual)
        why += f", load at most {DELOAD_SHARE * usual:.0f}: {DELOAD_SHARE:.0%} of the usual {usual:.0f}"
    return _lowered(aim, lowered, why)


def session_length(aim: Aim, situation: Situation) -> Lowered | None:  # noqa: ARG001 - all rules look alike
    """Each kind of workout has a length after which more of it does no good."""
    longest = LONGEST_MINUTES[aim.type]
    lowered = aim.at_most(minutes=longest)
    why = f"{aim.type}: at most {longest:g} min"
    if aim.type == "mobility":
        lowered = lowered.at_most(intensity=MOST_FOR_MOBILITY)
        why += f", intensity at most {MOST_FOR_MOBILITY:g}"
    return _lowered(aim, lowered, why)


def _lowered(aim: Aim, lowered: Aim, why: str) -> Lowered | None:
    return None if lowered == aim else (lowered, f"{aim} -> {lowered} ({why})")
