from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.assignment import Assignment
from provisioning.software.decision import Local, Step, Terms, next_step
from provisioning.software.slots import Release, Verdict

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BY_HAND = Release(version="1")
OLD, NEW = (Release(version=version, sha256=version * 64) for version in "12")
WANTED = Assignment(version="2", target="software/gymbox/2/gymbox.tar", sha256="2" * 64)


def local(**facts: Any) -> Local:
    start: dict[str, Any] = {"running": OLD, "idle": None, "idle_proven": False, "verdict": None}
    return Local(**{**start, "has_slots": True, "in_use": False, **facts})


def step(there: Local, terms: Terms | None = None, *, security: bool = False, **wish: Any) -> Step:
    return next_step(WANTED.model_copy(update=wish), there, terms or Terms(), NOON, security=security)


def verdict(release: Release, outcome: Any) -> Verdict:
    return Verdict(release=release, outcome=outcome, reason="why")


@pytest.mark.parametrize(
    ("there", "wish", "move"),
    [
        ({}, {}, "install"),
        ({"running": NEW}, {}, "rest"),
        ({"running": Release(version="2")}, {}, "rest"),  # installed by hand
        ({"running": Release(version="2", sha256="f" * 64)}, {}, "install"),  # another build of that name
        ({"idle": NEW}, {}, "switch"),
        ({"idle": NEW, "in_use": True}, {}, "wait"),
        ({"idle": NEW, "idle_proven": True, "in_use": True}, {}, "switch"),  # the way back waits for nobody
        ({"in_use": True}, {}, "install"),  # nobody notices
        ({"has_slots": False}, {}, "refuse"),
        ({"has_slots": False, "running": NEW}, {}, "rest"),
        ({}, {"mode": "shadow"}, "refuse"),
        ({}, {"sha256": None}, "fail"),
        ({}, {"target": None}, "fail"),
        ({"running": BY_HAND}, {"version": "original"}, "rest"),
        ({"running": NEW, "idle": BY_HAND, "idle_proven": True}, {"version": "original"}, "switch"),
        ({"running": NEW, "idle": OLD, "idle_proven": True}, {"version": "original"}, "fail"),
        ({"verdict": verdict(NEW, "rolled_back"), "idle": NEW}, {}, "fail"),
        ({"verdict": verdict(NEW, "failed")}, {}, "fail"),
        ({"verdict": verdict(Release(version="3", sha256="3"), "failed")}, {}, "install"),
        ({"verdict": verdict(NEW, "confirmed")}, {}, "install"),
    ],
)
def test_what_is_done_about_a_wish(there: dict[str, Any], wish: dict[str, Any], move: str) -> None:
    assert step(local(**there), **wish).move == move


def test_what_was_given_up_says_how() -> None:
    found = step(local(verdict=verdict(NEW, "rolled_back")))
    assert found == Step("fail", "why", "rolled_back")


@pytest.mark.parametrize(
    ("terms", "security", "reason"),
    [
        (Terms(automatic="nothing"), True, "off here"),
        (Terms(automatic="security"), False, "nothing but security"),
        (Terms(automatic="security"), True, ""),
        (Terms(postpone_until=NOON + timedelta(minutes=1)), True, "postponed until 2026-11-21T12:01"),
        (Terms(postpone_until=NOON), False, ""),
        (Terms(window=(time(3), time(5))), False, "03:00 to 05:00"),
        (Terms(window=(time(12), time(13))), False, ""),
        (Terms(window=(time(11), time(12))), False, "11:00 to 12:00"),
        (Terms(window=(time(22), time(13))), False, ""),
        (Terms(window=(time(22), time(5))), False, "22:00 to 05:00"),
    ],
)
def test_when_the_gym_allows_it(terms: Terms, security: bool, reason: str) -> None:  # noqa: FBT001
    for there, move in ((local(), "install"), (local(idle=NEW), "switch")):
        found = step(there, terms, security=security)
        assert found.move == ("wait" if reason else move)
        assert reason in found.reason
        back = step(local(idle=NEW, idle_proven=True), terms, security=security)
        assert back.move == "switch"


releases = st.builds(
    Release, version=st.sampled_from("123"), sha256=st.sampled_from([None, "1" * 64, "2" * 64])
)
locals_ = st.builds(
    Local,
    running=releases,
    idle=st.none() | releases,
    idle_proven=st.booleans(),
    verdict=st.none()
    | st.builds(
        Verdict,
        release=releases,
        outcome=st.sampled_from(["confirmed", "rolled_back", "failed"]),
        reason=st.text(),
    ),
    has_slots=st.booleans(),
    in_use=st.booleans(),
)
wishes = st.builds(
    Assignment,
    version=st.sampled_from(["1", "2", "original"]),
    target=st.none() | st.just("software/gymbox/2/gymbox.tar"),
    sha256=st.sampled_from([None, "1" * 64, "2" * 64]),
    mode=st.sampled_from(["active", "shadow"]),
)


@given(wishes, locals_, st.booleans())
def test_nothing_is_installed_that_nobody_signed_for_and_nothing_twice(
    wanted: Assignment,
    there: Local,
    security: bool,  # noqa: FBT001
) -> None:
    found = next_step(wanted, there, Terms(), NOON, security=security)
    if found.move == "install":
        assert wanted.target is not None
        assert wanted.sha256 is not None
        assert (there.running.version, there.running.sha256) != (wanted.version, wanted.sha256)
        known = there.verdict
        if known is not None and known.outcome != "confirmed":
            assert known.release != Release(version=wanted.version, sha256=wanted.sha256)
    if found.move == "switch":
        assert there.idle is not None
    if found.move in {"install", "switch"}:
        assert there.has_slots
    assert bool(found.reason) or found.move in {"rest", "install", "switch", "fail"}
