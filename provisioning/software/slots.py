"""Which of two places is started, and what a trial has shown. Pure; needs the standard library alone.

The program lies in the slots `a` and `b`, a virtual environment each. One is active: it has proven itself,
or was installed by hand. A new version goes into the other one, and is started on trial until it confirms
that it works and reaches the cloud. What does not confirm in time, or ends too often before, has lost: the
active one is started again, and lies untouched where it was.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, get_args

Slot = Literal["a", "b"]
Outcome = Literal["confirmed", "rolled_back", "failed"]
MOST_STARTS: Final = 3
"""So often may a version on trial be started: a power cut or two is no fault of its own."""
MOST_SHORT_LIVES: Final = 5
"""So often in a row may a proven one end soon after its start, when there is another to go to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What lies in a slot.

    Attributes:
        version: of the program.
        sha256: of the signed file that it came from; None when it was installed by hand.
    """

    version: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A version that has to prove itself.

    Attributes:
        slot: where it lies.
        release: what it is.
        starts: how often it was started.
        failing: parts of the box that did not work before either, so that it need not mend them.
    """

    slot: Slot
    release: Release
    starts: int = 0
    failing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the last version that was brought, and why."""

    release: Release
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """The state of both.

    Attributes:
        active: the slot that has proven itself.
        trial: of the other one; None while none goes on.
        verdict: on the last trial; None before the first.
    """

    active: Slot = "a"
    trial: Trial | None = None
    verdict: Verdict | None = None

    @property
    def idle(self) -> Slot:
        """The slot that may be written to; while a trial goes on, none may."""
        return other(self.active)


def other(slot: Slot) -> Slot:
    """The other one."""
    return "b" if slot == "a" else "a"


def begin_trial(slots: Slots, release: Release, *, failing: Iterable[str] = ()) -> Slots:
    """Have the idle slot, which holds a whole release, started next; `failing` is what does not work now."""
    return replace(slots, trial=Trial(slot=slots.idle, release=release, failing=tuple(sorted(failing))))


def next_start(slots: Slots) -> tuple[Slots, Slot]:
    """What to start now, and the state to be written down before it is."""
    if slots.trial is None:
        return slots, slots.active
    if slots.trial.starts >= MOST_STARTS:
        why = f"it was started {slots.trial.starts} times and did not prove itself"
        return give_up(slots, why), slots.active
    return replace(slots, trial=replace(slots.trial, starts=slots.trial.starts + 1)), slots.trial.slot


def confirm(slots: Slots) -> Slots:
    """The version on trial has proven itself; the one before stays whole, for the way back."""
    if slots.trial is None:
        return slots
    verdict = Verdict(release=slots.trial.release, outcome="confirmed")
    return Slots(active=slots.trial.slot, verdict=verdict)


def give_up(slots: Slots, reason: str) -> Slots:
    """The version on trial has not proven itself; the active one is started again."""
    if slots.trial is None:
        return slots
    verdict = Verdict(release=slots.trial.release, outcome="rolled_back", reason=reason)
    return Slots(active=slots.active, verdict=verdict)


def fall_back(slots: Slots, release: Release, reason: str) -> Slots:
    """The active release works no longer; the one in the other slot, which has worked before, is back."""
    verdict = Verdict(release=release, outcome="rolled_back", reason=reason)
    return Slots(active=slots.idle, verdict=verdict)


def note_failure(slots: Slots, release: Release, reason: str) -> Slots:
    """A version could not be brought into the idle slot."""
    return replace(slots, verdict=Verdict(release=release, outcome="failed", reason=reason))


def encode(slots: Slots) -> str:
    """The state as JSON."""
    return json.dumps(asdict(slots), indent=1, sort_keys=True)


def decode(text: str) -> Slots:
    """The state from JSON.

    Raises:
        ValueError: it is none.
    """
    try:
        document: dict[str, Any] = json.loads(text)
        trial, verdict = document["trial"], document["verdict"]
        return Slots(
            active=_slot(document["active"]),
            trial=None if trial is None else _trial(trial),
            verdict=None if verdict is None else _verdict(verdict),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no state of two slots: {error!r}") from error


def release_of(document: dict[str, Any]) -> Release:
    """What lies in a slot, from JSON.

    Raises:
        KeyError, TypeError: it is not said.
    """
    return Release(version=document["version"], sha256=document["sha256"])


def _slot(text: str) -> Slot:
    for slot in get_args(Slot):
        if text == slot:
            found: Slot = slot
            return found
    raise ValueError(f"there is no slot {text!r}")


def _trial(document: dict[str, Any]) -> Trial:
    return Trial(
        slot=_slot(document["slot"]),
        release=release_of(document["release"]),
        starts=document["starts"],
        failing=tuple(document["failing"]),
    )


def _verdict(document: dict[str, Any]) -> Verdict:
    return Verdict(
        release=release_of(document["release"]), outcome=document["outcome"], reason=document["reason"]
    )
