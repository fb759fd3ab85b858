"""The pages on plans say what the code does."""

import re
from pathlib import Path
from typing import get_args

import pytest

from recommender.adaptation import MOST_DROP, MOST_SHORTER
from recommender.composing.blocks import MOST_EDGE_ITEMS, MOST_HELD_ITEMS
from recommender.composing.catalogue import CatalogueError, Exercise, Kind, Pattern, parse
from recommender.composing.compose import AIM_RULES, DOSE_RULES, FITTING_RULES, KIND_RULES
from recommender.composing.rules.doses import FOR_GOAL
from recommender.composing.rules.limits import LONGEST_MINUTES, MOST_FOR_CONDITION
from recommender.composing.rules.loads import FIRST_SESSION, LEAST_WORKOUT, LONGEST_RECOVERY_MINUTES
from recommender.composing.selection import EXERCISE_RULES
from recommender.plan import MachineKind

ROOT = Path(__file__).parents[2]
RULES_PAGE = (ROOT / "docs" / "reference" / "plan-rules.md").read_text(encoding="utf-8")
HOW_TO = (ROOT / "docs" / "how-to" / "add-an-exercise.md").read_text(encoding="utf-8")
COMPENDIUM = '[compendium."02022"]\nmet = 3.8\nactivity = "calisthenics"\n'


def test_every_rule_is_listed_in_the_order_in_which_it_is_asked() -> None:
    functions = (*EXERCISE_RULES, *KIND_RULES, *AIM_RULES, *DOSE_RULES)
    composing = RULES_PAGE.split("## What members tell")[0]
    told = re.findall(r"^\| `(\w+)` \|", composing, re.MULTILINE)
    assert told == [*(rule.__name__ for rule in functions), *FITTING_RULES]


def test_the_numbers_of_the_rules_are_those_of_the_code() -> None:
    for most in MOST_FOR_CONDITION.values():
        assert f"{most:g} " in RULES_PAGE.split("`condition_limit`")[1].split("\n")[0]
    for minutes in LONGEST_MINUTES.values():
        assert f"{minutes:g} min" in RULES_PAGE.split("`session_length`")[1].split("\n")[0]
    for level, (minutes, intensity) in FIRST_SESSION.items():
        assert f"{minutes:g} min at {intensity:g} ({level})" in RULES_PAGE
    recovery = RULES_PAGE.split("`recovery_day`")[1].split("\n")[0]
    minutes, intensity = LEAST_WORKOUT
    assert f"than {minutes:g} min at {intensity:g} " in recovery
    assert f" to {LONGEST_RECOVERY_MINUTES:g} min" in recovery
    assert (
        f"at most {MOST_EDGE_ITEMS} items, the main part of a mobility workout {MOST_HELD_ITEMS}."
        in RULES_PAGE
    )
    assert (
        f"at most {MOST_DROP:g} point of intensity and {1.0 - MOST_SHORTER:.0%}".replace("%", " %")
        in RULES_PAGE
    )
    for goal, dose in FOR_GOAL.items():
        [row] = re.findall(rf"^\| {goal.replace('_', ' ')}.*", RULES_PAGE, re.MULTILINE)
        assert str(dose) in row


def example() -> str:
    [found] = re.findall(r"```toml\n(.*?)```", HOW_TO, re.DOTALL)
    return f"{COMPENDIUM}{found}"


def test_the_exercise_of_the_how_to_is_read() -> None:
    assert parse(example())["copenhagen_plank"].primary == ("adductors",)


def test_the_mistake_of_the_how_to_is_told_as_it_says() -> None:
    with pytest.raises(CatalogueError) as told:
        parse(example().replace('"advanced"', '"hero"'))
    assert f"`{told.value}`" in HOW_TO


def test_every_key_and_choice_is_explained() -> None:
    keys = set(re.findall(r"^\| `(\w+)` \|", HOW_TO, re.MULTILINE))
    assert keys == set(Exercise.model_fields) - {"id", "met"}
    for choice in (*get_args(Kind), *get_args(Pattern), *get_args(MachineKind)):
        assert f"`{choice}`" in HOW_TO
