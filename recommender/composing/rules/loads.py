"""How much a person may add to what they have done lately. Loads are minutes x intensity.

Sources: the ratio of acute to chronic load: Gabbett, "The training-injury prevention paradox", Br. J. Sports
Med. 50 (2016) 273-280 (0.8 to 1.3 carries the least risk). Acute is the week that ends today, chronic the
mean of the three before it, so that the week is no part of its own measure: Windt and Gabbett, Br. J. Sports
Med. 53 (2019) 988-990. Ten percent a week is the rule of thumb of ACSM's Guidelines (11th ed.).

Both say nothing of somebody who has hardly trained: twice ten minutes hurt nobody, and who came once a
fortnight could never come more often. So no week counts as less than a week of first sessions.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from recommender.exertion import session_load
from recommender.prescription import LOWEST_INTENSITY, MINUTES_STEP, SHORTEST_MINUTES, down_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recommender.composing.aim import Aim
    from recommender.composing.rules.limits import Lowered
    from recommender.composing.situation import Situation
    from recommender.person import Level

WEEK_DAYS: Final = 7
CHRONIC_WEEKS: Final = 3
MOST_ACUTE_TO_CHRONIC: Final = 1.3
MOST_WEEKLY_RISE: Final = 1.1
HEAVIEST_OF_DAYS: Final = (7, 20)
"""The two weeks before this one."""
BREAK_DAYS: Final = 14
"""By then the body has begun to lose what it had (Mujika and Padilla, Sports Med. 30 (2000) 79-87)."""
FIRST_SESSION: Final[Mapping[Level, tuple[float, float]]] = {
    "beginner": (30.0, 2.5),
    "intermediate": (40.0, 3.0),
    "advanced": (45.0, 3.5),
}
"""Minutes and intensity to begin with, or to begin again with."""
FIRST_SESSIONS_A_WEEK: Final = 3
LEAST_WORKOUT: Final = (15.0, 1.5)
"""Minutes and intensity: what trains nobody should not be called a workout."""
LONGEST_RECOVERY_MINUTES: Final = 20.0


def comeback(aim: Aim, situation: Situation) -> Lowered | None:
    """Who has not trained for two weeks, or never, begins gently."""
    if situation.load(1, BREAK_DAYS) > 0.0:
        return None
    minutes, intensity = FIRST_SESSION[situation.person.level]
    lowered = aim.at_most(minutes=minutes, intensity=intensity)
    if lowered == aim:
        return None
    why = f"no training in the last {BREAK_DAYS} days: at most {minutes:g} min at {intensity:g}"
    return lowered, f"{aim} -> {lowered} ({why})"


def recovery_day(aim: Aim, situation: Situation) -> Lowered | None:
    """When the last days leave less than a short, easy workout, today is for gentle mobility."""
    minutes, intensity = LEAST_WORKOUT
    left = min(_left_of_week(situation), _left_of_ratio(situation))
    if left >= minutes * intensity or aim.prescription.load <= left:
        return None
    longest = min(max(down_to(left, MINUTES_STEP), SHORTEST_MINUTES), LONGEST_RECOVERY_MINUTES)
    lowered = replace(aim.at_most(minutes=longest, intensity=LOWEST_INTENSITY), type="mobility")
    if lowered == aim:
        return None
    done = situation.load(0, WEEK_DAYS - 1)
    why = f"the last 7 days carried {done:.0f} and leave a load of {max(left, 0.0):.0f} for today"
    gentle = f"less than {minutes:g} min at {intensity:g}: a day to recover"
    return lowered, f"{aim.type}, {aim} -> mobility, {lowered} ({why}, {gentle})"


def session_progression(aim: Aim, situation: Situation) -> Lowered | None:
    """One workout carries at most 10 % more than the heaviest of the two weeks before this one.

    So the first workout of a week leaves something for the others.
    """
    first_days, last_days = HEAVIEST_OF_DAYS
    minutes, intensity = FIRST_SESSION[situation.person.level]
    loads = [
        session_load(workout)
        for days_ago, workout in situation.workouts
        if first_days <= days_ago <= last_days
    ]
    most = max(MOST_WEEKLY_RISE * max(loads, default=0.0), minutes * intensity)
    why = f"load of one workout at most {most:.0f}: 10 % above the last weeks, or a first session"
    return _within(aim, most, why)


def weekly_progression(aim: Aim, situation: Situation) -> Lowered | None:
    """The seven days that end today carry at most 10 % more than seven days a week before.

    Who trains every other day has three workouts in one week and four in the next; so the week before is the
    heavier of those that ended seven and eight days ago.
    """
    before, done = _week_before(situation), situation.load(0, WEEK_DAYS - 1)
    most = MOST_WEEKLY_RISE * before
    why = f"load of 7 days at most {most:.0f}, 10 % more than {before:.0f} the week before; {done:.0f} done"
    return _within(aim, _left_of_week(situation), why)


def acute_chronic(aim: Aim, situation: Situation) -> Lowered | None:
    """The seven days that end today carry at most 1.3 of the mean week of the three before."""
    chronic = _chronic(situation)
    if chronic is None:
        return None
    ratio = (situation.load(0, WEEK_DAYS - 1) + aim.prescription.load) / chronic
    why = f"acute:chronic load {ratio:.2f}, at most {MOST_ACUTE_TO_CHRONIC:g} of {chronic:.0f} a week"
    return _within(aim, _left_of_ratio(situation), why)


def first_week(situation: Situation) -> float:
    """The load of a week of first sessions: less than this counts as this."""
    minutes, intensity = FIRST_SESSION[situation.person.level]
    return FIRST_SESSIONS_A_WEEK * minutes * intensity


def _week_before(situation: Situation) -> float:
    weeks = (situation.load(first, first + WEEK_DAYS - 1) for first in (WEEK_DAYS, WEEK_DAYS + 1))
    return max(*weeks, first_week(situation))


def _left_of_week(situation: Situation) -> float:
    """What this week may still carry."""
    return MOST_WEEKLY_RISE * _week_before(situation) - situation.load(0, WEEK_DAYS - 1)


def _chronic(situation: Situation) -> float | None:
    """The mean week of the three before this one, or of as many as are known; None in the first."""
    oldest_days = max((days_ago for days_ago, _ in situation.workouts), default=0)
    known_days = oldest_days - WEEK_DAYS + 1
    if known_days <= 0:
        return None
    weeks = min(max(known_days / WEEK_DAYS, 1.0), CHRONIC_WEEKS)
    total = situation.load(WEEK_DAYS, (CHRONIC_WEEKS + 1) * WEEK_DAYS - 1)
    return max(total / weeks, first_week(situation))


def _left_of_ratio(situation: Situation) -> float:
    """What keeps the acute load within its ratio to the chronic one."""
    chronic = _chronic(situation)
    if chronic is None:
        return math.inf
    return MOST_ACUTE_TO_CHRONIC * chronic - situation.load(0, WEEK_DAYS - 1)


def _within(aim: Aim, load: float, why: str) -> Lowered | None:
    lowered = aim.within_load(load)
    if lowered == aim:
        return None
    return lowered, f"{aim} -> {lowered} ({why})"
