"""Boxes that come and go: claims, approvals, certificates, and being sent away."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, StringConstraints

from sync.cloud.api.problem import RESPONSES, Problem
from sync.cloud.est.enrolments import CLAIM_DAYS, Enrolments
from sync.cloud.fleet.inventory import Inventory
from sync.cloud.fleet.routes.boxes import GatewayId
from sync.cloud.fleet.routes.refusals import told
from sync.cloud.gateways import ID, GatewayRefused, Gateways
from sync.cloud.operators.access import Reader, allowed
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.route import DeskRoute
from sync.cloud.operators.routes import Body

Approver = Annotated[Principal, Depends(allowed("enrolments"))]
Keeper = Annotated[Principal, Depends(allowed("gateways"))]
Id = Annotated[str, StringConstraints(pattern=f"^{ID.pattern}$")]


class PendingReport(BaseModel):
    """A box that waits; the box shows the same fingerprint of its key."""

    gateway: str
    gym: str
    tenant: str
    fingerprint: str
    asked_at: datetime


class PendingList(BaseModel):
    """Boxes that wait for an approval."""

    enrolments: list[PendingReport]


class NewClaim(Body):
    """A box that is to come."""

    gateway: Id
    gym: Id
    tenant: Id | None = Field(default=None, description="Empty: the asker's own.")
    expires_days: float = Field(default=CLAIM_DAYS, gt=0, le=366)
    approval: bool = Field(default=False, description="Whether it waits for an approval when it comes.")


class ClaimMade(BaseModel):
    """What is typed at the box, once; shown this once."""

    claim: str


class CertificateReport(BaseModel):
    """A certificate of a box."""

    serial: str
    not_before: datetime
    not_after: datetime
    issued_at: datetime
    first_used_at: datetime | None
    superseded_at: datetime | None
    revoked_at: datetime | None
    reason: str | None


class CertificateList(BaseModel):
    """As they were issued."""

    certificates: list[CertificateReport]


def routes(enrolments: Enrolments, gateways: Gateways, inventory: Inventory) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1/fleet", tags=["fleet"], responses=RESPONSES, route_class=DeskRoute)
    _add_coming(router, enrolments)
    _add_staying(router, enrolments, gateways, inventory)
    return router


def _add_coming(router: APIRouter, enrolments: Enrolments) -> None:
    @router.get("/enrolments", summary="Boxes that wait for an approval")
    def list_enrolments(reader: Reader) -> PendingList:
        """List them; compare the fingerprint with the one that the box shows."""
        return PendingList(
            enrolments=[
                PendingReport(
                    gateway=each.gateway_id,
                    gym=each.gym_id,
                    tenant=each.tenant_id,
                    fingerprint=each.key_fingerprint,
                    asked_at=each.asked_at,
                )
                for each in enrolments.pending(tenant_id=reader.tenant_id)
            ]
        )

    @router.post(
        "/enrolments/{gateway_id}/approve", summary="Let a box in", status_code=HTTPStatus.NO_CONTENT
    )
    def approve(gateway_id: GatewayId, who: Approver) -> None:
        """It gets its certificate with its next request."""
        with told():
            enrolments.approve(gateway_id, by=who.label, tenant_id=who.tenant_id)

    @router.post(
        "/enrolments/{gateway_id}/reject", summary="Let a box not in", status_code=HTTPStatus.NO_CONTENT
    )
    def reject(gateway_id: GatewayId, who: Approver) -> None:
        """It needs another claim to come again."""
        with told():
            enrolments.reject(gateway_id, by=who.label, tenant_id=who.tenant_id)

    @router.post("/claims", summary="Have a box come", status_code=HTTPStatus.CREATED)
    def claim(body: NewClaim, who: Keeper) -> ClaimMade:
        """Make what is typed at the box; shown this once."""
        tenant_id = body.tenant or who.tenant_id
        if tenant_id is None:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "tenant: say whose box it is.")
        if not who.sees(tenant_id):
            raise Problem(HTTPStatus.NOT_FOUND, "unknown", f"There is no tenant {tenant_id}.")
        with told(GatewayRefused):
            made = enrolments.claim(
                body.gateway,
                gym_id=body.gym,
                tenant_id=tenant_id,
                expires_days=body.expires_days,
                approval=body.approval,
                by=who.label,
            )
        return ClaimMade(claim=made)


def _add_staying(router: APIRouter, enrolments: Enrolments, gateways: Gateways, inventory: Inventory) -> None:
    @router.get("/gateways/{gateway_id}/certificates", summary="A box's certificates")
    def list_certificates(gateway_id: GatewayId, reader: Reader) -> CertificateList:
        """List them as they were issued."""
        with told():
            inventory.find(gateway_id, tenant_id=reader.tenant_id)
        return CertificateList(
            certificates=[
                CertificateReport(
                    serial=each.serial,
                    not_before=each.not_before,
                    not_after=each.not_after,
                    issued_at=each.issued_at,
                    first_used_at=each.first_used_at,
                    superseded_at=each.superseded_at,
                    revoked_at=each.revoked_at,
                    reason=each.reason,
                )
                for each in enrolments.certificates(gateway_id)
            ]
        )

    @router.post(
        "/gateways/{gateway_id}/revoke", summary="Send a box away", status_code=HTTPStatus.NO_CONTENT
    )
    def revoke(gateway_id: GatewayId, who: Keeper) -> None:
        """Its certificate and its token are good for nothing from now on; what it has sent stays."""
        with told():
            gateways.revoke(gateway_id, by=who.label, tenant_id=who.tenant_id)

    @router.post(
        "/gateways/{gateway_id}/decommission", summary="Take a box out", status_code=HTTPStatus.NO_CONTENT
    )
    def decommission(gateway_id: GatewayId, who: Keeper) -> None:
        """Send it away for good: its id comes never again."""
        with told():
            gateways.decommission(gateway_id, by=who.label, tenant_id=who.tenant_id)
