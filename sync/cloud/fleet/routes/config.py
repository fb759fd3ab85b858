"""The settings that are desired of one box."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from provisioning.twin import DocumentRefused, VersionConflict
from sync.cloud.api.problem import RESPONSES, Problem
from sync.cloud.fleet.routes.boxes import GatewayId
from sync.cloud.fleet.routes.refusals import told
from sync.cloud.operators.access import allowed
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.route import DeskRoute
from sync.cloud.operators.routes import Body
from sync.cloud.shadows.desk import Twins


class Settings(Body):
    """A change of what is desired of a box."""

    values: dict[str, Any] = Field(description="A merge patch (RFC 7396) of its settings; null takes back.")
    version: int | None = Field(
        default=None, ge=0, description="Of the document `config` that was read; another one there is 409."
    )


class Configured(BaseModel):
    """What is desired now."""

    desired: dict[str, Any]
    version: int


def routes(twins: Twins) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/api/v1/fleet", tags=["fleet"], responses=RESPONSES, route_class=DeskRoute)

    @router.patch("/gateways/{gateway_id}/config", summary="Set values of one box")
    def configure(
        gateway_id: GatewayId, body: Settings, who: Annotated[Principal, Depends(allowed("config"))]
    ) -> Configured:
        """Desire them, over those of any rollout; a box that they would cut off goes back by itself."""
        try:
            with told(VersionConflict):
                found = twins.configure(
                    gateway_id, body.values, by=who.label, version=body.version, tenant_id=who.tenant_id
                )
        except DocumentRefused as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "document-refused", f"{error}.") from error
        return Configured(desired=dict(found.shadow.desired), version=found.shadow.version)

    return router
