"""What is known of a machine and of the person on it: what counts, and until when."""

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from devices.codecs.machine_status import MachineStatus, StatusOp
from devices.codecs.ranges import Range
from devices.control.command import Quantity
from devices.control.facts import (
    HEART_RATE_STALE_S,
    HOLDS,
    TARGET_OF_STATUS,
    TARGET_SETTLES_S,
    TELEMETRY_STALE_S,
    Hold,
    MachineFacts,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NOW_S = 1000.0
SPEEDS = st.floats(0, 20)
STARTED, KEY = MachineStatus(StatusOp.STARTED_BY_USER), MachineStatus(StatusOp.STOPPED_BY_SAFETY_KEY)
HOLD_OF_STATUS: list[tuple[StatusOp, Hold]] = [
    (StatusOp.RESET, "reset"),
    (StatusOp.STOPPED_BY_USER, "stopped_by_person"),
    (StatusOp.STOPPED_BY_SAFETY_KEY, "safety_key"),
    (StatusOp.CONTROL_LOST, "control_lost"),
]


def running() -> MachineFacts:
    """Somebody has pressed START and runs at 8 km/h."""
    facts = MachineFacts()
    facts.session_started("s")
    facts.on_telemetry({"speed_kmh": 8.0}, NOW_S)
    facts.on_status(STARTED, NOW_S)
    return facts


def test_nobody_has_said_anything_at_first() -> None:
    facts = MachineFacts()
    assert facts.hold == "unheard"
    assert not facts.heard(NOW_S)
    assert not facts.heart_rate_heard(NOW_S)
    assert not facts.confirmed(NOW_S), "a machine that was never heard cannot be confirmed"
    assert facts.since_confirmed_s(NOW_S) == math.inf
    assert facts.since_raised_s("speed_kmh", NOW_S) == facts.since_lowered_s("speed_kmh", NOW_S) == math.inf
    assert facts.known("speed_kmh", NOW_S) == ()
    assert facts.told("speed_kmh") is None


@pytest.mark.parametrize("hold", HOLDS)
def test_every_hold_is_said_with_what_to_do_about_it(hold: Hold) -> None:
    facts = MachineFacts()
    facts.hold = hold
    said = facts.why_held
    assert said is not None
    assert said.startswith(f"The box yields: {HOLDS[hold]}. To go on, ")
    assert said.endswith("press START on the machine.")
    assert ("confirm on the kiosk" in said) == (hold != "safety_key"), "only what helps is offered"
    facts.hold = None
    assert facts.why_held is None


@pytest.mark.parametrize(("op", "hold"), HOLD_OF_STATUS)
def test_what_somebody_does_to_the_machine_holds_it_and_takes_their_word_back(
    op: StatusOp, hold: Hold
) -> None:
    facts = running()
    facts.on_status(MachineStatus(op), NOW_S + 1)
    assert (facts.hold, facts.since_confirmed_s(NOW_S + 1)) == (hold, math.inf)
    facts.on_status(STARTED, NOW_S + 2)
    assert (facts.hold, facts.since_confirmed_s(NOW_S + 3)) == (None, 1.0)


@pytest.mark.parametrize(
    "op", sorted(set(StatusOp) - {op for op, _ in HOLD_OF_STATUS} - set(TARGET_OF_STATUS))
)
def test_what_else_it_tells_changes_no_hold_and_no_target(op: StatusOp) -> None:
    facts = running()
    facts.on_status(MachineStatus(op, (1.0,)), NOW_S + 1)
    assert facts.hold is None
    assert all(facts.told(quantity) is None for quantity in TARGET_OF_STATUS.values())


@pytest.mark.parametrize(("op", "quantity"), TARGET_OF_STATUS.items())
def test_a_target_that_is_set_at_the_machine_is_where_it_goes(op: StatusOp, quantity: Quantity) -> None:
    facts = running()
    facts.on_status(MachineStatus(op, (3.5,)), NOW_S + 1)
    assert {each: facts.told(each) for each in TARGET_OF_STATUS.values()} == {
        **dict.fromkeys(TARGET_OF_STATUS.values()),
        quantity: 3.5,
    }


@pytest.mark.parametrize("hold", sorted(set(HOLDS) - {"safety_key"}))
def test_nothing_but_the_machine_undoes_a_pulled_safety_key(hold: Hold) -> None:
    facts = running()
    facts.on_status(KEY, NOW_S + 1)
    facts.yield_for(hold)
    facts.on_telemetry({"speed_kmh": 0.0}, NOW_S + 2)
    assert not facts.confirmed(NOW_S + 2)
    assert facts.hold == "safety_key"
    facts.on_status(STARTED, NOW_S + 3)
    assert facts.hold is None


@settings(max_examples=30)
@given(silent_s=st.floats(0, 60))
def test_silence_is_noticed_whoever_comes_first_and_never_before_its_time(silent_s: float) -> None:
    stale = NOW_S + silent_s - NOW_S > TELEMETRY_STALE_S
    looks: list[Callable[[MachineFacts, float], object]] = [
        lambda facts, now_s: facts.notice_silence(now_s),
        lambda facts, now_s: facts.on_telemetry({}, now_s),
        lambda facts, now_s: facts.on_status(MachineStatus(StatusOp.CADENCE_CHANGED, (1.0,)), now_s),
    ]
    for look in looks:
        facts = running()
        look(facts, NOW_S + silent_s)
        assert facts.hold == ("stale" if stale else None)


@settings(max_examples=30)
@given(age_s=st.floats(0, 60))
def test_what_was_measured_counts_for_so_long_and_a_target_for_longer(age_s: float) -> None:
    facts = running()
    facts.target_sent("speed_kmh", 9.0, NOW_S)
    now_s = NOW_S + age_s
    measured = facts.measured("speed_kmh", now_s)
    assert measured == (8.0 if now_s - NOW_S <= TELEMETRY_STALE_S else None)
    expected = (8.0,) * (measured is not None) + (9.0,) * (now_s - NOW_S <= TARGET_SETTLES_S)
    assert facts.known("speed_kmh", now_s) == expected
    assert facts.told("speed_kmh") == 9.0, "what it was told stays known"
    assert facts.heard(now_s) == (measured is not None)


@settings(max_examples=30)
@given(age_s=st.floats(0, 60))
def test_a_heart_is_heard_for_as_long(age_s: float) -> None:
    facts = running()
    facts.on_heart_rate(NOW_S)
    assert facts.heart_rate_heard(NOW_S + age_s) == (NOW_S + age_s - NOW_S <= HEART_RATE_STALE_S)


@settings(max_examples=30)
@given(target=SPEEDS, measured=SPEEDS, earlier=SPEEDS)
def test_up_is_above_the_lowest_and_down_below_the_highest_that_it_may_stand_at(
    target: float, measured: float, earlier: float
) -> None:
    facts = running()
    facts.target_sent("speed_kmh", earlier, NOW_S)
    facts.on_telemetry({"speed_kmh": measured}, NOW_S + 1)
    facts.target_sent("speed_kmh", target, NOW_S + 2)
    raised = facts.since_raised_s("speed_kmh", NOW_S + 2) == 0.0
    lowered = facts.since_lowered_s("speed_kmh", NOW_S + 2) == 0.0
    assert raised == (target > min(measured, earlier))
    assert lowered == (target < max(measured, earlier))
    assert facts.since_raised_s("incline_percent", NOW_S + 2) == math.inf, "each on its own"


def test_where_nothing_is_known_a_target_may_be_either_way() -> None:
    facts = MachineFacts()
    facts.target_sent("power_w", 100.0, NOW_S)
    assert facts.since_raised_s("power_w", NOW_S + 4) == facts.since_lowered_s("power_w", NOW_S + 4) == 4.0


def test_after_a_stop_no_target_counts_and_a_person_must_resume() -> None:
    facts = running()
    facts.target_sent("speed_kmh", 9.0, NOW_S)
    facts.stop_sent()
    assert facts.hold == "stopped"
    assert facts.told("speed_kmh") is None
    assert facts.known("speed_kmh", NOW_S) == (8.0,)
    assert facts.confirmed(NOW_S + 1)
    assert facts.hold is None


def test_nobody_elses_word_counts() -> None:
    facts = running()
    assert facts.since_confirmed_s(NOW_S) == 0.0
    facts.session_started("another")
    assert facts.since_confirmed_s(NOW_S) == math.inf
    assert facts.confirmed(NOW_S + 1)
    facts.session_ended()
    assert (facts.session_id, facts.since_confirmed_s(NOW_S + 1)) == (None, math.inf)


def test_a_link_that_is_down_cannot_be_confirmed_away_and_does_not_come_back_by_itself() -> None:
    facts = running()
    facts.on_link(up=False)
    assert facts.hold == "link"
    assert not facts.confirmed(NOW_S + 1)
    facts.on_link(up=True)
    assert facts.hold == "link", "a person says so"
    assert facts.confirmed(NOW_S + 1)


@pytest.mark.parametrize("first", ["contact", "mode"])
def test_lost_skin_holds_only_what_follows_the_heart_in_whatever_order_it_comes(first: str) -> None:
    facts = running()
    steps: list[Callable[[], object]] = [
        lambda: facts.on_contact(touches=False),
        lambda: facts.follow_heart_rate(on=True),
    ]
    for step in steps if first == "contact" else steps[::-1]:
        assert facts.hold is None
        step()
    assert facts.hold == "contact"
    other = running()
    other.on_contact(touches=False)
    other.on_contact(touches=True)
    other.follow_heart_rate(on=True)
    assert other.hold is None


def test_ranges_are_the_newest_that_the_machine_told() -> None:
    facts = MachineFacts()
    for most in (16.0, 20.0):
        facts.on_range("speed_kmh", Range(0.8, most, 0.1))
    assert facts.ranges == {"speed_kmh": Range(0.8, 20.0, 0.1)}


class FactsModel(RuleBasedStateMachine):
    """A person, a machine and a box that do whatever they like, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = MachineFacts()
        self.now_s = NOW_S
        self.heard_s = -math.inf
        self.key_out = False
        self.resumed = False

    @rule(by_s=st.sampled_from([0.1, 1.0, 2.9, 3.1, 25.0]))
    def wait(self, by_s: float) -> None:
        self.now_s += by_s

    @rule(speed=SPEEDS)
    def telemetry(self, speed: float) -> None:
        self.facts.on_telemetry({"speed_kmh": speed}, self.now_s)
        self.heard_s = self.now_s

    @rule(op=st.sampled_from([op for op, _ in HOLD_OF_STATUS]))
    def stop_at_the_machine(self, op: StatusOp) -> None:
        self.facts.on_status(MachineStatus(op), self.now_s)
        self.key_out |= op is StatusOp.STOPPED_BY_SAFETY_KEY
        assert self.facts.hold is not None

    @rule()
    def start_at_the_machine(self) -> None:
        self.facts.on_status(STARTED, self.now_s)
        self.key_out, self.resumed = False, True
        assert self.facts.hold is None

    @rule()
    def confirm(self) -> None:
        enough = self.facts.confirmed(self.now_s)
        fresh = self.now_s - self.heard_s <= TELEMETRY_STALE_S
        assert enough == (fresh and self.facts.linked and not self.key_out)
        self.resumed |= enough

    @rule(up=st.booleans())
    def link(self, *, up: bool) -> None:
        self.facts.on_link(up=up)

    @rule()
    def stop_by_the_box(self) -> None:
        self.facts.stop_sent()

    @precondition(lambda self: self.facts.hold is None)
    @rule(value=SPEEDS)
    def target(self, value: float) -> None:
        self.facts.target_sent("speed_kmh", value, self.now_s)
        assert self.facts.told("speed_kmh") == value

    @invariant()
    def nothing_goes_on_without_a_person(self) -> None:
        assert self.facts.hold is not None or self.resumed
        assert not self.key_out or self.facts.hold == "safety_key"
        assert self.facts.hold is None or self.facts.since_confirmed_s(self.now_s) == math.inf


TestFactsModel = FactsModel.TestCase
TestFactsModel.settings = settings(max_examples=15, stateful_step_count=20)
