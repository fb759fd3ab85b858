from __future__ import annotations

import pytest

from vision.counting.exercises import (
    KNOWN_EXERCISES,
    CatalogueError,
    UnknownExerciseError,
    catalogue,
    find,
    parse,
)
from vision.counting.signals import gauges

GOOD = '[pushup]\nlimb = "arm"\nposture = "hands_loaded"\nfull = ["U D U"]\n'


COUNTED = set(KNOWN_EXERCISES)


def test_what_is_counted() -> None:
    assert set(catalogue()) == COUNTED
    assert find("pushup").limb == "arm"
    assert find("squat").patterns["full"][0] == ("U", "D", "U")


def test_unknown() -> None:
    with pytest.raises(UnknownExerciseError, match="unknown exercise 'burpee': choose from pushup, squat"):
        find("burpee")


def test_a_partial_travel_is_less_than_a_full_one() -> None:
    for exercise in catalogue().values():
        assert 0 < exercise.phase.partial_travel < exercise.phase.full_travel < 1


def test_arms_that_take_turns_are_counted_by_their_side() -> None:
    assert find("curl").signal == "reach_per_side"
    assert len(gauges("arm", "reach_per_side")) == 2


def test_parse_takes_defaults() -> None:
    assert parse(GOOD)["pushup"].signal == "reach"
    assert parse(GOOD)["pushup"].patterns["partial"] == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD.replace("arm", "tail"), "pushup: limb must be one of"),
        (GOOD.replace("hands_loaded", "flying"), "posture one of"),
        (GOOD + 'signal = "smoke"\n', "pushup: signal must be one of"),
        (GOOD.replace("U D U", "U Q U"), "unknown symbol 'Q'"),
        (GOOD.replace("U D U", "U"), "needs a way there and a way back"),
        (GOOD.replace("U D U", ""), "needs a way there and a way back"),
        (GOOD.replace('"U D U"', ""), "no pattern for a full rep"),
        (GOOD + "[pushup.phase]\nfull_travle = 1\n", "full_travle"),
    ],
)
def test_mistakes_are_named(text: str, reason: str) -> None:
    with pytest.raises(CatalogueError, match=reason):
        parse(text)
