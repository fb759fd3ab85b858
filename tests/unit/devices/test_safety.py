"""Each rule once, as an example with its words; `test_safety_interleavings.py` tries to break them."""

from dataclasses import replace
from typing import Any

import pytest

from devices.codecs.machine_status import MachineStatus, StatusOp
from devices.codecs.ranges import Range
from devices.control.command import SetTarget, Start, Stop
from devices.control.facts import HOLDS, MachineFacts
from devices.safety import MAX_REMEMBERED, Allowed, Refused, Safety, SafetySettings, Verdict

SETTINGS = SafetySettings(enabled=True, limits={"speed_kmh": 12.05, "incline_percent": 8.0, "power_w": 200.0})
NOW_S = 100.0
SPEED = SetTarget("c", "kiosk", "s", NOW_S + 2.0, "speed_kmh", 6.0)
START = Start("c", "kiosk", "s", NOW_S + 2.0)


def running(speed_kmh: float = 5.0, settings: SafetySettings = SETTINGS) -> Safety:
    """Somebody is checked in, has just pressed START, and runs."""
    facts = MachineFacts()
    facts.on_range("speed_kmh", Range(0.8, 20.0, 0.1))
    facts.on_range("incline_percent", Range(0.0, 15.0, 0.5))
    facts.on_range("power_w", Range(0.0, 400.0, 5.0))
    facts.session_started("s")
    facts.on_telemetry({"speed_kmh": speed_kmh, "incline_percent": 1.0}, NOW_S)
    facts.on_status(MachineStatus(StatusOp.STARTED_BY_USER), NOW_S)
    return Safety(settings, facts)


def allowed(value: float) -> Allowed:
    """Allowed, with about this value."""
    about: Any = pytest.approx(value)
    return Allowed(about)


def refused(verdict: Verdict, rule: int, words: str) -> None:
    assert isinstance(verdict, Refused), verdict
    assert verdict.rule == rule
    assert words in verdict.reason
    assert verdict.reason.endswith(".")


def test_what_keeps_every_rule_is_allowed() -> None:
    assert running().judge(SPEED, NOW_S) == allowed(6.0)
    assert running().judge(START, NOW_S) == Allowed()


def test_rule_1_control_is_off_by_default() -> None:
    refused(running(settings=SafetySettings()).judge(SPEED, NOW_S), 1, "has not given the box control")


def test_rule_2_nothing_starts_without_a_person() -> None:
    safety = running()
    for second in range(1, 11):
        safety.facts.on_telemetry({"speed_kmh": 0.0}, NOW_S + second)
    later = replace(START, expires_s=NOW_S + 20.0)
    assert safety.judge(later, NOW_S + 10.0) == Allowed()
    refused(safety.judge(later, NOW_S + 10.1), 2, "No starting the machine without a person")


def test_rule_2_a_speed_for_a_belt_at_rest_is_a_start_by_another_name() -> None:
    safety = running(speed_kmh=0.0)
    command = replace(SPEED, value=1.0, expires_s=NOW_S + 20.0)
    assert isinstance(safety.judge(command, NOW_S + 3.0), Allowed)
    for second in range(1, 12):
        safety.facts.on_telemetry({"speed_kmh": 0.0}, NOW_S + second)
    refused(safety.judge(command, NOW_S + 11.0), 2, "No moving a belt at rest")


def test_rule_2_somebody_elses_word_does_not_count() -> None:
    safety = running()
    safety.facts.session_started("s")
    refused(safety.judge(START, NOW_S), 2, "confirm on the kiosk or press START")


@pytest.mark.parametrize("source", ["kiosk", "operator", "plan", "alarm"])
def test_rule_3_a_stop_is_always_allowed(source: str) -> None:
    nothing_known = Safety(SafetySettings(), MachineFacts())
    for pause in (False, True):
        stop = Stop("same", source, pause)  # type: ignore[arg-type]
        assert nothing_known.admit(stop, NOW_S) == nothing_known.admit(stop, NOW_S) == Allowed()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (5.55, "in steps of 0.1 km/h"),
        (float("nan"), "in steps"),
        (float("inf"), "in steps"),
        (0.0, "send a stop"),
    ],
)
def test_rule_4_what_is_no_step_of_the_machine_is_refused_not_rounded(value: float, words: str) -> None:
    refused(running().judge(replace(SPEED, value=value), NOW_S), 4, words)


