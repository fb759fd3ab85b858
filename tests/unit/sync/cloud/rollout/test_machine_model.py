"""Whatever boxes report, people do and clocks say, a rollout keeps what it promises."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from provisioning.twin import Shadow, update
from sync.cloud.rollout import machine
from sync.cloud.rollout.plan import Group
from sync.cloud.rollout.state import Decision, Rollout
from tests.unit.sync.cloud.rollout.rollouts import BEGIN, CHAMPION, SOAK_S, TIMEOUT_S, rollout, says

BOXES = [f"box-{number}" for number in range(6)]
SHARES = st.sampled_from([0.0, 0.25, 0.5, 1.0])


@st.composite
def groups(draw: st.DrawFn) -> list[Group]:
    """One or two in front, in shadow mode or not, and everybody."""
    first = draw(st.sampled_from(["shadow", "active"]))
    modes = [first, *draw(st.lists(st.just("active"), max_size=1)), "active"]
    return [
        Group.model_validate(
            {
                "name": f"g{place}",
                "mode": mode,
                "percent": 100 if place == len(modes) - 1 else draw(st.sampled_from([20, 50])),
                "success_threshold": draw(st.sampled_from([0.5, 1.0])),
                "error_threshold": draw(SHARES),
                "error_least": draw(st.integers(1, 3)),
                "soak_s": draw(st.sampled_from([0, SOAK_S])),
                "timeout_s": TIMEOUT_S,
                "approval": draw(st.booleans()),
                "limits": {"least_asked": 1},
            }
        )
        for place, mode in enumerate(modes)
    ]


class RolloutModel(RuleBasedStateMachine):
    """A fleet of shadows, written by the rollout and by boxes that do whatever they like."""

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGIN
        self.fleet = {box: Shadow() for box in BOXES}
        self.given: dict[str, set[str]] = {}
        self.approved: set[int] = set()

    @initialize(plan=groups())
    def start(self, plan: list[Group]) -> None:
        self.going = rollout(*plan, boxes=len(BOXES))
        self.take(machine.step(self.going, {}, self.now))

    def take(self, decision: Decision) -> None:
        before, self.going = self.going, decision.rollout
        for place in set(self.going.started()) - set(before.started()):
            self.check_may_begin(before, place)
        for box, value in decision.desired.items():
            self.fleet[box] = update(self.fleet[box], "desired", {"intensity": value})
            if value["version"] == "2":
                self.given.setdefault(box, set()).add(str(value["mode"]))

    def check_may_begin(self, before: Rollout, place: int) -> None:
        """A group begins after an approval, or when all before it did well enough or were empty."""
        assert not before.paused
        group = self.going.groups[place]
        assert not group.approval or place in self.approved
        if place and place not in self.approved:
            earlier, tally = self.going.groups[place - 1], self.going.count(place - 1)
            assert tally.total == 0 or tally.is_good_for(earlier)
            if tally.total and earlier.soak_s:
                assert before.good_since is not None
                assert (self.now - before.good_since).total_seconds() >= earlier.soak_s

    @property
    def reported(self) -> Mapping[str, Any]:
        return {box: shadow.reported for box, shadow in self.fleet.items()}

    @rule(seconds=st.sampled_from([1.0, SOAK_S, TIMEOUT_S, -1000.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(
        box=st.sampled_from(BOXES),
        state=st.sampled_from(["installing", "active", "active", "rolled_back", "rejected"]),
    )
    def a_box_reports(self, box: str, state: str) -> None:
        wanted: Any = self.fleet[box].desired.get("intensity")
        if wanted is None or wanted["version"] != "2":
            return
        if wanted["mode"] == "shadow" and state == "active":
            said = says("shadowing", mode="shadow", figures={"asked": 5})
        else:
            said = says(state, mode=wanted["mode"])
        self.fleet[box] = update(self.fleet[box], "reported", said)

    @rule()
    def every_box_does_well(self) -> None:
        for box in BOXES:
            self.a_box_reports(box, "active")

    @rule(fails=st.none() | st.sampled_from(BOXES), held=st.booleans())
    def a_group_has_its_turn(self, fails: str | None, held: bool) -> None:  # noqa: FBT001
        """The usual course, in one go, so that late groups are reached."""
        self.every_box_does_well()
        self.the_cloud_looks()
        if held and self.going.end is None:
            self.take(machine.pause(self.going))
        self.now += timedelta(seconds=SOAK_S)
        if fails is not None:
            self.a_box_reports(fails, "rolled_back")
        self.the_cloud_looks()

    @rule()
    def the_cloud_looks(self) -> None:
        ended = self.going.end
        decision = machine.step(self.going, self.reported, self.now)
        self.take(decision)
        again = machine.step(self.going, self.reported, self.now)
        assert (again.rollout, again.desired, again.notes) == (self.going, {}, ())
        assert ended in {None, self.going.end}
        for place in self.going.started():
            group, tally = self.going.groups[place], self.going.count(place)
            too_many = tally.failed >= group.error_threshold * (tally.failed + tally.succeeded)
            assert self.going.end is not None or not (tally.failed >= group.error_least and too_many)

    @precondition(lambda self: self.going.end is None)
    @rule()
    def a_person_pauses_or_resumes(self) -> None:
        self.take(machine.resume(self.going) if self.going.paused else machine.pause(self.going))

    @precondition(lambda self: self.going.status == "waiting_for_approval")
    @rule()
    def a_person_approves(self) -> None:
        self.approved.add(self.going.group)
        self.take(machine.approve(self.going, self.now))

    @precondition(lambda self: self.going.end in {None, "aborted"})
    @rule(sure=st.integers(0, 9))
    def a_person_aborts(self, sure: int) -> None:
        if sure == 0:
            self.take(machine.abort(self.going, "enough", self.now))

    @invariant()
    def no_box_has_it_before_its_turn(self) -> None:
        for mode in ("shadow", "active"):
            allowed = {
                box
                for place in self.going.started()
                if self.going.groups[place].mode == mode
                for box in self.going.members[place]
            }
            assert {box for box, modes in self.given.items() if mode in modes} <= allowed

    @invariant()
    def nobody_keeps_what_was_halted(self) -> None:
        if self.going.end in {"halted", "aborted"}:
            for box in self.given:
                wanted: Any = self.fleet[box].desired["intensity"]
                assert (wanted["version"], wanted["mode"]) == (CHAMPION["version"], "active")
            assert not any(self.going.count(place).open for place in self.going.started())

    @invariant()
    def who_has_not_been_given_it_has_no_wish(self) -> None:
        assert {box for box, shadow in self.fleet.items() if shadow.desired} == set(self.given)

    @invariant()
    def a_finished_one_has_asked_everybody(self) -> None:
        if self.going.end == "finished":
            assert set(self.given) == set(BOXES)


RolloutModel.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestRolloutModel = RolloutModel.TestCase
