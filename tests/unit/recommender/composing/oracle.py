"""What a plan must keep to, written from docs/reference/plan-rules.md and not from the code that makes plans.

It reads the catalogue's file itself and shares no rule, constant or helper with `recommender.composing`.
"""

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import recommender
from recommender.gym import Gym, Machine
from recommender.history import History, Workout
from recommender.person import Person
from recommender.plan import Composition, ExerciseSets, MachineBout, MachineStep
from recommender.prescription import Prescription

EXERCISES: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(recommender.__file__).parent / "composing" / "exercises.toml").read_text(encoding="utf-8")
)["exercises"]
START = {"beginner": 30 * 2.5, "intermediate": 40 * 3.0, "advanced": 45 * 3.5}
LONGEST = {"steady": 120, "intervals": 45, "resistance": 90, "mobility": 60}
MOST = {"heart_disease": 2.5, "hypertension": 3.0, "pregnancy": 3.0, "vertigo": 3.5, "osteoporosis": 4.0}
LEVELS = ("beginner", "intermediate", "advanced")


def faults(
    plan: Composition,
    *,
    person: Person,
    prescription: Prescription,
    type: str,  # noqa: A002 - as compose calls it
    gym: Gym,
    history: History,
    today: date,
    seed: int,  # noqa: ARG001 - as compose takes it
) -> list[str]:
    """Everything that is wrong with a plan, in words."""
    past = [each for each in history.workouts if each.day <= today]
    found = [*_whole(plan, prescription, type), *_person(plan, person), *_loads(plan, person, past, today)]
    for block in plan.blocks:
        for item in block.items:
            found += _exercise(item.exercise, person, gym, past, today)
            if isinstance(item, MachineBout):
                found += _bout(item, gym, person)
            else:
                found += _sets(item, person, plan.type)
    return found


def _whole(plan: Composition, asked: Prescription, kind: str) -> Iterator[str]:
    if [block.kind for block in plan.blocks] != ["warm_up", "main", "cool_down"]:
        yield "not warm-up, main part, cool-down"
    for block in plan.blocks:
        if not block.items or block.duration_s < 60.0:
            yield f"{block.kind} lasts {block.duration_s} s"
        calm = [EXERCISES[item.exercise]["pattern"] == "breathing" for item in block.items]
        many = len(calm) > (6 if block.kind != "main" else 10 if plan.type == "mobility" else 12)
        if many or any(calm[:-1]):
            yield f"nobody remembers {block.items}"
    yield from _told(plan, asked, kind)


def _told(plan: Composition, asked: Prescription, kind: str) -> Iterator[str]:
    told = plan.prescription.duration_minutes * 60.0
    if abs(plan.duration_s - told) > 0.05 * told:
        yield f"lasts {plan.duration_s} s instead of {told}"
    if plan.prescription.duration_minutes > asked.duration_minutes:
        yield "longer than prescribed"
    if plan.prescription.intensity_score > asked.intensity_score:
        yield "harder than prescribed"
    if told % 30.0 or abs(plan.prescription.intensity_score * 10.0 % 1.0 - 0.5) < 0.499:
        yield f"{plan.prescription} is not round"
    if plan.prescription.duration_minutes > LONGEST[plan.type]:
        yield f"{plan.type} of {plan.prescription.duration_minutes} min"
    less = (
        asked.duration_minutes - plan.prescription.duration_minutes,
        asked.intensity_score - (plan.prescription.intensity_score),
    )
    if (plan.type != kind or less[0] >= 0.5 + 1e-6 or less[1] >= 0.1 + 1e-6) and not any(
        "->" in each.detail for each in plan.rules
    ):
        yield "changed, and no rule says so"
    for rule in plan.rules:
        if not re.fullmatch(r"[a-z0-9_]+", rule.name) or not re.search(r"\d", rule.detail):
            yield f"{rule} tells no number"


def _careful_age(person: Person) -> float:
    age = person.age_years
    return 65.0 if age is None or not 5.0 <= age <= 110.0 else age


