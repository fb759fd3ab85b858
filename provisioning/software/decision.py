"""What to do about the software that is desired. Pure: no disk, no network, no clock."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Final, Literal

from provisioning.assignment import ORIGINAL, Assignment
from provisioning.software.slots import Outcome, Release, Verdict

Automatic = Literal["all", "security", "nothing"]
Move = Literal[
    "rest",  # it is as it should be
    "refuse",  # this box cannot do that
    "fail",  # it cannot be had, or has been given up
    "wait",  # not now
    "install",  # bring it into the idle slot
    "switch",  # the idle slot holds it
]
_GIVEN_UP: Final[frozenset[Outcome]] = frozenset({"failed", "rolled_back"})


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, and why where that is not plain; a version that was given up has its outcome."""

    move: Move
    reason: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When the gym allows it.

    Attributes:
        automatic: what is taken without anybody's doing.
        postpone_until: not before this moment, aware; None for any.
        window: from when to when in the gym's day, possibly over midnight; None for always.
    """

    automatic: Automatic = "all"
    postpone_until: datetime | None = None
    window: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """The software of this box.

    Attributes:
        running: what runs.
        idle: what lies in the other slot; None when nothing whole does.
        idle_proven: whether that has worked on this box before.
        verdict: on what was brought last.
        has_slots: whether the box was started by the launcher.
        in_use: whether somebody trains just now.
    """

    running: Release
    idle: Release | None
    idle_proven: bool
    verdict: Verdict | None
    has_slots: bool
    in_use: bool


def next_step(wanted: Assignment, local: Local, terms: Terms, now: datetime, *, security: bool) -> Step:
    """What to do about a wish.

    The way back to the version before is always open: it waits for nobody.

    Args:
        wanted: what is desired.
        local: the software as it is.
        terms: when the gym allows an update.
        now: the gym's own time, aware.
        security: whether the release says that it mends a weakness.
    """
    if _is(local.running, wanted) and wanted.mode == "active":
        return Step("rest")
    step = _impossible(wanted, local) or _way(wanted, local)
    is_way_back = step.move == "switch" and local.idle_proven
    if is_way_back or step.move not in {"install", "switch"}:
        return step
    return _when_allowed(step, local, terms, now, security=security)


def _impossible(wanted: Assignment, local: Local) -> Step | None:
    if wanted.mode == "shadow":
        return Step("refuse", "software cannot run beside another version of itself")
    if not local.has_slots:
        return Step("refuse", "this box was not started by the launcher; update it the way it was installed")
    return None


def _way(wanted: Assignment, local: Local) -> Step:
    if wanted.version != ORIGINAL and (given_up := _given_up(wanted, local.verdict)) is not None:
        return Step("fail", given_up.reason, given_up.outcome)
    if local.idle is not None and _is(local.idle, wanted):
        return Step("switch")
    if wanted.version == ORIGINAL:
        return Step("fail", "what was installed by hand is not here any more; name a version")
    if wanted.target is None or wanted.sha256 is None:
        return Step("fail", f"version {wanted.version} is not here, and nobody said where it lies")
    return Step("install")


def _when_allowed(step: Step, local: Local, terms: Terms, now: datetime, *, security: bool) -> Step:
    if terms.automatic == "nothing":
        return Step("wait", "updates are off here: [updates] automatic")
    if terms.automatic == "security" and not security:
        return Step("wait", "this box takes nothing but security updates by itself: [updates] automatic")
    if terms.postpone_until is not None and now < terms.postpone_until:
        return Step("wait", f"postponed until {terms.postpone_until.isoformat(timespec='minutes')}")
    if terms.window is not None and not _within(terms.window, now.time()):
        begin, end = terms.window
        return Step("wait", f"waits for the hours of updates, {begin:%H:%M} to {end:%H:%M}")
    if step.move == "switch" and local.in_use:
        return Step("wait", "waits until nobody trains")
    return step


def _is(release: Release, wanted: Assignment) -> bool:
    """Whether a release is the one that is wanted; by hand, a version is what it says it is."""
    if wanted.version == ORIGINAL:
        return release.sha256 is None
    return release.version == wanted.version and release.sha256 in {None, wanted.sha256}


def _given_up(wanted: Assignment, verdict: Verdict | None) -> Verdict | None:
    if verdict is None or verdict.outcome not in _GIVEN_UP or not _is(verdict.release, wanted):
        return None
    return verdict


def _within(window: tuple[time, time], moment: time) -> bool:
    begin, end = window
    return begin <= moment < end if begin <= end else moment >= begin or moment < end
