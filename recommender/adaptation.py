"""What a member's feedback changes, at once and without retraining. Pure.

Each rule looks at the past alone and says what today's minutes and intensity may be at most (one says: at
least). A prescription is brought within all of them. So the result is the same however often it is adapted,
hard feedback never raises anything, and a model that learned from the same feedback is not corrected twice.

That exertion above what was planned calls for less is the autoregulation of Helms et al., "Application of
the repetitions in reserve-based rating of perceived exertion scale for resistance training", Strength Cond.
J. 38 (2016) 42-49; that capacity falls within two to four weeks without training is Mujika and Padilla,
"Detraining", Sports Med. 30 (2000) 79-87 and 145-154. The steps are a coach's choice. What no plan may
exceed, whatever members say (a deload, an age, the load of a week), is bounded later, in `composing/rules/`.

Workouts of one bad week are no independent witnesses: however many of them were too hard, they take no more
than `MOST_DROP` and `MOST_SHORTER` off what was planned in the seven days that end with the last of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING, Final

from recommender.exertion import COMPLETED, RPE_PER_INTENSITY, expected_rpe, wanted_rpe
from recommender.features import MONTH_DAYS, WEEK_DAYS
from recommender.judgement import HARDER_RPE, completion, is_cut_short, judge, planned_minutes
from recommender.notes import complaint
from recommender.plan import BoundRule
from recommender.prescription import (
    HIGHEST_INTENSITY,
    LONGEST_MINUTES,
    LOWEST_INTENSITY,
    SHORTEST_MINUTES,
    Prescription,
    within_range,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from recommender.history import History, Workout
    from recommender.judgement import Judged
    from recommender.person import Person

IN_A_ROW: Final = 3
BACK_STEP: Final = 0.25
"""Intensity that comes back with each workout that is as planned."""
BACK_SHARE: Final = 0.1
"""Share of the minutes that comes back with each such workout."""
LEAST_DROP: Final = 0.5
MOST_DROP: Final = 1.0
SHORTER: Final = 0.9
MOST_SHORTER: Final = 0.8
"""What the hard workouts of seven days take off at most, and leave of the minutes."""
SINGLE_DROP: Final = 0.125
"""Intensity taken off for each point of exertion above what was planned, after a single workout."""
RAISE: Final = 0.25
REFUSALS: Final = 2
FIRST_GAP_DAYS: Final = 3
"""Usual days between workouts, as long as there was only one."""
USUAL_GAPS: Final = 10
COMEBACKS: Final = ((28, 0.6, 1.0), (14, 0.75, 0.5), (7, 0.9, 0.25))
"""Days missed, share of the minutes that is left, intensity taken off."""
USUAL_WORKOUTS: Final = 5
PAIN_INTENSITY: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    """What one rule says: its name, why in words with numbers, and how long and hard it may be at most."""

    name: str
    why: str
    minutes: float = LONGEST_MINUTES
    intensity: float = HIGHEST_INTENSITY

    def on(self, prescription: Prescription) -> Prescription:
        """The prescription within this limit."""
        return Prescription(
            min(prescription.duration_minutes, max(self.minutes, SHORTEST_MINUTES)),
            min(prescription.intensity_score, max(self.intensity, LOWEST_INTENSITY)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Floor:
    """What one week's workouts, however hard, leave of what was planned in it."""

    minutes: float
    intensity: float


def adapt(
    prescription: Prescription, person: Person, history: History, today: date
) -> tuple[Prescription, tuple[BoundRule, ...]]:
    """Bring a prescription within what the member's feedback allows.

    Args:
        prescription: By a model or by the rule engine.
        person: As they are today.
        history: Their past, in any order; today and later days are left out, so that adapting twice on a day
            gives the same.
        today: The day to train on.

    Returns:
        The prescription, and the rules that changed it, in order.
    """
    before = sorted((each for each in history.workouts if each.day < today), key=lambda each: each.day)
    judged = [judge(each) for each in before if (today - each.day).days <= MONTH_DAYS]
    adapted, rules = _raised(prescription, person, judged, today)
    limits = (
        *_after_harder_runs(judged),
        *_after_hard_ones(judged),
        *_after_cutting_short(judged, today),
        *_after_refusals(judged),
        *_after_gaps(before, today),
        *_after_pain(judged, today),
    )
    for name in dict.fromkeys(limit.name for limit in limits):
        limited, why = _within([limit for limit in limits if limit.name == name], adapted)
        if limited != adapted:
            rules.append(BoundRule(name, f"{why}: {_change(adapted, limited)}"))
            adapted = limited
    return adapted, tuple(rules)


