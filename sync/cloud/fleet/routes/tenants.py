"""Whose boxes there are, and keeping all of somebody's outside."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from sync.cloud.api.problem import RESPONSES
from sync.cloud.fleet.routes.refusals import demand_whole_service, told
from sync.cloud.gateways import ID, Gateways
from sync.cloud.operators.access import Reader, allowed
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.route import DeskRoute

Keeper = Annotated[Principal, Depends(allowed("gateways"))]
TenantId = Annotated[str, Path(pattern=f"^{ID.pattern}$")]


class TenantReport(BaseModel):
    """A tenant."""

    id: str
    boxes: int = Field(description="Those that were not sent away.")
    disabled_at: datetime | None


class TenantList(BaseModel):
    """By id."""

    tenants: list[TenantReport]


def routes(gateways: Gateways) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1/fleet", tags=["fleet"], responses=RESPONSES, route_class=DeskRoute)

    @router.get("/tenants", summary="Whose boxes there are")
    def list_tenants(reader: Reader) -> TenantList:
        """List the asker's own, or all of the service."""
        found = gateways.tenants(tenant_id=reader.tenant_id)
        return TenantList(
            tenants=[
                TenantReport(id=each.id, boxes=each.gateways, disabled_at=each.disabled_at) for each in found
            ]
        )

    @router.post(
        "/tenants/{tenant_id}/disable",
        summary="Keep a tenant's boxes outside",
        status_code=HTTPStatus.NO_CONTENT,
    )
    def disable(tenant_id: TenantId, who: Keeper) -> None:
        """None of them is answered from now on, until the tenant is enabled; gyms go on working."""
        _switch(tenant_id, who, disabled=True)

    @router.post(
        "/tenants/{tenant_id}/enable", summary="Let them in again", status_code=HTTPStatus.NO_CONTENT
    )
    def enable(tenant_id: TenantId, who: Keeper) -> None:
        """They come back by themselves, with what waited."""
        _switch(tenant_id, who, disabled=False)

    def _switch(tenant_id: str, who: Principal, *, disabled: bool) -> None:
        demand_whole_service(who)
        with told():
            gateways.disable_tenant(tenant_id, disabled=disabled, by=who.label)

    return router
