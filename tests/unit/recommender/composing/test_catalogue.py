import tomllib
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

import recommender.composing
from recommender.composing.catalogue import LANGUAGES, CatalogueError, Exercise, catalogue, parse
from recommender.gym import EQUIPMENT
from recommender.plan import MachineKind
from vision.counting.exercises import KNOWN_EXERCISES

SQUAT = """
[compendium."02022"]
met = 3.8
activity = "calisthenics, moderate effort"

[exercises.squat]
name = { en = "Squat", zh = "徒手深蹲" }
kind = "strength"
pattern = "squat"
primary = ["quadriceps"]
secondary = ["glutes"]
level = "beginner"
compendium = "02022"
vision_countable = true
seconds_per_rep = 3.0
not_for_injured = ["knee"]
"""
CATALOGUE_FILE = Path(recommender.composing.__file__).parent / "exercises.toml"
EXERCISES = list(catalogue().values())


def names(exercises: list[Exercise]) -> list[str]:
    return [each.id for each in exercises]


def test_an_exercise_costs_what_its_entry_of_the_compendium_says() -> None:
    squat = parse(SQUAT)["squat"]
    assert (squat.id, squat.met, squat.taxing, squat.equipment) == ("squat", 3.8, True, ())


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ('kind = "strength"', 'kind = "power"', r"^exercises\.squat\.kind: "),
        ('pattern = "squat"', 'pattern = "stretch"', r"^exercises\.squat: .*pattern of a strength exercise"),
        ('["quadriceps"]', '["knee"]', r"^exercises\.squat\.primary\.0: "),
        ('primary = ["quadriceps"]', "primary = []", r"^exercises\.squat\.primary: "),
        ('["glutes"]', '["quadriceps"]', r"^exercises\.squat: .*quadriceps cannot be primary and secondary"),
        ('["knee"]', '["tail"]', r"^exercises\.squat\.not_for_injured\.0: "),
        ("3.0", "-3.0", r"^exercises\.squat\.seconds_per_rep: "),
        ("3.0", "nan", r"^exercises\.squat\.seconds_per_rep: "),
        ("3.0", "12.0", r"^exercises\.squat: .*at most 10"),
        ("seconds_per_rep = 3.0\n", "", r"^exercises\.squat: .*needs seconds_per_rep"),
        (', zh = "徒手深蹲"', "", r"^exercises\.squat: .*name lacks zh"),
        ('zh = "徒手深蹲"', 'zh = ""', r"^exercises\.squat\.name\.zh: "),
        ('level = "beginner"', 'level = "beginner"\ncolour = "red"', r"^exercises\.squat\.colour: "),
        ('level = "beginner"', 'level = "beginner"\nmachine = "bike"', r"^exercises\.squat: .*held cardio"),
        ('level = "beginner"', 'level = "beginner"\nmet = 9.0', r"^exercises\.squat\.met: follows"),
        ('level = "beginner"\n', "", r"^exercises\.squat\.level: "),
        (
            'compendium = "02022"',
            'compendium = "99999"',
            r"^exercises\.squat\.compendium: '99999' is no code",
        ),
        ('compendium = "02022"', "compendium = 2022", r"^exercises\.squat\.compendium: 2022 is no code"),
        ("met = 3.8", "met = 0.2", r"^compendium\.02022\.met: "),
        ("[exercises.squat]", '[exercises."Squat !"]', r"^exercises\.Squat !"),
        ("[exercises.squat]", "[exercises.squat", "is no TOML"),
        ('[compendium."02022"]', '[compendium.""]', r"^compendium\."),
    ],
)
def test_a_mistake_is_told_by_its_key(was: str, becomes: str, complaint: str) -> None:
    assert was in SQUAT
    with pytest.raises(CatalogueError, match=complaint):
        parse(SQUAT.replace(was, becomes))


def test_there_is_much_to_choose_from() -> None:
    assert len(EXERCISES) >= 60
    assert {each.kind for each in EXERCISES} == {"warm_up", "mobility", "strength", "cardio"}
    assert {each.machine for each in EXERCISES} - {None} == set(get_args(MachineKind))
    assert {used for each in EXERCISES for used in each.equipment} <= set(EQUIPMENT)


def test_names_are_told_apart_in_every_language() -> None:
    for language in LANGUAGES:
        assert len({each.name[language] for each in EXERCISES}) == len(EXERCISES)


def test_the_camera_counts_what_vision_knows() -> None:
    assert set(names([each for each in EXERCISES if each.vision_countable])) == set(KNOWN_EXERCISES)


def test_every_entry_of_the_compendium_is_used() -> None:
    text = CATALOGUE_FILE.read_text(encoding="utf-8")
    assert set(tomllib.loads(text)["compendium"]) == {each.compendium for each in EXERCISES}


def test_whatever_somebody_has_there_is_something_to_warm_up_with_and_something_to_do() -> None:
    harmless = [each for each in EXERCISES if not (each.not_for_injured or each.not_for_conditions)]
    free = [each for each in harmless if each.level == "beginner" and not (each.equipment or each.machine)]
    assert len([each for each in free if each.kind == "warm_up"]) >= 2
    assert len([each for each in free if each.kind == "mobility"]) >= 3


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("squat", {"knee", "hip", "ankle"}),
        ("lunge", {"knee", "hip", "ankle"}),
        ("hinge", {"lower_back", "hip"}),
        ("push", {"shoulder", "elbow"}),
        ("pull", {"shoulder", "upper_back"}),
        ("jump", {"knee", "hip", "ankle"}),
    ],
)
def test_a_movement_is_not_for_whom_its_joints_hurt(pattern: str, parts: set[str]) -> None:
    assert (
        names([each for each in EXERCISES if each.pattern == pattern and parts - each.not_for_injured]) == []
    )


def test_jumps_are_for_healthy_people() -> None:
    forbidden = {"heart_disease", "osteoporosis", "pregnancy", "vertigo"}
    assert (
        names([each for each in EXERCISES if each.pattern == "jump" and forbidden - each.not_for_conditions])
        == []
    )


def test_strength_that_is_held_is_not_for_high_pressure() -> None:
    held = [each for each in EXERCISES if each.kind == "strength" and each.seconds_per_rep is None]
    assert names([each for each in held if {"heart_disease", "hypertension"} - each.not_for_conditions]) == []


def test_who_may_do_the_hard_thing_at_a_machine_may_do_the_gentle_one() -> None:
    for machine in get_args(MachineKind):
        ways = sorted((each for each in EXERCISES if each.machine == machine), key=lambda each: each.met)
        for easier, harder in pairwise(ways):
            assert easier.not_for_injured <= harder.not_for_injured
            assert easier.not_for_conditions <= harder.not_for_conditions