def _most(person: Person) -> float:
    """The intensity that no part of a plan may exceed."""
    age, most = _careful_age(person), 5.0
    for bound, holds in (
        (3.0, age < 14 or age >= 80),
        (4.0, age < 18 or age >= 65),
        (3.5, person.level == "beginner"),
        (3.0, "rehab" in {person.goal, person.training_phase}),
        (3.0, person.training_phase == "deload"),
    ):
        most = min(most, bound) if holds else most
    return min([most, *(MOST[each] for each in person.conditions)])


def _person(plan: Composition, person: Person) -> Iterator[str]:
    most, minutes = _most(person), plan.prescription.duration_minutes
    hardest = max(
        effort
        for block in plan.blocks
        for item in block.items
        for effort in (
            [step.effort_rpe or 0.0 for step in item.steps]
            if isinstance(item, MachineBout)
            else [item.effort_rpe]
        )
    )
    if not 1.0 <= plan.prescription.intensity_score <= most:
        yield f"intensity {plan.prescription.intensity_score}, at most {most}"
    if hardest > 2.0 * most + 0.05:
        yield f"a part of exertion {hardest}, at most {2 * most}"
    if person.level == "beginner" and minutes > 60.0:
        yield f"a beginner for {minutes} min"
    if "rehab" in {person.goal, person.training_phase} and minutes > 45.0:
        yield f"rehab for {minutes} min"
    gentle = person.conditions & {"heart_disease", "hypertension", "pregnancy", "vertigo"}
    resting = {person.goal, person.training_phase} & {"rehab", "deload"}
    if plan.type == "intervals" and (gentle or resting or not 14 <= _careful_age(person) < 75):
        yield "intervals for somebody who must not"


def _load(workout: Workout) -> float:
    if workout.intensity_score is not None:
        intensity = workout.intensity_score
    elif workout.rpe is not None:
        intensity = workout.rpe / 2.0
    else:
        intensity = 2.5 if workout.prescribed is None else workout.prescribed.intensity_score
    return workout.duration_minutes * intensity


def _loads(plan: Composition, person: Person, past: list[Workout], today: date) -> Iterator[str]:
    aged = [((today - each.day).days, _load(each)) for each in past]
    minutes, intensity = plan.prescription.duration_minutes, plan.prescription.intensity_score
    load, least = minutes * intensity, (minutes, intensity) == (10.0, 1.0)
    done = sum(each for days, each in aged if days <= 6)
    before = max(
        sum(each for days, each in aged if 7 <= days <= 13),
        sum(each for days, each in aged if 8 <= days <= 14),
        3.0 * START[person.level],
    )
    if not least and done + load > 1.1 * before + 1e-6:
        yield f"a week of {done + load} after {before}"
    weeks = min(3.0, max((days for days, _ in aged), default=0) / 7.0 - 6.0 / 7.0)
    chronic = sum(each for days, each in aged if 7 <= days <= 27) / max(weeks, 1.0)
    chronic = max(chronic, 3.0 * START[person.level]) if weeks > 0.0 else float("inf")
    if not least and done + load > 1.3 * chronic + 1e-6:
        yield f"acute {done + load} to chronic {chronic}"
    left = min(1.1 * before, 1.3 * chronic) - done
    if left < 15.0 * 1.5 - 1e-6 and load > left + 1e-6 and plan.type != "mobility":
        yield f"{plan.type} where {left} is left: a day to recover"
    heaviest = max((each for days, each in aged if 7 <= days <= 20), default=0.0)
    if not least and load > max(1.1 * heaviest, START[person.level]) + 1e-6:
        yield f"a workout of {load} after {heaviest}"
    if not any(each for days, each in aged if 1 <= days <= 14) and load > START[person.level] + 1e-6:
        yield f"a load of {load} after a break"