def test_rule_4_targets_are_clamped_to_the_operators_limit_on_a_step_of_the_machine() -> None:
    assert running(speed_kmh=11.0).judge(replace(SPEED, value=19.0), NOW_S) == allowed(12.0)


def test_rule_4_targets_are_clamped_to_the_machines_range() -> None:
    assert running(speed_kmh=1.0).judge(replace(SPEED, value=0.5), NOW_S) == allowed(0.8)


def test_rule_4_without_a_range_or_a_limit_nothing_is_set() -> None:
    safety = running()
    refused(safety.judge(replace(SPEED, quantity="resistance_level"), NOW_S), 4, "which resistance it takes")
    safety.facts.on_range("resistance_level", Range(0.0, 10.0, 1.0))
    refused(safety.judge(replace(SPEED, quantity="resistance_level"), NOW_S), 4, "no limit of the resistance")
    low = running(settings=SafetySettings(enabled=True, limits={"speed_kmh": 0.5}))
    refused(low.judge(SPEED, NOW_S), 4, "below what the machine can do")


def test_rule_4_a_machine_without_a_step_of_its_own_takes_what_the_wire_can_say() -> None:
    safety = running()
    safety.facts.on_range("speed_kmh", Range(0.0, 20.0, 0.0))
    assert isinstance(safety.judge(replace(SPEED, value=5.55), NOW_S), Allowed)
    refused(safety.judge(replace(SPEED, value=5.555), NOW_S), 4, "steps of 0.01 km/h")


@pytest.mark.parametrize(
    ("value", "words"), [(7.1, "too far up at once; 7.00 km/h"), (0.9, "too far down at once; 1.00 km/h")]
)
def test_rule_5_one_command_changes_so_much_at_most(value: float, words: str) -> None:
    refused(running().judge(replace(SPEED, value=value), NOW_S), 5, words)


def test_rule_5_a_raise_needs_time_after_the_one_before() -> None:
    safety = running()
    safety.facts.target_sent("speed_kmh", 6.0, NOW_S)
    safety.facts.on_telemetry({"speed_kmh": 6.0}, NOW_S + 1.0)
    next_up = replace(SPEED, expires_s=NOW_S + 9.0)
    refused(safety.judge(replace(next_up, value=6.6), NOW_S + 1.0), 5, "6.50 km/h is possible now")
    assert isinstance(safety.judge(replace(next_up, value=6.5), NOW_S + 1.0), Allowed)


def test_rule_5_what_is_not_measured_is_not_moved() -> None:
    safety = running()
    safety.facts.on_telemetry({"speed_kmh": 5.0}, NOW_S + 3.5)
    safety.facts.on_status(MachineStatus(StatusOp.STARTED_BY_USER), NOW_S + 3.5)
    incline = SetTarget("c", "plan", "s", NOW_S + 9.0, "incline_percent", 1.5)
    refused(safety.judge(incline, NOW_S + 3.5), 5, "does not tell its incline")


def test_rule_6_late_is_dropped() -> None:
    refused(running().judge(SPEED, NOW_S + 2.5), 6, "0.5 s after it had expired")


def test_rule_6_of_another_session_or_of_none_is_dropped() -> None:
    safety = running()
    refused(safety.judge(replace(SPEED, session_id="other"), NOW_S), 6, "another session")
    safety.facts.session_ended()
    refused(safety.judge(SPEED, NOW_S), 6, "Nobody is checked in")


def test_rule_6_twice_is_dropped_and_what_is_remembered_is_bounded() -> None:
    safety = running()
    assert isinstance(safety.admit(SPEED, NOW_S), Allowed)
    refused(safety.admit(SPEED, NOW_S), 6, "was sent before")
    for number in range(MAX_REMEMBERED):
        safety.admit(replace(SPEED, id=f"{number}"), NOW_S)
    assert len(safety._seen) == MAX_REMEMBERED