def lessened(
    prescription: Prescription, at_most: Prescription, rules: tuple[BoundRule, ...]
) -> tuple[Prescription, tuple[BoundRule, ...]]:
    """Bring a prescription within what the member asks for today: less, never more.

    Args:
        prescription: As adapted.
        at_most: What it may be.
        rules: What changed it before.

    Returns:
        The prescription, and the rules with this one, if it changed anything.
    """
    wish = _Limit(
        name="asked_for_less",
        why="the member asked for less",
        minutes=at_most.duration_minutes,
        intensity=at_most.intensity_score,
    )
    limited = wish.on(prescription)
    if limited == prescription:
        return prescription, rules
    return limited, (*rules, BoundRule(wish.name, f"{wish.why}: {_change(prescription, limited)}"))


def _within(limits: Sequence[_Limit], prescription: Prescription) -> tuple[Prescription, str]:
    """The prescription within all limits of one rule, and why: the one or two that are the strictest."""
    shortest = min(limits, key=lambda each: each.minutes)
    easiest = min(limits, key=lambda each: each.intensity)
    once = shortest.on(prescription)
    twice = easiest.on(once)
    whys = [shortest.why] * (once != prescription) + [easiest.why] * (twice != once)
    return twice, "; ".join(dict.fromkeys(whys))


def _raised(
    prescription: Prescription, person: Person, judged: Sequence[Judged], today: date
) -> tuple[Prescription, list[BoundRule]]:
    """Three workouts in a row that were completed and felt easier by two points: a little more, if wanted."""
    last = judged[-IN_A_ROW:]
    if len(last) < IN_A_ROW or (today - last[0].workout.day).days > 2 * WEEK_DAYS:
        return prescription, []
    for each in last:
        easier = each.harder_rpe is not None and each.harder_rpe <= -HARDER_RPE
        done = each.workout.accepted is not False and completion(each.workout) >= COMPLETED
        if not (easier and done) or each.was_harder:
            return prescription, []
    least = fmean(each.planned for each in last if each.planned is not None) + RAISE
    least = min(least, wanted_rpe(person.goal, person.training_phase) / RPE_PER_INTENSITY)
    raised = within_range(prescription.duration_minutes, max(prescription.intensity_score, least))
    if raised == prescription:
        return prescription, []
    why = f"the last {IN_A_ROW} workouts were completed and felt easier than planned"
    return raised, [BoundRule("easier_than_planned", f"{why}: {_change(prescription, raised)}")]


def _after_harder_runs(judged: Sequence[Judged]) -> Iterator[_Limit]:
    """Three harder workouts in a row lower what follows; each later one that went as planned gives back."""
    for end in range(IN_A_ROW, len(judged) + 1):
        run = judged[end - IN_A_ROW : end]
        if not all(each.was_harder for each in run):
            continue
        since = sum(not each.was_harder for each in judged[end:])
        planned = [each.planned for each in run if each.planned is not None]
        too_hard = fmean(max(each.harder_rpe or 0.0, 0.0) for each in run) / RPE_PER_INTENSITY
        minutes = fmean(each.workout.duration_minutes for each in run)
        floor = _floor_of_week(judged[:end])
        yield _Limit(
            name="harder_than_planned",
            why=f"{IN_A_ROW} workouts in a row were harder than planned, the last on {run[-1].workout.day}",
            minutes=max(SHORTER * minutes, floor.minutes) + BACK_SHARE * since * minutes,
            intensity=max(fmean(planned) - max(LEAST_DROP, too_hard), floor.intensity) + BACK_STEP * since
            if planned
            else HIGHEST_INTENSITY,
        )


