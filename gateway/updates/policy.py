"""What to do about what is desired of a model. Pure: no disk, no network, no clock."""

from dataclasses import dataclass
from typing import Final, Literal

from gateway.updates.rows import Memory
from provisioning.assignment import ORIGINAL, Assignment, State

Move = Literal[
    "rest",  # it is as it should be, or has been given up
    "adopt",  # it works already; there is nothing to prove
    "install",  # bring it, prove it
    "back",  # the version before is the one
    "original",  # what came as a release has to go
    "watch",  # run it beside what works
    "lose",  # somebody at the box has taken another version since
    "refuse",  # the box has no use for it
    "fail",  # it cannot be had
]
MOST_STARTS: Final = 2
"""A version that was not proven after so many starts of the box is taken for what makes it start."""
_GIVEN_UP: Final[frozenset[State]] = frozenset({"failed", "rolled_back"})


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, and why where that is not plain."""

    move: Move
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A model as it is on the box.

    Attributes:
        used: whether the box is configured to work with it.
        can_watch: whether a version of it can run beside what works.
        running: the version that works; None while none does.
        previous: the version before, that could come back.
        release: the SHA-256 of the signed release that lies in its place; None when none does.
        watched: the version that runs beside; None when none does.
    """

    used: bool
    can_watch: bool
    running: str | None
    previous: str | None
    release: str | None
    watched: str | None


def next_step(wanted: Assignment, memory: Memory | None, local: Local) -> Step:
    """What to do about a wish.

    A version that failed or was rolled back is not taken again until another one has been desired.

    Args:
        wanted: what is desired.
        memory: what was done about the last wish, if there was one.
        local: the model as it is.
    """
    if not local.used:
        return Step("refuse", "the box is not configured to work with this model")
    if wanted.mode == "shadow" and not local.can_watch:
        return Step("refuse", "this model cannot run beside another version of itself")
    known = None if memory is None or not memory.is_of(wanted) else memory.state
    if known in _GIVEN_UP or (known == "shadowing" and local.watched == wanted.version):
        return Step("rest")
    if known == "active":
        return _keep(wanted, local)
    if known == "installing" and wanted.mode == "active" and wanted.target is not None:
        return Step("install")  # what works already may be what has to be proven
    return _begin(wanted, local)


def _keep(wanted: Assignment, local: Local) -> Step:
    there = local.release is None if wanted.version == ORIGINAL else local.running == wanted.version
    if there or local.running is None:  # while nothing works, nobody can have chosen another
        return Step("rest")
    return Step("lose", f"version {local.running} was taken at the box itself")


def _begin(wanted: Assignment, local: Local) -> Step:
    if wanted.mode == "shadow":
        return _needing_target(wanted, "watch")
    if wanted.version == ORIGINAL:
        return Step("adopt" if local.release is None else "original")
    if local.running == wanted.version and (wanted.sha256 is None or local.release == wanted.sha256):
        return Step("adopt")
    if local.previous == wanted.version:
        return Step("back")
    return _needing_target(wanted, "install")


def _needing_target(wanted: Assignment, move: Move) -> Step:
    if wanted.target is None or wanted.sha256 is None:
        return Step("fail", f"version {wanted.version} is not here, and nobody said where it lies")
    return Step(move)
