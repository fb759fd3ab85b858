"""The two slots, through every order of installations, starts, proofs, failures and power cuts."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from provisioning.software.slots import (
    MOST_STARTS,
    Release,
    Slot,
    Slots,
    Trial,
    Verdict,
    begin_trial,
    confirm,
    decode,
    encode,
    fall_back,
    give_up,
    next_start,
    note_failure,
    other,
)

NEW = Release(version="2", sha256="22")
slot_names: st.SearchStrategy[Slot] = st.sampled_from(("a", "b"))
releases = st.builds(Release, version=st.text(), sha256=st.none() | st.text())
states = st.builds(
    Slots,
    active=slot_names,
    trial=st.none()
    | st.builds(
        Trial,
        slot=slot_names,
        release=releases,
        starts=st.integers(0, 9),
        failing=st.lists(st.text()).map(tuple),
    ),
    verdict=st.none()
    | st.builds(
        Verdict,
        release=releases,
        outcome=st.sampled_from(("confirmed", "rolled_back", "failed")),
        reason=st.text(),
    ),
)


class Box(RuleBasedStateMachine):
    """A box whose state is written down after each change, and read again after each power cut."""

    def __init__(self) -> None:
        super().__init__()
        self.slots = Slots()
        self.there: dict[Slot, str | None] = {"a": "1", "b": None}
        self.proven = {"1"}
        self.running: Slot | None = None
        self.brought = 1

    @precondition(lambda self: self.running is not None and self.slots.trial is None)
    @rule()
    def install(self) -> None:
        """By what runs, into the slot that does not."""
        assert self.running == self.slots.active
        self.brought += 1
        self.there[self.slots.idle] = str(self.brought)

    @precondition(lambda self: self.running is not None and self.slots.trial is None)
    @rule()
    def be_cut_off_while_installing(self) -> None:
        self.there[self.slots.idle] = None
        self.running = None

    @precondition(lambda self: self.slots.trial is None and self.there[self.slots.idle] is not None)
    @rule()
    def switch(self) -> None:
        version = self.there[self.slots.idle]
        assert version is not None
        self.slots = begin_trial(self.slots, Release(version=version, sha256="x"))
        self.running = None

    @rule()
    def start(self) -> None:
        self.slots, self.running = next_start(self.slots)
        assert self.there[self.running] is not None

    @rule()
    def lose_power(self) -> None:
        self.slots, self.running = decode(encode(self.slots)), None

    @precondition(lambda self: self.slots.trial is not None and self.running == self.slots.trial.slot)
    @rule()
    def prove_itself(self) -> None:
        version = self.there[self.slots.idle]
        assert version is not None
        self.proven.add(version)
        self.slots = confirm(self.slots)
        assert (self.slots.active, self.slots.trial) == (self.running, None)

    @precondition(lambda self: self.slots.trial is not None)
    @rule()
    def run_out_of_time(self) -> None:
        self.slots, self.running = give_up(self.slots, "late"), None

    @precondition(lambda self: self.there[self.slots.idle] in self.proven and self.slots.trial is None)
    @rule()
    def break_days_later(self) -> None:
        self.slots, self.running = fall_back(self.slots, NEW, "why"), None

    @invariant()
    def what_is_active_has_worked_before(self) -> None:
        assert self.there[self.slots.active] in self.proven

    @invariant()
    def a_trial_is_of_the_other_slot_and_has_an_end(self) -> None:
        if self.slots.trial is not None:
            assert self.slots.trial.slot == self.slots.idle
            assert self.slots.trial.starts <= MOST_STARTS


TestBox = Box.TestCase
TestBox.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)


def test_a_version_that_never_proves_itself_is_given_up_by_itself() -> None:
    slots, started = begin_trial(Slots(), NEW), []
    for _ in range(MOST_STARTS + 1):
        slots, slot = next_start(slots)
        started.append(slot)
    assert started == [*["b"] * MOST_STARTS, "a"]
    assert slots.verdict == Verdict(
        release=NEW, outcome="rolled_back", reason="it was started 3 times and did not prove itself"
    )


def test_without_a_trial_nothing_is_decided() -> None:
    slots = Slots(active="b")
    assert confirm(slots) == give_up(slots, "why") == slots
    assert next_start(slots) == (slots, "b")
    assert [other("a"), other("b")] == ["b", "a"]


def test_what_could_not_be_installed_is_remembered() -> None:
    slots = note_failure(Slots(), NEW, "no room")
    assert slots == Slots(verdict=Verdict(release=NEW, outcome="failed", reason="no room"))


@given(states)
def test_what_is_written_is_what_is_read(slots: Slots) -> None:
    assert decode(encode(slots)) == slots


@given(
    st.text()
    | st.sampled_from(["null", "[]", "{}", '{"active": "c", "trial": null, "verdict": null}', "[" * 10_000])
)
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(text)


@given(states, st.data())
def test_a_state_with_a_hole_is_refused(slots: Slots, data: Any) -> None:
    text = encode(slots)
    cut = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(ValueError, match=r"."):
        decode(text[:cut])
