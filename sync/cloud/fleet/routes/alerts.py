"""Alerts: what is wrong, and that somebody knows."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel

from sync.cloud.api.problem import RESPONSES
from sync.cloud.fleet.alerts import Alerts, Numbered
from sync.cloud.fleet.routes.refusals import told
from sync.cloud.fleet.tables import Severity
from sync.cloud.gateways import ID
from sync.cloud.operators.access import Reader, allowed
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.route import DeskRoute

_ID_MOST = 2**31 - 1


class AlertReport(BaseModel):
    """Something that is or was wrong."""

    id: int
    kind: str
    severity: Severity
    reason: str
    gateway: str | None
    open: bool
    opened_at: datetime | None
    last_at: datetime
    count: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None


class AlertList(BaseModel):
    """Those that are open, then those that were."""

    unacknowledged: int
    alerts: list[AlertReport]


def routes(alerts: Alerts) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1/fleet", tags=["fleet"], responses=RESPONSES, route_class=DeskRoute)

    @router.get("/alerts", summary="What is wrong")
    def list_alerts(
        reader: Reader, gateway: Annotated[str | None, Query(pattern=f"^{ID.pattern}$")] = None
    ) -> AlertList:
        """List what is wrong, of all boxes or of one."""
        return AlertList(
            unacknowledged=alerts.count_open(tenant_id=reader.tenant_id),
            alerts=[_report(each) for each in alerts.all(tenant_id=reader.tenant_id, gateway_id=gateway)],
        )

    @router.post(
        "/alerts/{alert_id}/acknowledge",
        summary="Say that somebody knows",
        status_code=HTTPStatus.NO_CONTENT,
    )
    def acknowledge(
        alert_id: Annotated[int, Path(ge=1, le=_ID_MOST)],
        who: Annotated[Principal, Depends(allowed("alerts"))],
    ) -> None:
        """Keep it in the list, and count it as known."""
        with told():
            alerts.acknowledge(alert_id, by=who.label, tenant_id=who.tenant_id)

    return router


def _report(found: Numbered) -> AlertReport:
    alert = found.alert
    return AlertReport(
        id=found.id,
        kind=alert.condition.kind,
        severity=alert.condition.severity,
        reason=alert.condition.reason,
        gateway=alert.condition.gateway_id,
        open=alert.is_open,
        opened_at=alert.opened_at,
        last_at=alert.last_at,
        count=alert.count,
        acknowledged_at=alert.acknowledged_at,
        acknowledged_by=alert.acknowledged_by,
        resolved_at=alert.resolved_at,
    )
