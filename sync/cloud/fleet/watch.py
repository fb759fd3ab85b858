"""Where alerts come from: what boxes say of themselves, rollouts that were halted, lines of the audit."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync.cloud.audit import AuditRow
from sync.cloud.database.tables import Gateway, Gym
from sync.cloud.est.tables import CertificateRow
from sync.cloud.fleet.alerts import Source
from sync.cloud.fleet.conditions import BoxFacts, Condition, Thresholds, conditions_of
from sync.cloud.fleet.health import read_health
from sync.cloud.rollout.tables import RolloutRow
from sync.cloud.shadows.tables import ShadowRow

# To judge a thousand boxes computes for a tenth of a second, in which every request would wait.
_PAGE: Final = 50
_PAUSE_S: Final = 0.015
_HALTED_FOR: Final = timedelta(days=7)
_ALARMS: Final = {
    "enrolment.second_key": "a second key was shown with a claim that was used; somebody may have copied it",
}
"""Lines of the audit that are worth a look for a day, by their action."""
_ALARM_FOR: Final = timedelta(days=1)


def boxes(thresholds: Thresholds, *, pause: Callable[[float], object] = time.sleep) -> Source:
    """What is wrong with boxes that were not sent away; `pause` lets others compute for some seconds."""

    def look(session: Session, now: datetime) -> Iterator[Condition]:
        for facts in _facts(session, pause):
            yield from conditions_of(facts, now, thresholds)

    return look


def halted_rollouts(session: Session, now: datetime) -> Iterator[Condition]:
    """Rollouts that were halted within the week and have no successor yet."""
    newest = (
        select(RolloutRow.shadow, RolloutRow.subject, func.max(RolloutRow.created_at).label("created_at"))
        .group_by(RolloutRow.shadow, RolloutRow.subject)
        .subquery()
    )
    wanted = (
        select(RolloutRow)
        .join(
            newest,
            (RolloutRow.shadow == newest.c.shadow)
            & (RolloutRow.subject == newest.c.subject)
            & (RolloutRow.created_at == newest.c.created_at),
        )
        .where(RolloutRow.ended == "halted", RolloutRow.changed_at > now - _HALTED_FOR)
    )
    for row in session.scalars(wanted):
        yield Condition(
            key=f"rollout:{row.id}",
            kind="rollout",
            severity="critical",
            reason=f"the rollout {row.id} of {row.subject} was halted: {row.reason}",
            tenant_id=row.tenant_id,
        )


def alarms(session: Session, now: datetime) -> Iterator[Condition]:
    """What somebody did to a box that nobody should do."""
    wanted = select(AuditRow).where(AuditRow.action.in_(_ALARMS), AuditRow.at > now - _ALARM_FOR)
    for row in session.scalars(wanted):
        kind, box = row.action.replace(".", "_"), row.subject
        known = session.get(Gateway, box) is not None
        yield Condition(
            key=f"{kind}:{box}",
            kind=kind,
            severity="critical",
            reason=_ALARMS[row.action],
            gateway_id=box if known else None,
            tenant_id=row.tenant_id,
        )


def _facts(session: Session, pause: Callable[[float], object]) -> Iterator[BoxFacts]:
    """Every box that was not sent away, a page at a time."""
    until = (  # of each box by itself: a table of all would be made for every page
        select(func.max(CertificateRow.not_after))
        .where(
            CertificateRow.gateway_id == Gateway.id,
            CertificateRow.superseded_at.is_(None),
            CertificateRow.revoked_at.is_(None),
        )
        .scalar_subquery()
    )
    said = (ShadowRow.gateway_id == Gateway.id) & (ShadowRow.name == "health")
    wanted = (
        select(Gateway.id, Gym.tenant_id, Gateway.last_seen_at, ShadowRow.reported, until)
        .join(Gym, Gym.id == Gateway.gym_id)
        .outerjoin(ShadowRow, said)
        .where(Gateway.revoked_at.is_(None))
        .order_by(Gateway.id)
        .limit(_PAGE)
    )
    after = ""
    while page := session.execute(wanted.where(Gateway.id > after)).all():
        for gateway_id, tenant_id, last_seen_at, reported, certificate_until in page:
            yield BoxFacts(
                gateway_id=gateway_id,
                tenant_id=tenant_id,
                last_seen_at=last_seen_at,
                health=read_health(json.loads(reported or "{}")),
                certificate_until=certificate_until,
            )
        after = page[-1].id
        pause(_PAUSE_S)
