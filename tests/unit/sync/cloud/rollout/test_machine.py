"""From group to group, what halts a rollout, and what people can do about it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sync.cloud.rollout.machine import NotPossible, abort, approve, pause, resume, step
from sync.cloud.rollout.plan import Group
from sync.cloud.rollout.state import Decision, Rollout
from tests.unit.sync.cloud.rollout.rollouts import (
    BEGIN,
    CHALLENGER,
    CHAMPION,
    EVERYBODY,
    SOAK_S,
    TIMEOUT_S,
    canary,
    rollout,
    says,
)

Reported = Mapping[str, Any]


def after(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def begun(*groups: Group, boxes: int = 6) -> Rollout:
    return step(rollout(*groups, boxes=boxes), {}, BEGIN).rollout


def actions(decision: Decision) -> list[str]:
    return [note.action.removeprefix("rollout.") for note in decision.notes]


def all_say(going: Rollout, group: int, state: str, **more: Any) -> Reported:
    return dict.fromkeys(going.members[group], says(state, **more))


def test_the_first_group_gets_the_release_at_once_and_nobody_else() -> None:
    first = step(rollout(canary()), {}, BEGIN)
    canaries = first.rollout.members[0]
    assert set(first.desired) == set(canaries)
    assert first.desired[canaries[0]] == {**CHALLENGER, "mode": "active", "rollout": "r1"}
    assert actions(first) == ["group_begin"]
    assert step(first.rollout, {}, BEGIN) == Decision(first.rollout)


def test_the_next_group_begins_after_all_have_succeeded_and_soaked() -> None:
    going = begun(canary())
    reported = all_say(going, 0, "active")
    soaking = step(going, reported, after(10))
    assert (soaking.desired, soaking.rollout.good_since) == ({}, after(10))
    assert step(soaking.rollout, reported, after(9 + SOAK_S)).desired == {}
    following = step(soaking.rollout, reported, after(10 + SOAK_S))
    assert set(following.desired) == set(going.members[1])
    assert actions(following) == ["group_finish", "group_begin"]
    everybody = {**reported, **all_say(going, 1, "active")}
    done = step(following.rollout, everybody, after(700))
    assert (done.rollout.status, done.desired, actions(done)) == ("finished", {}, ["group_finish", "finish"])
    assert step(done.rollout, {}, after(99_999)) == Decision(done.rollout)


def test_one_failure_too_many_halts_at_once_and_all_go_back() -> None:
    going = begun(canary(boxes=3))
    bad, good, silent = going.members[0]
    halted = step(
        going, {bad: says("rolled_back", reason="answers are no numbers"), good: says("active")}, after(5)
    )
    assert halted.rollout.status == "halted"
    assert "1 of the 2 boxes of canary" in halted.rollout.reason
    back = {"version": "1", "target": None, "sha256": None, "mode": "active", "rollout": "r1"}
    assert halted.desired == dict.fromkeys((bad, good, silent), back)
    states = {box: each.state for (_, box), each in halted.rollout.executions.items()}
    assert states == {bad: "failed", good: "succeeded", silent: "canceled"}
    assert next(note.detail.get("reason") for note in halted.notes) == "answers are no numbers"
    assert actions(halted) == ["failure", "halt"]


def test_a_failure_in_a_group_that_was_done_long_ago_halts_too() -> None:
    going = begun(canary(soak_s=0))
    reported = all_say(going, 0, "active")
    going = step(going, reported, after(1)).rollout
    assert going.group == 1
    halted = step(going, {**reported, going.members[0][0]: says("failed")}, after(2))
    assert halted.rollout.status == "halted"
    assert set(halted.desired) == {*going.members[0], *going.members[1]}


def test_few_failures_are_borne_where_the_plan_says_so() -> None:
    going = begun(canary(boxes=4, error_least=2, error_threshold=0.5, success_threshold=0.75, soak_s=0))
    one, two, *rest = going.members[0]
    borne = step(going, {one: says("failed")}, after(1))
    assert borne.rollout.status == "running"
    reported = {one: says("failed"), **dict.fromkeys((two, *rest), says("active"))}
    assert step(borne.rollout, reported, after(2)).rollout.group == 1
    assert step(borne.rollout, {one: says("failed"), two: says("failed")}, after(2)).rollout.end == "halted"


def test_too_few_successes_halt_even_without_too_many_failures() -> None:
    going = begun(canary(boxes=4, error_least=4, success_threshold=0.75))
    one, two, *rest = going.members[0]
    reported = {**dict.fromkeys((one, two), says("failed")), **dict.fromkeys(rest, says("active"))}
    halted = step(going, reported, after(1))
    assert "only 2 of the 4 boxes" in halted.rollout.reason


def test_a_failure_while_it_soaks_starts_the_soak_anew() -> None:
    going = begun(canary(boxes=3, error_least=2, success_threshold=0.6))
    one, two, three = going.members[0]
    good = {one: says("active"), two: says("active")}
    soaking = step(going, good, after(1)).rollout
    assert soaking.good_since == after(1)
    broken = step(soaking, {**good, one: says("rolled_back")}, after(500)).rollout
    assert broken.good_since is None
    mended = step(broken, {two: says("active"), three: says("active")}, after(600)).rollout
    assert mended.good_since == after(600)


def test_a_box_that_is_offline_is_waited_for_and_then_left_out() -> None:
    going = begun(canary(soak_s=0))
    here, away = going.members[0]
    waiting = step(going, {here: says("active")}, after(TIMEOUT_S - 1))
    assert waiting.rollout.group == 0
    gone = step(waiting.rollout, {here: says("active")}, after(TIMEOUT_S))
    assert gone.rollout.group == 1
    assert gone.rollout.executions[0, away].state == "timed_out"
    assert gone.rollout.count(0).succeeded == 1


def test_where_nobody_answers_a_person_decides() -> None:
    going = begun(canary())
    waiting = step(going, {}, after(TIMEOUT_S))
    assert (waiting.rollout.status, waiting.desired, actions(waiting)) == (
        "waiting_for_approval",
        {},
        ["wait"],
    )
    assert "no box of canary could be reached" in waiting.rollout.reason
    assert step(waiting.rollout, {}, after(2 * TIMEOUT_S)) == Decision(waiting.rollout)
    assert set(approve(waiting.rollout, after(9e5)).desired) == set(going.members[1])


def test_where_nobody_of_the_last_group_answers_a_person_ends_it() -> None:
    going = begun(EVERYBODY)
    waiting = step(going, {}, after(TIMEOUT_S)).rollout
    assert waiting.status == "waiting_for_approval"
    assert approve(waiting, after(TIMEOUT_S)).rollout.status == "finished"


def test_who_comes_late_counts_still() -> None:
    going = begun(canary(soak_s=0))
    here, late = going.members[0]
    going = step(going, {here: says("active")}, after(TIMEOUT_S)).rollout
    for state, end in (("active", None), ("installing", None), ("rolled_back", "halted")):
        assert step(going, {late: says(state)}, after(TIMEOUT_S + 9)).rollout.end == end
    assert (
        step(going, {late: says("installing")}, after(9e6)).rollout.executions[0, late].state == "timed_out"
    )


def test_a_box_that_falls_silent_while_it_installs_has_failed() -> None:
    going = begun(canary())
    box = going.members[0][0]
    reported = {box: says("installing")}
    going = step(going, reported, after(TIMEOUT_S - 1)).rollout
    assert going.executions[0, box].state == "in_progress"
    assert step(going, reported, after(2 * TIMEOUT_S - 2)).rollout.end is None
    halted = step(going, reported, after(2 * TIMEOUT_S - 1)).rollout
    assert halted.end == "halted"
    assert "after it began to install" in halted.executions[0, box].reason


def test_boxes_that_have_no_use_for_it_count_for_nothing() -> None:
    going = begun(canary(soak_s=0))
    one, two = going.members[0]
    without = step(going, {one: says("rejected", reason="no camera"), two: says("active")}, after(1))
    assert without.rollout.group == 1
    assert without.rollout.count(0).answered == 1


@pytest.mark.parametrize("news", [{"rollout": "r0"}, {"version": "1"}, {"mode": "shadow"}])
def test_news_of_another_release_are_none(news: Mapping[str, str]) -> None:
    going = begun(canary())
    assert step(going, all_say(going, 0, "rolled_back", **news), after(1)) == Decision(going)


def test_a_gate_waits_for_its_approval() -> None:
    waiting = step(rollout(canary(approval=True)), {}, BEGIN)
    assert (waiting.rollout.status, waiting.desired) == ("waiting_for_approval", {})
    assert step(waiting.rollout, {}, after(9e5)) == Decision(waiting.rollout)
    approved = approve(waiting.rollout, after(5))
    assert set(approved.desired) == set(approved.rollout.members[0])
    assert actions(approved) == ["approve", "group_begin"]
    assert approve(approved.rollout, after(6)) == Decision(approved.rollout)


def test_a_pause_lets_nobody_follow_and_still_halts() -> None:
    going = begun(canary(soak_s=0))
    held = pause(going).rollout
    assert pause(held) == Decision(held)
    good = step(held, all_say(going, 0, "active"), after(1))
    assert (good.rollout.status, good.desired) == ("paused", {})
    assert set(step(resume(good.rollout).rollout, {}, after(2)).desired) == set(going.members[1])
    assert step(held, all_say(going, 0, "failed"), after(1)).rollout.end == "halted"
    assert resume(going) == Decision(going)


def test_what_is_paused_is_not_approved() -> None:
    waiting = pause(step(rollout(canary(approval=True)), {}, BEGIN).rollout).rollout
    with pytest.raises(NotPossible, match="resume it"):
        approve(waiting, BEGIN)


def test_an_abort_sends_back_who_was_given_it_and_no_one_else() -> None:
    going = begun(canary())
    aborted = abort(going, "a complaint", after(1))
    assert set(aborted.desired) == set(going.members[0])
    assert all(value["version"] == CHAMPION["version"] for value in aborted.desired.values())
    assert (aborted.rollout.status, aborted.rollout.reason) == ("aborted", "a complaint")
    assert abort(aborted.rollout, "again", after(2)) == Decision(aborted.rollout)


@pytest.mark.parametrize(
    "wish", [pause, resume, lambda r: approve(r, BEGIN), lambda r: abort(r, "late", BEGIN)]
)
@pytest.mark.parametrize("end", ["finished", "halted"])
def test_what_has_ended_stays_so(wish: Callable[[Rollout], Decision], end: Any) -> None:
    with pytest.raises(NotPossible, match=f"is {end}"):
        wish(replace(begun(canary()), end=end))


def test_an_empty_group_is_passed_over() -> None:
    going = step(
        rollout(canary(boxes=None, percent=90), canary(name="b", boxes=None, percent=50), boxes=1), {}, BEGIN
    )
    assert set(going.desired) == {"box-0"}
    reported = {"box-0": says("active")}
    going = step(step(going.rollout, reported, BEGIN).rollout, reported, after(SOAK_S))
    assert going.rollout.status == "finished"
    assert [note.detail.get("result") for note in going.notes if note.action.endswith("group_finish")] == [
        "1 of 1 boxes succeeded",
        "no box is in it",
        "no box is in it",
    ]


def test_in_shadow_mode_only_the_figures_count() -> None:
    watch = canary(name="watch", mode="shadow", soak_s=0, limits={"least_asked": 10})
    going = begun(watch)
    assert {value["mode"] for value in step(rollout(watch), {}, BEGIN).desired.values()} == {"shadow"}
    few = all_say(going, 0, "shadowing", mode="shadow", figures={"asked": 9})
    assert step(going, few, after(1)).rollout.group == 0
    enough = all_say(going, 0, "shadowing", mode="shadow", figures={"asked": 10})
    following = step(going, enough, after(2))
    assert following.rollout.group == 1
    assert {value["mode"] for value in following.desired.values()} == {"active"}


def test_a_shadow_that_nobody_asks_says_nothing() -> None:
    watch = canary(name="watch", mode="shadow")
    going = begun(watch)
    unasked = all_say(going, 0, "shadowing", mode="shadow", figures={"asked": 3})
    going = step(going, unasked, after(1)).rollout
    waiting = step(going, unasked, after(1 + TIMEOUT_S)).rollout
    assert waiting.status == "waiting_for_approval"
    assert {each.state for each in waiting.executions.values()} == {"timed_out"}
    assert {each.reason for each in waiting.executions.values()} == {"asked 3 of 20 questions"}
