"""Rollouts in the database. Every function works inside of the caller's transaction."""

import json
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Select, insert, or_, select, update
from sqlalchemy.orm import Session

from provisioning.twin import Fields, encode
from sync.cloud.database.tables import Gateway, Gym
from sync.cloud.rollout.plan import Candidate, Plan
from sync.cloud.rollout.state import End, Execution, Key, Outcome, Rollout
from sync.cloud.rollout.tables import RolloutMember, RolloutRow
from sync.cloud.shadows.tables import GatewayTag, ShadowRow


def fleet(session: Session, tenant_id: str | None = None) -> list[Candidate]:
    """Every box of a tenant, or of all, that is not revoked, with the words that groups can choose it by."""
    tags: dict[str, set[str]] = {}
    boxes = select(Gateway.id, Gateway.gym_id, Gym.tenant_id).join(Gym).where(Gateway.revoked_at.is_(None))
    if tenant_id is not None:
        boxes = boxes.where(Gym.tenant_id == tenant_id)
    for gateway_id, gym_id, owner in session.execute(boxes):
        tags[gateway_id] = {f"gateway={gateway_id}", f"gym={gym_id}", f"tenant={owner}"}
    for row in session.execute(select(GatewayTag.gateway_id, GatewayTag.tag)):
        if row.gateway_id in tags:
            tags[row.gateway_id].add(row.tag)
    return [Candidate(gateway_id, frozenset(words)) for gateway_id, words in tags.items()]


def add(session: Session, rollout: Rollout, *, by: str, now: datetime) -> None:
    """Write a new rollout whose boxes have not been given anything yet.

    Raises:
        sqlalchemy.exc.IntegrityError: one of the same subject goes on.
    """
    session.add(
        RolloutRow(
            id=rollout.id,
            shadow=rollout.shadow,
            subject=rollout.subject,
            tenant_id=rollout.tenant_id,
            challenger=encode(rollout.challenger).decode(),
            champion=encode(rollout.champion).decode(),
            plan=rollout.plan.model_dump_json(),
            created_at=now,
            created_by=by,
            **_facts(rollout, now),
        )
    )
    session.flush()
    members = [
        {
            "rollout_id": rollout.id,
            "group_number": group,
            "gateway_id": gateway_id,
            "place": place,
            "state": None,
            "since": None,
            "reason": "",
        }
        for group, ids in enumerate(rollout.members)
        for place, gateway_id in enumerate(ids)
    ]
    session.execute(insert(RolloutMember), members)


def find(
    session: Session,
    rollout_id: str,
    *,
    tenant_id: str | None = None,
    hold: Literal["wait", "pass"] | None = None,
) -> RolloutRow | None:
    """The row of a rollout; None when there is none of that id.

    Args:
        session: of the transaction.
        rollout_id: which.
        tenant_id: who asks; another one's is not there. None sees all.
        hold: keep others from changing it until the transaction ends; when another one holds it, wait for
            that, or pass it over and return None.
    """
    wanted = _visible(tenant_id).where(RolloutRow.id == rollout_id)
    if hold is not None:
        wanted = wanted.with_for_update(skip_locked=hold == "pass")
    return session.scalar(wanted)


def read(session: Session, row: RolloutRow) -> Rollout:
    """A rollout with all its boxes."""
    plan = Plan.model_validate_json(row.plan)
    members: list[list[str]] = [[] for _ in plan.groups]
    executions: dict[Key, Execution] = {}
    wanted = (
        select(
            RolloutMember.group_number,
            RolloutMember.gateway_id,
            RolloutMember.state,
            RolloutMember.since,
            RolloutMember.reason,
        )
        .where(RolloutMember.rollout_id == row.id)
        .order_by(RolloutMember.group_number, RolloutMember.place)
    )
    for group, gateway_id, state, since, reason in session.execute(wanted):
        members[group].append(gateway_id)
        if state is not None and since is not None:
            executions[group, gateway_id] = Execution(cast("Outcome", state), since, reason)
    return Rollout(
        id=row.id,
        shadow=row.shadow,
        subject=row.subject,
        challenger=json.loads(row.challenger),
        champion=json.loads(row.champion),
        plan=plan,
        members=tuple(map(tuple, members)),
        tenant_id=row.tenant_id,
        group=row.group_number,
        begun=row.begun,
        good_since=row.good_since,
        paused=row.paused,
        end=cast("End | None", row.ended),
        reason=row.reason,
        executions=executions,
    )


def going_on(session: Session) -> list[str]:
    """The ids of the rollouts that have not ended, oldest first."""
    wanted = select(RolloutRow.id).where(RolloutRow.ended.is_(None)).order_by(RolloutRow.created_at)
    return list(session.scalars(wanted))


def newest(session: Session, limit: int, tenant_id: str | None = None) -> list[RolloutRow]:
    """The newest rollouts of a tenant, or of all, newest first."""
    return list(session.scalars(_visible(tenant_id).order_by(RolloutRow.created_at.desc()).limit(limit)))


def settled(session: Session, shadow: str, tenant_id: str | None) -> dict[str, Fields]:
    """What the last finished rollout of each subject brought, as a new box of a tenant is to have it.

    For None, what those of the whole service have brought.
    """
    done = (
        select(RolloutRow)
        .where(
            RolloutRow.shadow == shadow,
            RolloutRow.ended == "finished",
            or_(RolloutRow.tenant_id.is_(None), RolloutRow.tenant_id == tenant_id),
        )
        .order_by(RolloutRow.changed_at, RolloutRow.id)
    )
    return {
        row.subject: {**json.loads(row.challenger), "mode": "active", "rollout": row.id}
        for row in session.scalars(done)
    }


def reported(session: Session, rollout: Rollout) -> dict[str, Fields]:
    """What the boxes report that have been given a release, by box."""
    asked = (
        select(ShadowRow.gateway_id, ShadowRow.reported)
        .join(RolloutMember, RolloutMember.gateway_id == ShadowRow.gateway_id)
        .where(
            RolloutMember.rollout_id == rollout.id,
            RolloutMember.state.is_not(None),
            ShadowRow.name == rollout.shadow,
        )
    )
    return {gateway_id: json.loads(text) for gateway_id, text in session.execute(asked)}


def save(session: Session, before: Rollout, after: Rollout, now: datetime) -> None:
    """Write what is different; the caller holds the rollout."""
    session.execute(update(RolloutRow).where(RolloutRow.id == after.id).values(**_facts(after, now)))
    changed = [
        {
            "rollout_id": after.id,
            "group_number": group,
            "gateway_id": gateway_id,
            "state": each.state,
            "since": each.since,
            "reason": each.reason,
        }
        for (group, gateway_id), each in after.executions.items()
        if before.executions.get((group, gateway_id)) != each
    ]
    if changed:
        session.execute(update(RolloutMember), changed)


def _visible(tenant_id: str | None) -> Select[RolloutRow]:
    wanted = select(RolloutRow)
    return wanted if tenant_id is None else wanted.where(RolloutRow.tenant_id == tenant_id)


def _facts(rollout: Rollout, now: datetime) -> dict[str, Any]:
    return {
        "group_number": rollout.group,
        "begun": rollout.begun,
        "good_since": rollout.good_since,
        "paused": rollout.paused,
        "ended": rollout.end,
        "reason": rollout.reason,
        "changed_at": now,
    }