def _after_hard_ones(judged: Sequence[Judged]) -> Iterator[_Limit]:
    """A workout that felt too hard takes a little off; each later one that went as planned gives back."""
    for index, each in enumerate(judged):
        if each.planned is None or each.harder_rpe is None or each.harder_rpe < HARDER_RPE:
            continue
        since = sum(not later.was_harder for later in judged[index + 1 :])
        felt = f"felt like {each.workout.rpe:g}, not {expected_rpe(each.planned):.1f}"
        least = _floor_of_week(judged[: index + 1]).intensity
        yield _Limit(
            name="felt_hard",
            why=f"the workout of {each.workout.day} {felt}",
            intensity=max(each.planned - SINGLE_DROP * each.harder_rpe, least) + BACK_STEP * since,
        )


def _floor_of_week(judged: Sequence[Judged]) -> _Floor:
    """What the feedback of the week that ends with the last of these leaves at least."""
    end = judged[-1].workout.day
    week = [each for each in judged if (end - each.workout.day).days < WEEK_DAYS]
    return _Floor(
        minutes=MOST_SHORTER * max(planned_minutes(each.workout) for each in week),
        intensity=max((each.planned for each in week if each.planned is not None), default=LOWEST_INTENSITY)
        - MOST_DROP,
    )


def _after_cutting_short(judged: Sequence[Judged], today: date) -> Iterator[_Limit]:
    """Who broke off the last workout, within a week, gets little more than what they did."""
    if not judged or not is_cut_short(judged[-1].workout):
        return
    last = judged[-1].workout
    if (today - last.day).days <= WEEK_DAYS:
        yield _Limit(
            name="cut_short",
            why=f"of the last workout {completion(last):.0%} was done",
            minutes=last.duration_minutes * (1 + BACK_SHARE),
        )


def _after_refusals(judged: Sequence[Judged]) -> Iterator[_Limit]:
    """Who refuses two plans in a row gets no longer one than what they did instead."""
    last = [each.workout for each in judged[-REFUSALS:]]
    if len(last) == REFUSALS and all(each.accepted is False for each in last):
        yield _Limit(
            name="refused",
            why=f"the last {REFUSALS} plans were refused",
            minutes=max(each.duration_minutes for each in last),
        )


def _after_gaps(before: Sequence[Workout], today: date) -> Iterator[_Limit]:
    """Missed weeks come back gently: less after longer gaps, and more again with every workout since."""
    days = [*(each.day for each in before), today]
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    for index, (gap, back) in enumerate(zip(gaps, days[1:], strict=True)):
        if gap <= WEEK_DAYS or (today - back).days > MONTH_DAYS:
            continue
        missed_days = gap - median(gaps[max(0, index - USUAL_GAPS) : index] or [FIRST_GAP_DAYS])
        step = next((each for each in COMEBACKS if missed_days >= each[0]), None)
        if step is None:
            continue
        usual = before[max(0, index + 1 - USUAL_WORKOUTS) : index + 1]
        since = len(before) - 1 - index
        known = [each.intensity_score for each in usual if each.intensity_score is not None]
        yield _Limit(
            name="missed_weeks",
            why=f"{gap} days without training until {back}",
            minutes=fmean(each.duration_minutes for each in usual) * (step[1] + BACK_SHARE * since),
            intensity=fmean(known) - step[2] + BACK_STEP * since if known else HIGHEST_INTENSITY,
        )


def _after_pain(judged: Sequence[Judged], today: date) -> Iterator[_Limit]:
    """Who told of pain within a week trains easily, and no longer than that day."""
    for each in judged:
        workout = each.workout
        if (today - workout.day).days <= WEEK_DAYS and complaint(workout.note) == "pain":
            yield _Limit(
                name="pain",
                why=f"the note of {workout.day} tells of pain",
                minutes=workout.duration_minutes,
                intensity=PAIN_INTENSITY,
            )


def _change(old: Prescription, new: Prescription) -> str:
    """In the steps that people are told, as the plan tells it, where that leaves anything to tell."""
    if old.in_steps() != new.in_steps():
        old, new = old.in_steps(), new.in_steps()
    minutes = f"{old.duration_minutes:.4g} to {new.duration_minutes:.4g} min"
    intensity = f"intensity {old.intensity_score:.4g} to {new.intensity_score:.4g}"
    changed = (old.duration_minutes != new.duration_minutes, old.intensity_score != new.intensity_score)
    return ", ".join(text for text, is_so in zip((minutes, intensity), changed, strict=True) if is_so)
