"""The box's side of the wire: asks for the round, sends the update. Every wait is bounded."""

import asyncio
import ssl
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import httpx

from sync.federated.array_record import MOST_BYTES
from sync.upload.answer import NotDelivered, Reply, check_status
from sync.upload.credentials import CloudAddress, CredentialsUnusable
from sync.upload.transport import CONNECT_S, EXCHANGE_S, SILENCE_S, explain

_ROUNDS: Final = "/api/v1/federated/rounds"
_NEVER: Final = frozenset(
    {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY}
)


class UpdateRefused(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """The cloud will never take this update; the text says why."""


class FederatedCloud:
    """Opens a connection for each exchange: there are two a night."""

    def __init__(
        self,
        address: CloudAddress,
        *,
        agent: str,
        transport: Callable[[ssl.SSLContext], httpx.AsyncBaseTransport] | None = None,
    ) -> None:
        """Describe it; nothing is read or opened yet.

        Args:
            address: of the service.
            agent: product and version, for the User-Agent header.
            transport: what carries requests instead of the network, given what verifies the service.
        """
        self._address = address
        self._agent = agent
        self._transport = transport

    async def current(self) -> bytes | None:
        """The round that this box is invited to, as it travels; None when there is none.

        Raises:
            NotDelivered: nobody can tell now.
        """
        reply = await self._exchange("GET", f"{_ROUNDS}/current", None)
        if reply.status == HTTPStatus.NO_CONTENT:
            return None
        check_status(reply)
        return reply.body

    async def answer(self, round_id: str, update: bytes) -> None:
        """Send an update; sending the same again changes nothing.

        Raises:
            UpdateRefused: the cloud will never take it.
            NotDelivered: nobody can tell; the very same may be sent again.
        """
        reply = await self._exchange("POST", f"{_ROUNDS}/{round_id}/updates", update)
        if reply.status in _NEVER:
            raise UpdateRefused(f"the cloud takes no such update ({reply.status}) for round {round_id}")
        if reply.status != HTTPStatus.CREATED:
            check_status(reply)

    async def _exchange(self, method: str, path: str, content: bytes | None) -> Reply:
        url = self._address.root + path
        try:
            async with (
                asyncio.timeout(EXCHANGE_S),
                self._client() as client,
                client.stream(method, url, content=content) as response,
            ):
                return Reply(response.status_code, response.headers, await _bounded(response))
        except CredentialsUnusable as error:
            raise NotDelivered("credentials", str(error)) from error
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise explain(error) from error

    def _client(self) -> httpx.AsyncClient:
        tls = self._address.tls()
        return httpx.AsyncClient(
            verify=tls,
            transport=None if self._transport is None else self._transport(tls),
            headers={
                "User-Agent": self._agent,
                "Accept-Encoding": "identity",
                "Content-Type": "application/json",
                **self._address.headers(),
            },
            timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_S),
            follow_redirects=False,
        )


async def _bounded(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            raise NotDelivered("failing", "the cloud's answer is longer than a round can be")
    return body
