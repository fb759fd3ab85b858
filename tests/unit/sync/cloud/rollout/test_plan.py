"""Which boxes are in which group."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sync.cloud.rollout.plan import CAREFUL, Candidate, Group, Plan, PlanRefused, select

EVERYBODY = Group(name="all", percent=100)


def fleet(count: int) -> list[Candidate]:
    return [Candidate(f"box-{number}") for number in range(count)]


@settings(max_examples=40)
@given(st.integers(1, 60), st.text(max_size=5), st.randoms())
def test_every_box_gets_the_release_in_one_group_whatever_the_order(
    count: int,
    rollout_id: str,
    random: Random,
) -> None:
    boxes = fleet(count)
    chosen = select(CAREFUL, rollout_id, boxes)
    active = [
        box
        for group, members in zip(CAREFUL.groups, chosen, strict=True)
        for box in members
        if group.mode == "active"
    ]
    assert sorted(active) == sorted(box.gateway_id for box in boxes)
    random.shuffle(boxes)
    assert select(CAREFUL, rollout_id, boxes) == chosen


@settings(max_examples=40)
@given(st.integers(1, 300), st.floats(0.1, 99))
def test_a_group_is_as_large_as_it_says_and_never_empty(count: int, percent: float) -> None:
    first, rest = select(Plan(groups=(Group(name="a", percent=percent), EVERYBODY)), "r", fleet(count))
    assert len(first) >= 1
    assert len(first) - 1 < count * percent / 100 + 1e-6
    assert len(first) >= count * percent / 100 - 1e-6
    assert len(first) + len(rest) == count


def test_percents_that_are_whole_are_not_rounded_up() -> None:
    sizes = [len(each) for each in select(CAREFUL, "r", fleet(1000))]
    assert sizes == [20, 20, 200, 780]


def test_chance_decides_anew_for_each_rollout() -> None:
    firsts = {select(CAREFUL, f"r{number}", fleet(100))[1] for number in range(8)}
    assert len(firsts) == 8
    shadow, early, *_ = select(CAREFUL, "r", fleet(100))
    assert shadow != early


def test_tags_choose_boxes_and_those_left_come_later() -> None:
    boxes = [Candidate("a", {"gym=x"}), Candidate("b", {"gym=y", "ring=0"}), Candidate("c", {"gym=y"})]
    plan = Plan(groups=(Group(name="first", tags=frozenset({"gym=y"}), boxes=1), EVERYBODY))
    first, rest = select(plan, "r", boxes)
    assert first in {("b",), ("c",)}
    assert sorted((*first, *rest)) == ["a", "b", "c"]


def alone(**facts: object) -> Plan:
    return Plan.model_validate({"groups": [{"name": "first", **facts}, EVERYBODY.model_dump()]})


@pytest.mark.parametrize(
    ("plan", "boxes", "reason"),
    [
        (CAREFUL, [], "there is no box"),
        (alone(tags=["gym=z"]), fleet(3), "no box that is left has its tags"),
        (
            Plan(groups=(Group(name="a", percent=100), Group(name="b", boxes=1), EVERYBODY)),
            fleet(3),
            "group b",
        ),
    ],
)
def test_a_plan_that_means_nobody_is_refused(plan: Plan, boxes: Sequence[Candidate], reason: str) -> None:
    with pytest.raises(PlanRefused, match=reason):
        select(plan, "r", boxes)


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ([], "at least 1"),
        ([{"name": "all", "percent": 99}], "must take all that are left"),
        ([{"name": "all", "percent": 100, "mode": "shadow"}], "must take all that are left"),
        ([{"name": "all", "percent": 100, "tags": ["a=b"]}], "must take all that are left"),
        ([{"name": "a", "percent": 5, "boxes": 1}, {"name": "all", "percent": 100}], "not by both"),
        ([{"name": "a"}, {"name": "a", "percent": 100}], "same name"),
        (
            [{"name": "a"}, {"name": "s", "mode": "shadow"}, {"name": "all", "percent": 100}],
            "before all others",
        ),
        ([{"name": "A", "percent": 100}], "pattern"),
        ([{"name": "a", "percent": 100, "sukcess_threshold": 1}], "Extra inputs"),
        ([{"name": "a", "percent": 100, "success_threshold": 0}], "greater than 0"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(groups: list[dict[str, object]], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Plan.model_validate({"groups": groups})