@pytest.mark.parametrize("hold", HOLDS)
def test_rule_7_the_box_yields_and_says_why(hold: str) -> None:
    safety = running()
    safety.facts.yield_for(hold)  # type: ignore[arg-type]
    refused(safety.judge(SPEED, NOW_S), 7, HOLDS[hold])  # type: ignore[index]
    assert safety.facts.confirmed(NOW_S) is (hold != "safety_key")
    safety.facts.on_status(MachineStatus(StatusOp.STARTED_BY_USER), NOW_S)
    assert isinstance(safety.judge(SPEED, NOW_S), Allowed)


def test_rule_7_silence_is_noticed_even_when_nobody_asked_meanwhile() -> None:
    safety = running()
    safety.facts.on_telemetry({"speed_kmh": 5.0}, NOW_S + 3.1)
    assert safety.facts.hold == "stale"


def test_rule_7_a_link_that_is_down_cannot_be_confirmed_away() -> None:
    safety = running()
    safety.facts.on_link(up=False)
    assert not safety.facts.confirmed(NOW_S)
    safety.facts.hold = None
    refused(safety.judge(SPEED, NOW_S), 7, "link to the machine is down")


def test_rule_7_a_silent_machine_is_not_commanded_even_right_after_start() -> None:
    facts = running().facts
    facts.on_status(MachineStatus(StatusOp.STARTED_BY_USER), NOW_S + 5.0)
    command = replace(SPEED, expires_s=NOW_S + 9.0)
    refused(Safety(SETTINGS, facts).judge(command, NOW_S + 5.0), 7, "does not tell what it is doing")


def test_rule_7_lost_skin_contact_ends_heart_rate_control_only() -> None:
    facts = running().facts
    facts.on_contact(touches=False)
    assert facts.hold is None
    facts.follow_heart_rate(on=True)
    assert facts.hold == "contact"


def test_rule_10_heart_rate_control_that_hears_no_heart_only_lowers() -> None:
    safety = running()
    safety.facts.follow_heart_rate(on=True)
    refused(safety.judge(SPEED, NOW_S), 10, "is not heard")
    assert isinstance(safety.judge(replace(SPEED, value=4.5), NOW_S), Allowed)
    safety.facts.on_heart_rate(NOW_S)
    assert isinstance(safety.judge(SPEED, NOW_S), Allowed)


def test_rule_11_an_alarm_never_raises() -> None:
    safety = running()
    refused(safety.judge(replace(SPEED, source="alarm"), NOW_S), 11, "never raise")
    assert isinstance(safety.judge(replace(SPEED, source="alarm", value=4.0), NOW_S), Allowed)


def test_rule_12_no_word_of_the_gateway_undoes_a_pulled_safety_key() -> None:
    facts = running().facts
    facts.on_status(MachineStatus(StatusOp.STOPPED_BY_SAFETY_KEY), NOW_S)
    for event in (facts.stop_sent, lambda: facts.on_link(up=False), lambda: facts.on_link(up=True)):
        event()
    facts.session_started("s2")
    assert not facts.confirmed(NOW_S)
    assert facts.hold == "safety_key"


# The box's own wishes.


@pytest.mark.parametrize(
    ("wanted", "expected"), [(5.0, None), (5.04, None), (5.37, 5.3), (10.0, 7.0), (0.1, 1.0), (4.67, 4.7)]
)
def test_a_wish_becomes_the_nearest_lawful_target(wanted: float, expected: float | None) -> None:
    safety = running()
    value = safety.towards("speed_kmh", wanted, NOW_S)
    assert value == (None if expected is None else pytest.approx(expected))
    if value is not None:
        assert isinstance(safety.judge(replace(SPEED, value=value), NOW_S), Allowed)


def test_a_wish_that_is_on_its_way_already_is_not_sent_again() -> None:
    safety = running()
    safety.facts.target_sent("speed_kmh", 6.0, NOW_S)
    assert safety.towards("speed_kmh", 6.0, NOW_S + 1.0) is None


def test_a_power_is_sent_once_whatever_the_rider_does() -> None:
    safety = running()
    assert safety.towards("power_w", 150.0, NOW_S) == 150.0
    safety.facts.target_sent("power_w", 150.0, NOW_S)
    assert safety.towards("power_w", 150.0, NOW_S + 60.0) is None
    assert safety.towards("resistance_level", 5.0, NOW_S) is None