def _exercise(name: str, person: Person, gym: Gym, past: list[Workout], today: date) -> Iterator[str]:
    entry = EXERCISES[name]
    if person.injuries & set(entry.get("not_for_injured", ())):
        yield f"{name} loads what is injured"
    if person.conditions & set(entry.get("not_for_conditions", ())):
        yield f"{name} is not for {sorted(person.conditions)}"
    if set(entry.get("equipment", ())) - gym.equipment:
        yield f"{name} needs what is not there"
    if LEVELS.index(entry["level"]) > LEVELS.index(person.level):
        yield f"{name} is too difficult"
    if entry["pattern"] == "jump" and not 14 <= _careful_age(person) < 65:
        yield f"{name} at this age"
    if _taxing(entry):
        yield from _rest(name, entry, past, today)


def _rest(name: str, entry: dict[str, Any], past: list[Workout], today: date) -> Iterator[str]:
    for workout in past:
        if (today - workout.day).days >= 2:
            continue
        trained = [EXERCISES.get(each.exercise) for each in workout.exercises]
        if None in trained or (workout.type == "resistance" and not trained):
            yield f"{name} after a workout of which nobody knows what it trained"
        for other in trained:
            if other and _taxing(other) and set(other["primary"]) & set(entry["primary"]):
                yield f"{name} within 48 h"


def _taxing(entry: dict[str, Any]) -> bool:
    return bool(entry["kind"] == "strength" or entry["pattern"] == "jump")


def _bout(bout: MachineBout, gym: Gym, person: Person) -> Iterator[str]:
    if EXERCISES[bout.exercise]["machine"] != bout.machine:
        yield f"{bout.exercise} at a {bout.machine}"
    here = [each for each in gym.machines if (each.kind, each.station_id) == (bout.machine, bout.station_id)]
    if not any(machine.free and not list(_steps(bout.steps, machine)) for machine in here):
        yield f"no free {bout.machine} {bout.station_id} takes {bout.steps}"
    for step in bout.steps:
        if step.duration_s < 1.0 or not 2.0 <= (step.effort_rpe or 0.0) <= 10.0:
            yield f"{step} lasts no time or feels like nothing"
        if step.heart_rate_zone is not None and (step.speed_kmh is not None or person.maximum_bpm is None):
            yield f"{step} has two masters, or a zone that nobody knows"
        if bout.machine == "treadmill" and step.speed_kmh is None and step.heart_rate_zone is None:
            yield f"{step} does not say how fast"


def _steps(steps: tuple[MachineStep, ...], machine: Machine) -> Iterator[str]:
    for step in steps:
        speed, incline = step.speed_kmh, step.incline_percent
        fastest, steepest = machine.max_speed_kmh, machine.max_incline_percent
        if speed is not None and not 2.0 <= speed <= (20.0 if fastest is None else fastest):
            yield f"speed {speed}"
        if incline is not None and not 0.0 <= incline <= (15.0 if steepest is None else steepest):
            yield f"incline {incline}"
        if step.power_w is not None and not 0.0 < step.power_w <= 400.0:
            yield f"power {step.power_w}"


def _sets(item: ExerciseSets, person: Person, kind: str) -> Iterator[str]:
    entry = EXERCISES[item.exercise]
    lasts = item.hold_s if item.reps is None else item.reps * entry["seconds_per_rep"]
    if (
        entry.get("machine")
        or item.sets < 1
        or lasts is None
        or lasts < 1.0
        or abs(lasts - item.work_s) > 1e-6
    ):
        yield f"{item} does not add up"
    if item.rest_s < 0.0 or item.rest_s > 300.0 or not 2.0 <= item.effort_rpe <= 10.0:
        yield f"{item} rests or feels wrong"
    if entry["kind"] != "strength" or kind != "resistance" or item.reps is None:
        return
    spared = person.conditions & {"heart_disease", "hypertension", "pregnancy"}
    if item.reps < 10 and (spared or not 18 <= _careful_age(person) < 65):
        yield f"{item} is heavy"
    if person.training_phase == "deload" and item.sets > 2:
        yield f"{item} in a deload"
    if person.level == "beginner" and (item.sets > 3 or item.reps < 8):
        yield f"{item} for a beginner"
