"""What happens next in a rollout. Pure: the way things are goes in, a decision comes out.

The states and the thresholds are those of hawkBit's rollout groups and of AWS IoT jobs. Time is an aware
moment that the caller gives; it must outlive processes, so it is the wall clock's, and where that was set
back the rollout waits.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from provisioning.twin import Fields
from sync.cloud.rollout.plan import Group, Mode
from sync.cloud.rollout.reports import Report, read
from sync.cloud.rollout.state import OPEN, Decision, End, Execution, Key, Note, Rollout, Tally


class NotPossible(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """The rollout does not stand so that this could be done; the text says how it stands, and what to do."""


def step(rollout: Rollout, reported: Mapping[str, Fields], now: datetime) -> Decision:
    """Take in what boxes report, and do what follows from it; the same again changes nothing.

    Args:
        rollout: as it stands.
        reported: the `reported` side of the shadows of its boxes; boxes without one are left out.
        now: this moment.
    """
    if rollout.end is not None:
        return Decision(rollout)
    heard, notes = _hear(rollout, reported, now)
    for place in heard.started():
        group, tally = heard.groups[place], heard.count(place)
        if tally.is_bad_for(group):
            why = f"{tally.failed} of the {tally.answered} boxes of {group.name} that answered have failed"
            return _after(notes, _end(heard, "halted", why, now))
    if heard.paused:
        return Decision(heard, notes=notes)
    return _after(notes, _advance(heard, now))


def pause(rollout: Rollout) -> Decision:
    """Let no other group begin; boxes that have the release keep it, and may still halt everything.

    Raises:
        NotPossible: it has ended.
    """
    _require_going_on(rollout, "paused")
    if rollout.paused:
        return Decision(rollout)
    return Decision(replace(rollout, paused=True), notes=(Note("rollout.pause", {}),))


def resume(rollout: Rollout) -> Decision:
    """Go on after a pause; the next step does what is due.

    Raises:
        NotPossible: it has ended.
    """
    _require_going_on(rollout, "resumed")
    if not rollout.paused:
        return Decision(rollout)
    return Decision(replace(rollout, paused=False), notes=(Note("rollout.resume", {}),))


def approve(rollout: Rollout, now: datetime) -> Decision:
    """Let the group begin that waits for an approval; when all have had their turn, the rollout is finished.

    Raises:
        NotPossible: it has ended, or is paused.
    """
    _require_going_on(rollout, "approved")
    if rollout.begun:
        return Decision(rollout)
    if rollout.paused:
        raise NotPossible(f"the rollout {rollout.id} is paused; resume it, then approve")
    note = Note("rollout.approve", {"group": _name(rollout)})
    approved = replace(rollout, reason="")
    return _after((note,), _begin(approved, now))


def abort(rollout: Rollout, reason: str, now: datetime) -> Decision:
    """End it, and send every box that was given the release back to the champion.

    Raises:
        NotPossible: it has ended in another way.
    """
    if rollout.end == "aborted":
        return Decision(rollout)
    _require_going_on(rollout, "aborted")
    return _end(rollout, "aborted", reason, now)


def halt(rollout: Rollout, reason: str, now: datetime) -> Decision:
    """End it because the release may not be used any more; what has ended stays as it is."""
    return Decision(rollout) if rollout.end is not None else _end(rollout, "halted", reason, now)


def value_for(rollout: Rollout, release: Fields, mode: Mode) -> Fields:
    """What a box is told under the subject; keys of another release that this one lacks are deleted."""
    others = dict.fromkeys((*rollout.challenger, *rollout.champion))
    return {**others, **release, "mode": mode, "rollout": rollout.id}


def _hear(
    rollout: Rollout, reported: Mapping[str, Fields], now: datetime
) -> tuple[Rollout, tuple[Note, ...]]:
    executions: dict[Key, Execution] = dict(rollout.executions)
    notes = []
    for key, before in rollout.executions.items():
        place, gateway_id = key
        group = rollout.groups[place]
        said = read(rollout, group, reported.get(gateway_id, {}))
        after = executions[key] = _heard(before, said, group, now)
        if after.state == "failed" and before.state != "failed":
            notes.append(
                Note("rollout.failure", {"box": gateway_id, "group": group.name, "reason": after.reason})
            )
    return replace(rollout, executions=executions), tuple(notes)


def _heard(before: Execution, said: Report | None, group: Group, now: datetime) -> Execution:
    """What becomes of a box by what it says now, and by how long it has said nothing else."""
    state, reason = (before.state, before.reason) if said is None else (said.state, said.reason)
    if before.state not in OPEN and state in OPEN:  # it starts anew; what it has shown before stands
        state, reason = before.state, before.reason
    if state in OPEN and state == before.state and now - before.since >= timedelta(seconds=group.timeout_s):
        if said is not None and said.at_risk:
            state, reason = "failed", f"not heard of for {group.timeout_s:g} s after it began to install"
        else:
            state, reason = "timed_out", reason or f"not heard of for {group.timeout_s:g} s"
    if state == before.state:
        return replace(before, reason=reason)
    return Execution(state, now, reason)


def _advance(rollout: Rollout, now: datetime) -> Decision:
    """Go on from group to group as far as that is right now."""
    if not rollout.begun:
        return Decision(rollout) if rollout.reason else _begin_or_wait(rollout, now)
    group, tally = rollout.groups[rollout.group], rollout.count(rollout.group)
    if tally.is_good_for(group):
        since = rollout.good_since or now
        good = replace(rollout, good_since=since)
        if now - since < timedelta(seconds=group.soak_s):
            return Decision(good)
        return _next(good, f"{tally.succeeded} of {tally.total} boxes succeeded", now)
    waiting = replace(rollout, good_since=None)
    if tally.open:
        return Decision(waiting)
    if tally.total == 0:
        return _next(waiting, "no box is in it", now)
    return _give_up(waiting, group, tally, now)


def _give_up(waiting: Rollout, group: Group, tally: Tally, now: datetime) -> Decision:
    """A group of which nobody is still to answer, and too few have succeeded."""
    if tally.answered:
        why = f"only {tally.succeeded} of the {tally.answered} boxes of {group.name} that answered succeeded"
        return _end(waiting, "halted", why, now)
    why = f"no box of {group.name} could be reached or has a use for it; approve to go on without"
    asked = replace(waiting, group=waiting.group + 1, begun=False, reason=why)
    return Decision(asked, notes=(Note("rollout.wait", {"group": group.name, "reason": why}),))


def _next(rollout: Rollout, result: str, now: datetime) -> Decision:
    note = Note("rollout.group_finish", {"group": _name(rollout), "result": result})
    following = replace(rollout, group=rollout.group + 1, begun=False, good_since=None)
    return _after((note,), _begin_or_wait(following, now))


def _begin_or_wait(rollout: Rollout, now: datetime) -> Decision:
    if rollout.group < len(rollout.groups) and rollout.groups[rollout.group].approval:
        why = f"the group {_name(rollout)} begins when it is approved"
        return Decision(
            replace(rollout, reason=why),
            notes=(Note("rollout.wait", {"group": _name(rollout), "reason": why}),),
        )
    return _begin(rollout, now)


def _begin(rollout: Rollout, now: datetime) -> Decision:
    """Give the release to the boxes of the group whose turn it is; after the last one it is finished."""
    if rollout.group == len(rollout.groups):
        return Decision(
            replace(rollout, end="finished"),
            notes=(Note("rollout.finish", {"version": rollout.challenger.get("version")}),),
        )
    group, boxes = rollout.groups[rollout.group], rollout.members[rollout.group]
    given = {(rollout.group, box): Execution("queued", now) for box in boxes}
    begun = replace(rollout, begun=True, executions={**rollout.executions, **given})
    value = value_for(rollout, rollout.challenger, group.mode)
    note = Note("rollout.group_begin", {"group": group.name, "mode": group.mode, "boxes": len(boxes)})
    decision = Decision(begun, dict.fromkeys(boxes, value), (note,))
    return decision if boxes else _after(decision.notes, _advance(begun, now))


def _end(rollout: Rollout, end: End, reason: str, now: datetime) -> Decision:
    """Send everybody back; what had not answered is not waited for any more."""
    value = value_for(rollout, rollout.champion, "active")
    boxes = {box for _, box in rollout.executions}
    executions = {
        key: Execution("canceled", now, each.reason) if each.state in OPEN else each
        for key, each in rollout.executions.items()
    }
    note = Note(f"rollout.{'halt' if end == 'halted' else 'abort'}", {"reason": reason, "boxes": len(boxes)})
    ended = replace(rollout, end=end, reason=reason, executions=executions, good_since=None)
    return Decision(ended, dict.fromkeys(sorted(boxes), value), (note,))


def _after(notes: tuple[Note, ...], decision: Decision) -> Decision:
    return replace(decision, notes=(*notes, *decision.notes))


def _name(rollout: Rollout) -> str:
    return rollout.groups[rollout.group].name if rollout.group < len(rollout.groups) else "(end)"


def _require_going_on(rollout: Rollout, wish: str) -> None:
    if rollout.end is not None:
        raise NotPossible(
            f"the rollout {rollout.id} is {rollout.end} and cannot be {wish}; start another one, "
            "of the version before if that is what is wanted"
        )
