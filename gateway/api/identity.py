"""Who the box is at the cloud, and how it gets there."""

from http import HTTPStatus
from typing import Final

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.auth import Box, Operator
from gateway.api.links import link_from_elsewhere, qr_code
from gateway.api.problem import Problem
from gateway.api.v1 import v1_router
from gateway.live.snapshot import Message, Stamp
from provisioning.identity.claim import ClaimInvalid, read_ca, read_claim, read_url
from provisioning.identity.folder import IdentityBroken
from provisioning.identity.status import IdentityStatus, State

router = v1_router("identity", "/identity")

_MOST_PEM: Final = 32_768


class EnrolBody(BaseModel):
    """What the cloud's operator gave for this box."""

    model_config = ConfigDict(extra="forbid")

    claim: str = Field(max_length=512, description="ID:SECRET, as `gymbox cloud gateways claim` prints it.")
    url: str = Field(max_length=512, description="https:// address of the cloud.")
    ca: str | None = Field(
        default=None,
        max_length=_MOST_PEM,
        description="Whom the cloud's certificate must lead to, PEM; null: the authorities of the system.",
    )


class IdentityReport(Message):
    """How the box stands with the cloud."""

    state: State = Field(description="none, pending, enrolled, or refused: only a new claim helps.")
    gateway_id: str | None
    url: str | None
    waiting: bool = Field(description="Whether an operator of the cloud has to let the box in.")
    reason: str = Field(description="Why it was refused; empty otherwise.")
    fingerprint: str | None = Field(
        description="SHA-256 of the box's key; it must be the one that the cloud's operator sees."
    )
    until: Stamp | None = Field(description="When the certificate ends.")
    renewal_at: Stamp | None = Field(description="When the box asks for the next one.")


@router.get("", summary="How the box stands with the cloud")
async def identity(box: Box, _operator: Operator) -> IdentityReport:
    """Say whether the box is enrolled, as whom, and until when."""
    return _report(await _status(box))


@router.post("/enrol", summary="Enrol the box at a cloud", status_code=HTTPStatus.ACCEPTED)
async def enrol(body: EnrolBody, box: Box, operator: Operator) -> IdentityReport:
    """Take a claim and begin; ask for the state to see how it goes."""
    try:
        claim, url = read_claim(body.claim), read_url(body.url)
        ca_pem = None if body.ca is None else read_ca(body.ca.encode())
    except ClaimInvalid as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-claim", f"{error}.") from error
    await box.identity.enrol(claim, url, ca_pem=ca_pem, by=operator.label)
    return _report(await _status(box))


@router.get("/qr.svg", summary="The box's setup page and fingerprint, as a QR code", response_class=Response)
async def qr(request: Request, box: Box, _operator: Operator) -> Response:
    """Draw the address of the setup page; what follows the # names the box and its key."""
    status = await _status(box)
    told = {"box": status.gateway_id, "key": status.fingerprint}
    fragment = "&".join(f"{name}={value}" for name, value in told.items() if value is not None)
    svg = qr_code(link_from_elsewhere(request, "/setup", fragment=fragment))
    return Response(svg, media_type="image/svg+xml")


async def _status(box: Box) -> IdentityStatus:
    try:
        return await box.identity.status()
    except IdentityBroken as error:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "identity-broken", f"{error}.") from error


def _report(status: IdentityStatus) -> IdentityReport:
    return IdentityReport(
        state=status.state,
        gateway_id=status.gateway_id,
        url=status.url,
        waiting=status.waiting,
        reason=status.reason,
        fingerprint=status.fingerprint,
        until=status.until,
        renewal_at=status.renewal_at,
    )
