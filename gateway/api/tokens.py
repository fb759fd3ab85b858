"""Tokens over HTTP: which there are, a new one, a link that signs a kiosk in, an end."""

from typing import Final, Self

from fastapi import Request, status
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.api.auth import Box, Operator
from gateway.api.links import link_from_elsewhere, qr_code
from gateway.api.v1 import v1_router
from gateway.live.snapshot import Message
from gateway.sessions.admission import StationUnknown
from gateway.tokens import Role, TokenInfo

router = v1_router("tokens", "/tokens")

EVENT: Final = "token"


class NewTokenBody(BaseModel):
    """What the token may do."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    station_id: str | None = Field(default=None, max_length=64, description="The station of a kiosk's token.")

    @model_validator(mode="after")
    def _kiosk_has_station(self) -> Self:
        if (self.role == "kiosk") != (self.station_id is not None):
            raise ValueError("a kiosk token needs station_id, and only a kiosk token has one")
        return self


class TokenMade(Message):
    """A token just made; this is the only time that it is shown."""

    id: str
    role: Role
    station_id: str | None
    token: str
    kiosk_url: str | None = Field(description="Open this once on the kiosk's screen; it stays signed in.")
    kiosk_qr: str | None = Field(description="The same as a QR code, an SVG.")


class TokenList(Message):
    """Every token, without the tokens themselves."""

    tokens: list[TokenInfo]


@router.get("", summary="Every token that was made, without the tokens themselves")
async def list_tokens(box: Box, _operator: Operator) -> TokenList:
    """List the tokens, the newest last."""
    return TokenList(tokens=await box.tokens.all())


@router.post("", summary="Make a token", status_code=status.HTTP_201_CREATED)
async def create_token(body: NewTokenBody, request: Request, box: Box, operator: Operator) -> TokenMade:
    """Make a token and show it this once; with a kiosk's comes the link that signs its screen in."""
    if body.station_id is not None and body.station_id not in box.stations:
        raise StationUnknown(f"There is no station {body.station_id}.")
    new = await box.tokens.create(body.role, body.station_id)
    box.events.record(
        EVENT,
        actor=operator.label,
        subject=new.info.id,
        outcome="created",
        role=body.role,
        station=body.station_id,
    )
    url = None if body.station_id is None else kiosk_link(request, body.station_id, new.token)
    return TokenMade(
        id=new.info.id,
        role=body.role,
        station_id=body.station_id,
        token=new.token,
        kiosk_url=url,
        kiosk_qr=None if url is None else qr_code(url),
    )


@router.delete("/{token_id}", summary="End a token", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_token(token_id: str, box: Box, operator: Operator) -> None:
    """End a token at once, streams that it opened within seconds."""
    await box.tokens.revoke(token_id)
    box.events.record(EVENT, actor=operator.label, subject=token_id, outcome="revoked")


def kiosk_link(request: Request, station_id: str, token: str) -> str:
    """Return the address that signs a station's screen in."""
    return link_from_elsewhere(request, f"/kiosk/{station_id}", query=f"token={token}")
