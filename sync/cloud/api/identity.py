"""Who calls: the certificate that ended in this process, or a gateway's token, or both when they agree."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection

from sync.cloud.api.problem import Problem
from sync.cloud.gateways import (
    CredentialsDiffer,
    GatewayRevoked,
    Gateways,
    GatewayUnknown,
    Identity,
    Peer,
    Shown,
)

_log = logging.getLogger(__name__)

PEER: Final = "gymbox.peer"
"""Under this extension of the ASGI scope stands the client's verified certificate, a `Peer`."""
_bearer = HTTPBearer(auto_error=False, description="A gateway's token, ggt_...")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever has sent a request; nobody has looked yet who that is.

    Attributes:
        gateways: whom to ask.
        shown: by the request.
        client: its address, for the log.
    """

    gateways: Gateways
    shown: Shown
    client: str

    @contextmanager
    def let_in(self) -> Iterator[tuple[Identity, Connection]]:
        """The gateway that calls, and a transaction to read what it asks for; this waits for the database.

        Raises:
            Problem: 401 without credentials or with wrong ones, 403 when the gateway was revoked or when
                certificate and token name two.
        """
        if self.shown == Shown():
            raise _unauthorised("Show a client certificate, or a token: `Authorization: Bearer ggt_...`.")
        try:
            with self.gateways.calling(self.shown) as (caller, connection):
                yield caller, connection
        except GatewayUnknown:
            _log.warning("unknown credentials from %s", self.client)
            raise _unauthorised("No gateway has these credentials.") from None
        except GatewayRevoked as error:
            raise Problem(HTTPStatus.FORBIDDEN, "gateway-revoked", str(error)) from None
        except CredentialsDiffer:
            raise Problem(
                HTTPStatus.FORBIDDEN, "two-gateways", "Certificate and token are of two gateways."
            ) from None


async def visitor_of(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Visitor:
    """Return what the request shows, for a route that looks and reads in one transaction."""
    peer: Peer | None = request.scope.get("extensions", {}).get(PEER)
    return Visitor(
        request.app.state.gateways,
        Shown(peer=peer, token=None if bearer is None else bearer.credentials),
        request.client.host if request.client else "unknown",
    )


def caller_of(visitor: Annotated[Visitor, Depends(visitor_of)]) -> Identity:
    """Return the gateway that calls.

    Raises:
        Problem: 401 or 403, as `Visitor.let_in`.
    """
    with visitor.let_in() as (caller, _):
        return caller


Anybody = Annotated[Visitor, Depends(visitor_of)]
Caller = Annotated[Identity, Depends(caller_of)]


def _unauthorised(detail: str) -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, "unauthorised", detail, {"WWW-Authenticate": "Bearer"})
