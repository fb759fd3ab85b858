"""A rollout as it stands: what its groups add up to, and when that is good or bad."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.cloud.rollout.plan import Group
from sync.cloud.rollout.state import OPEN, End, Execution, Outcome, Tally
from tests.unit.sync.cloud.rollout.rollouts import BEGIN, canary, rollout

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
BOXES = [f"box-{number}" for number in range(6)]
COUNTS = st.integers(0, 40)
SHARES = st.sampled_from([0.0, 0.01, 0.1, 0.25, 0.5, 0.9, 0.95, 1.0])


@st.composite
def tallies(draw: st.DrawFn) -> Tally:
    succeeded, failed, still_open, silent = (draw(COUNTS) for _ in range(4))
    waiting = draw(st.integers(0, 5))
    total = succeeded + failed + still_open + silent + waiting
    return Tally(total=total, succeeded=succeeded, failed=failed, open=still_open, silent=silent)


@st.composite
def groups(draw: st.DrawFn) -> Group:
    return canary(
        success_threshold=draw(SHARES.filter(bool)),
        error_threshold=draw(SHARES),
        error_least=draw(st.integers(1, 5)),
    )


@settings(max_examples=25)
@given(
    given_to=st.dictionaries(st.sampled_from(BOXES), st.sampled_from(OUTCOMES)), order=st.permutations(BOXES)
)
def test_every_box_that_was_given_it_is_counted_once(given_to: dict[str, Outcome], order: list[str]) -> None:
    going = rollout(canary(boxes=6))
    executions = {(0, box): Execution(given_to[box], BEGIN) for box in order if box in given_to}
    elsewhere = {(1, box): Execution("failed", BEGIN) for box in BOXES}
    tally = replace(going, executions=executions | elsewhere).count(0)
    assert tally.succeeded + tally.failed + tally.open + tally.silent == len(given_to)
    assert tally.total == 6
    assert tally.answered == sum(each in ("succeeded", "failed") for each in given_to.values())
    assert tally.open == sum(each in OPEN for each in given_to.values())
    assert tally == replace(going, executions=elsewhere | dict(reversed(executions.items()))).count(0)


@settings(max_examples=40)
@given(tallies(), groups())
def test_one_more_success_never_makes_it_worse(tally: Tally, group: Group) -> None:
    better = replace(tally, total=tally.total + 1, succeeded=tally.succeeded + 1)
    assert better.is_good_for(group) or not tally.is_good_for(group)
    assert tally.is_bad_for(group) or not better.is_bad_for(group)


@settings(max_examples=40)
@given(tallies(), groups())
def test_one_more_failure_never_makes_it_better(tally: Tally, group: Group) -> None:
    worse = replace(tally, total=tally.total + 1, failed=tally.failed + 1)
    assert tally.is_good_for(group) or not worse.is_good_for(group)
    assert worse.is_bad_for(group) or not tally.is_bad_for(group)


@settings(max_examples=40)
@given(tallies(), groups(), st.integers(1, 50))
def test_boxes_that_say_nothing_are_neither_for_nor_against(tally: Tally, group: Group, more: int) -> None:
    silent = replace(tally, total=tally.total + more, silent=tally.silent + more)
    assert silent.is_good_for(group) == tally.is_good_for(group)
    assert silent.is_bad_for(group) == tally.is_bad_for(group)


@settings(max_examples=40)
@given(tallies(), groups())
def test_fewer_failures_than_the_plan_bears_end_nothing(tally: Tally, group: Group) -> None:
    if tally.failed < group.error_least:
        assert not tally.is_bad_for(group)


@pytest.mark.parametrize("silent", [0, 3])
def test_where_nobody_can_be_reached_nothing_is_good(silent: int) -> None:
    nobody = Tally(total=silent, succeeded=0, failed=0, open=0, silent=silent)
    assert not nobody.is_good_for(canary(success_threshold=0.01))
    assert not nobody.is_bad_for(canary(error_threshold=0.0))


@pytest.mark.parametrize(
    ("succeeded", "failed", "good", "bad"),
    [
        (18, 0, False, False),
        (19, 0, True, False),
        (19, 1, True, False),
        (18, 2, False, True),
        (97, 3, True, True),
    ],
)
def test_thresholds_are_reached_by_the_last_box_that_makes_the_share(
    succeeded: int,
    failed: int,
    *,
    good: bool,
    bad: bool,
) -> None:
    group = canary(success_threshold=0.95, error_threshold=0.02, error_least=2)
    total = max(20, succeeded + failed)
    tally = Tally(total=total, succeeded=succeeded, failed=failed, open=0, silent=0)
    assert (tally.is_good_for(group), tally.is_bad_for(group)) == (good, bad)


@pytest.mark.parametrize("end", ["halted", "aborted", "finished"])
@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize("begun", [False, True])
def test_its_end_says_more_than_a_pause_and_a_pause_more_than_the_group(
    end: End, *, paused: bool, begun: bool
) -> None:
    going = replace(rollout(canary()), paused=paused, begun=begun)
    assert going.status == ("paused" if paused else "running" if begun else "waiting_for_approval")
    assert replace(going, end=end).status == end


def test_groups_that_were_given_it_are_those_before_and_the_one_that_has_begun() -> None:
    going = rollout(canary(name="one"), canary(name="two"))
    assert [list(replace(going, group=at).started()) for at in range(4)] == [[], [0], [0, 1], [0, 1, 2]]
    begun = [list(replace(going, group=at, begun=True).started()) for at in range(4)]
    assert begun == [[0], [0, 1], [0, 1, 2], [0, 1, 2]], "never more than there are"
