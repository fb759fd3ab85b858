"""Who is blessed, and by which threshold somebody is not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sync.cloud.retraining.blessing import (
    Comparison,
    Serving,
    ServingLimits,
    Thresholds,
    objections,
    serving_objections,
)

CHAMPION = {"minutes": (5.0, 15.0), "intensity": (0.5, 0.8), "completion": (None, None)}


def compared(segment: str = "all", members: int = 40, **errors: float) -> Comparison:
    challenger = {**CHAMPION, **{name: (error, CHAMPION[name][1]) for name, error in errors.items()}}
    return Comparison(segment, members, challenger, CHAMPION)


BETTER = compared(minutes=4.5)


def test_who_is_better_and_nowhere_worse_is_blessed() -> None:
    assert objections([BETTER, compared("sex=female", minutes=4.9)], Thresholds()) == ()


def test_who_is_the_same_is_not_worth_a_release() -> None:
    (why,) = objections([compared()], Thresholds())
    assert why.startswith("its errors are +0.0 %")
    assert objections([compared()], Thresholds(least_better=0.0)) == ()


def test_who_is_better_on_the_whole_may_be_worse_in_nothing() -> None:
    (why,) = objections([compared(minutes=2.0, intensity=0.53)], Thresholds())
    assert why == "intensity is 6.0 % further off than the champion's"


def test_a_segment_is_not_sacrificed() -> None:
    (why,) = objections([BETTER, compared("level=beginner", minutes=5.6)], Thresholds())
    assert why == "minutes for level=beginner is 12.0 % further off than the champion's"


def test_what_chance_does_is_no_objection() -> None:
    worse = compared("level=beginner", minutes=5.6)
    assert objections([BETTER, replace(worse, chance={"minutes": 0.1})], Thresholds()) == ()
    assert objections([BETTER, replace(worse, chance={"minutes": 0.05})], Thresholds()) != ()


def test_a_small_segment_says_nothing_for_sure() -> None:
    assert objections([BETTER, compared("age_band=60_and_over", 9, minutes=9.0)], Thresholds()) == ()


def test_who_is_no_better_than_the_mean_is_worth_nothing_even_beside_a_worse_champion() -> None:
    bad = {"minutes": (30.0, 15.0)}
    (why,) = objections([Comparison("all", 40, {"minutes": (16.0, 15.0)}, bad)], Thresholds())
    assert why == "minutes is off by 16.000, always saying the mean by 15.000"


def test_who_changes_its_mind_from_day_to_day_is_not_blessed() -> None:
    swings = {**CHAMPION, "minutes": (4.0, 15.0), "minutes_swing": (0.9, None)}
    champion = {**CHAMPION, "minutes_swing": (0.6, None)}
    found = Comparison("all", 40, swings, champion)
    assert "minutes_swing" not in found.changes()
    assert objections([found], Thresholds()) == ("minutes_swing is 50.0 % more than the champion's",)
    assert objections([found], Thresholds(most_swing=0.6)) == ()


def test_too_few_cannot_judge() -> None:
    assert (
        objections([replace(BETTER, members=3)], Thresholds())[0] == "only 3 members are held out to judge by"
    )


def test_a_comparison_survives_its_json() -> None:
    assert Comparison.from_json(json.loads(json.dumps(BETTER.to_json()))) == BETTER


GOOD = Serving(name="intensity", golden_off=1e-5, int8_off=0.03, load_s=0.2, latency_s=1e-4, bytes=30_000)


def test_files_that_run_are_blessed() -> None:
    assert serving_objections([GOOD, GOOD], ServingLimits()) == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("golden_off", 0.5),
        ("golden_off", float("nan")),
        ("int8_off", 0.3),
        ("load_s", 9.0),
        ("latency_s", 0.2),
        ("bytes", 10**8),
    ],
)
def test_files_that_do_not_are_not(field: str, value: float) -> None:
    wrong: dict[str, Any] = {field: value}
    (why,) = serving_objections([GOOD, replace(GOOD, **wrong)], ServingLimits())
    assert why.startswith("intensity: the ")
    assert f"is {value:g}, at most" in why
