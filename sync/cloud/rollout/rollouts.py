"""Rollouts, a transaction for each decision: state, shadows, registry and audit change together, or nothing.

Any number of processes may step: whoever decides holds the rollout's row, the others pass it over, and the
database lets it go when a process dies. What was decided stands; what was not is decided again.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from provisioning import assignment
from provisioning.twin import Fields
from sync.cloud import audit
from sync.cloud.database.database import Database
from sync.cloud.gateways import utc_now
from sync.cloud.rollout import machine, store
from sync.cloud.rollout.kinds.table import KINDS
from sync.cloud.rollout.machine import NotPossible
from sync.cloud.rollout.plan import Plan, PlanRefused, select
from sync.cloud.rollout.state import Decision, Note, Rollout
from sync.cloud.rollout.tables import RolloutRow
from sync.cloud.shadows.store import change_many

_ID_BYTES: Final = 4
_SERVICE: Final = "service"
_LISTED: Final = 20


class RolloutUnknown(LookupError):  # noqa: N818 - named by what happened, as all errors of the project are
    """There is no rollout of this id."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A rollout in a list: itself, who began it, and when."""

    rollout: Rollout
    created_by: str
    created_at: datetime
    changed_at: datetime


class Rollouts:
    """All rollouts of the service."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def start(
        self,
        subject: str,
        *,
        by: str,
        plan: Plan | None = None,
        version: str | None = None,
        release: Fields | None = None,
        shadow: str = assignment.SHADOW,
        tenant_id: str | None = None,
    ) -> Rollout:
        """Begin a rollout: its first group gets the release, or waits for its approval.

        Args:
            subject: what is rolled out, such as a model's name.
            by: who wants it, for the audit.
            plan: its groups; None takes those of the kind.
            version: of the subject; None takes the newest, or the one that is proposed.
            release: what boxes are told, when it is a release that the registry does not know.
            shadow: the named shadow that tells the boxes, and so the kind.
            tenant_id: whose boxes they are; None takes those of all tenants.

        Raises:
            ReleaseUnknown: there is no such version, or it may not leave.
            PlanRefused: the plan means nobody, or this kind cannot do as it says.
            NotPossible: another rollout of the subject goes on, or everybody has this version.
        """
        kind, now = KINDS[shadow], self._clock()
        plan = plan or kind.plan
        if not kind.beside and any(group.mode == "shadow" for group in plan.groups):
            raise PlanRefused(f"{shadow} cannot run beside another version; leave out groups in shadow mode")
        try:
            with self._database.write() as session:
                challenger = release or kind.release(session, subject, version, tenant_id)
                known = store.settled(session, shadow, tenant_id)
                champion = _release_alone(known.get(subject, kind.original))
                if champion["version"] == challenger["version"]:
                    raise NotPossible(
                        f"{subject} {challenger['version']} is what every box is to have already"
                    )
                rollout_id = secrets.token_hex(_ID_BYTES)
                new = Rollout(
                    id=rollout_id,
                    shadow=shadow,
                    subject=subject,
                    challenger=challenger,
                    champion=champion,
                    plan=plan,
                    members=select(plan, rollout_id, store.fleet(session, tenant_id)),
                    tenant_id=tenant_id,
                )
                return self._begin(session, new, by=by, now=now)
        except IntegrityError as error:
            raise NotPossible(f"a rollout of {subject} goes on; wait for its end, or abort it") from error

    def step(self) -> None:
        """Look at what boxes report, and do what follows, in every rollout that goes on.

        Raises:
            ExceptionGroup: some could not be looked at; the others were.
        """
        with self._database.read() as session:
            ids = store.going_on(session)
        failures: list[Exception] = []
        for rollout_id in ids:
            try:
                self._step(rollout_id)
            except Exception as error:  # noqa: BLE001 - one must not hold up the others; raised below
                failures.append(error)
        if failures:
            raise ExceptionGroup("rollouts that could not go on", failures)

    def all(self, *, tenant_id: str | None = None) -> list[Listed]:
        """The newest rollouts of a tenant, or of all, newest first."""
        with self._database.read() as session:
            return [_listed(session, row) for row in store.newest(session, _LISTED, tenant_id)]

    def show(self, rollout_id: str, *, tenant_id: str | None = None) -> Listed:
        """One rollout.

        Raises:
            RolloutUnknown: there is none of that id, or it is not the tenant's.
        """
        with self._database.read() as session:
            row = store.find(session, rollout_id, tenant_id=tenant_id)
            if row is None:
                raise _unknown(rollout_id)
            return _listed(session, row)

    def pause(self, rollout_id: str, *, by: str, tenant_id: str | None = None) -> Rollout:
        """Let no other group begin.

        Raises:
            RolloutUnknown: there is none of that id, or it is not the tenant's.
            NotPossible: it has ended.
        """
        return self._decide(rollout_id, machine.pause, by=by, tenant_id=tenant_id)

    def resume(self, rollout_id: str, *, by: str, tenant_id: str | None = None) -> Rollout:
        """Go on after a pause. Raises as `pause` does."""
        return self._decide(rollout_id, machine.resume, by=by, tenant_id=tenant_id)

    def approve(self, rollout_id: str, *, by: str, tenant_id: str | None = None) -> Rollout:
        """Let the group begin that waits. Raises as `pause` does, and NotPossible when it is paused."""
        return self._decide(
            rollout_id, lambda rollout: machine.approve(rollout, self._clock()), by=by, tenant_id=tenant_id
        )

    def abort(self, rollout_id: str, *, by: str, reason: str, tenant_id: str | None = None) -> Rollout:
        """End it, and send every box back. Raises as `pause` does."""
        return self._decide(
            rollout_id,
            lambda rollout: machine.abort(rollout, reason, self._clock()),
            by=by,
            tenant_id=tenant_id,
        )

    def _begin(self, session: Session, new: Rollout, *, by: str, now: datetime) -> Rollout:
        store.add(session, new, by=by, now=now)
        facts = {
            "kind": new.shadow,
            "subject": new.subject,
            "version": new.challenger["version"],
            "champion": new.champion["version"],
        }
        begun = machine.step(new, {}, now)
        begun = replace(begun, notes=(Note("rollout.start", facts), *begun.notes))
        self._carry_out(session, new, begun, by=by, now=now)
        return begun.rollout

    def _decide(
        self, rollout_id: str, wish: Callable[[Rollout], Decision], *, by: str, tenant_id: str | None
    ) -> Rollout:
        with self._database.write() as session:
            row = store.find(session, rollout_id, tenant_id=tenant_id, hold="wait")
            if row is None:
                raise _unknown(rollout_id)
            rollout = store.read(session, row)
            decision = wish(rollout)
            self._carry_out(session, rollout, decision, by=by, now=self._clock())
        return decision.rollout

    def _step(self, rollout_id: str) -> None:
        with (
            self._database.read() as session
        ):  # mostly there is nothing to do, and nobody is to wait for that
            row = store.find(session, rollout_id)
            if row is None or _is_settled(*self._next(session, row)):
                return
        with self._database.write() as session:
            row = store.find(session, rollout_id, hold="pass")
            if row is not None:
                rollout, decision = self._next(session, row)
                self._carry_out(session, rollout, decision, by=_SERVICE, now=self._clock())

    def _next(self, session: Session, row: RolloutRow) -> tuple[Rollout, Decision]:
        rollout, now = store.read(session, row), self._clock()
        version = str(rollout.challenger["version"])
        if why := KINDS[rollout.shadow].withdrawn(session, rollout.subject, version):
            return rollout, machine.halt(rollout, f"{rollout.subject} {version} {why}", now)
        return rollout, machine.step(rollout, store.reported(session, rollout), now)

    def _carry_out(
        self, session: Session, before: Rollout, decision: Decision, *, by: str, now: datetime
    ) -> None:
        after, desired = decision.rollout, dict(decision.desired)
        if _is_settled(before, decision):
            return
        if after.end == "finished":
            KINDS[after.shadow].settle(session, after.subject, str(after.challenger["version"]))
            # Boxes that came while it went on get it too.
            members = {gateway_id for ids in after.members for gateway_id in ids}
            late = {each.gateway_id for each in store.fleet(session, after.tenant_id)} - members
            desired |= dict.fromkeys(late, machine.value_for(after, after.challenger, "active"))
        store.save(session, before, after, now)
        told = {gateway_id: {after.subject: value} for gateway_id, value in desired.items()}
        change_many(session, after.shadow, "desired", told, now=now)
        lines = (
            audit.Line(
                at=now,
                tenant_id=after.tenant_id,
                actor=by,
                action=note.action,
                subject=f"rollout {after.id}",
                detail=note.detail,
            )
            for note in decision.notes
        )
        audit.append(session, *lines)


def _is_settled(rollout: Rollout, decision: Decision) -> bool:
    """Whether nothing follows."""
    return decision == Decision(rollout)


def _listed(session: Session, row: RolloutRow) -> Listed:
    return Listed(store.read(session, row), row.created_by, row.created_at, row.changed_at)


def _release_alone(value: Fields) -> Fields:
    return {key: each for key, each in value.items() if key not in {"mode", "rollout"}}


def _unknown(rollout_id: str) -> RolloutUnknown:
    return RolloutUnknown(f"there is no rollout {rollout_id[:64]}; gymbox cloud rollout list shows them")
