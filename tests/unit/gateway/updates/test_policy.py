"""What follows from a wish, from what was done about the last one, and from how the model is."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.updates.policy import Local, next_step
from gateway.updates.rows import Memory
from provisioning.assignment import Assignment, State

LOCAL = Local(used=True, can_watch=True, running="1", previous=None, release=None, watched=None)
WANTED = Assignment(version="2", target="models/m/2/model.toml", sha256="ab" * 32, rollout="r1")
BESIDE = WANTED.model_copy(update={"mode": "shadow"})
ORIGINAL = Assignment(version="original", rollout="r1")
DONE = Memory(
    model="m",
    version="2",
    sha256="ab" * 32,
    target=WANTED.target,
    mode="active",
    rollout="r1",
    state="active",
)


def local(**facts: Any) -> Local:
    return replace(LOCAL, **facts)


def memory(**facts: Any) -> Memory:
    return replace(DONE, **facts)


@pytest.mark.parametrize(
    ("wanted", "remembered", "here", "move"),
    [
        (WANTED, None, LOCAL, "install"),
        (WANTED, None, local(used=False), "refuse"),
        (WANTED, None, local(running="2", release="ab" * 32), "adopt"),
        (WANTED, None, local(running="2", release="cd" * 32), "install"),
        (WANTED, None, local(running="2"), "install"),
        (WANTED, None, local(previous="2"), "back"),
        (WANTED.model_copy(update={"target": None}), None, LOCAL, "fail"),
        (WANTED.model_copy(update={"target": None}), None, local(previous="2"), "back"),
        (Assignment(version="1"), None, LOCAL, "adopt"),
        (WANTED, DONE, local(running="2"), "rest"),
        (WANTED, DONE, local(running=None), "rest"),
        (WANTED, DONE, LOCAL, "lose"),
        (WANTED, memory(state="failed"), LOCAL, "rest"),
        (WANTED, memory(state="rolled_back"), LOCAL, "rest"),
        (WANTED, memory(state="rolled_back", rollout="r0"), LOCAL, "rest"),
        (WANTED, memory(state="rolled_back", version="3"), LOCAL, "install"),
        (WANTED, memory(state="rolled_back", sha256="cd" * 32), LOCAL, "install"),
        (WANTED, memory(state="failed", mode="shadow"), LOCAL, "install"),
        (WANTED, memory(state="rejected"), LOCAL, "install"),
        (WANTED, memory(state="installing"), LOCAL, "install"),
        (WANTED, memory(state="installing"), local(running="2", release="ab" * 32), "install"),
        (BESIDE, None, LOCAL, "watch"),
        (BESIDE, None, local(can_watch=False), "refuse"),
        (BESIDE, memory(mode="shadow", state="shadowing"), local(watched="2"), "rest"),
        (BESIDE, memory(mode="shadow", state="shadowing"), LOCAL, "watch"),
        (BESIDE, memory(mode="shadow", state="failed"), LOCAL, "rest"),
        (BESIDE, memory(mode="shadow", state="installing"), LOCAL, "watch"),
        (BESIDE.model_copy(update={"sha256": None}), None, LOCAL, "fail"),
        (ORIGINAL, None, LOCAL, "adopt"),
        (ORIGINAL, DONE, local(running="2", release="ab" * 32), "original"),
        (ORIGINAL, memory(version="original", sha256=None), LOCAL, "rest"),
        (ORIGINAL, memory(version="original", sha256=None), local(release="ab" * 32), "lose"),
    ],
)
def test_what_follows(wanted: Assignment, remembered: Memory | None, here: Local, move: str) -> None:
    step = next_step(wanted, remembered, here)
    assert step.move == move
    assert bool(step.reason) == (move in {"refuse", "lose", "fail"})


memories = st.builds(
    memory,
    version=st.sampled_from(["1", "2", "original"]),
    mode=st.sampled_from(["active", "shadow"]),
    state=st.sampled_from(get_args(State)),
)
locals_ = st.builds(
    local,
    can_watch=st.booleans(),
    running=st.sampled_from([None, "1", "2"]),
    previous=st.sampled_from([None, "1", "2"]),
    release=st.sampled_from([None, "ab" * 32]),
    watched=st.sampled_from([None, "2"]),
)


@given(st.sampled_from([WANTED, BESIDE, ORIGINAL]), st.none() | memories, locals_)
def test_what_was_given_up_rests_and_what_rests_was_settled(
    wanted: Assignment, remembered: Memory | None, here: Local
) -> None:
    step = next_step(wanted, remembered, here)
    same = remembered is not None and remembered.is_of(wanted)
    possible = wanted.mode == "active" or here.can_watch
    if same and possible and remembered is not None and remembered.state in {"failed", "rolled_back"}:
        assert step.move == "rest"
    if step.move == "rest":
        assert same
    if step.move == "watch":
        assert wanted.mode == "shadow"
