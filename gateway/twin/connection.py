"""The box's connection to the cloud, with its identity and address as they are now. Blocks; for threads."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import httpx

from sync.upload.answer import NotDelivered, Reply
from sync.upload.credentials import CloudAddress, CredentialsUnusable
from sync.upload.transport import CONNECT_S, MAX_ANSWER_BYTES, SILENCE_S, explain

_KEEP_S: Final = 120.0


def connect(address: CloudAddress, *, agent: str) -> httpx.Client:
    """Open nothing yet, but read the files of identity.

    Raises:
        CredentialsUnusable: one of them cannot be used.
    """
    return httpx.Client(
        base_url=address.root,
        verify=address.tls(),
        # The bound on the answer holds for what comes over the wire: it must not unpack to more.
        headers={"User-Agent": agent, "Accept-Encoding": "identity", **address.headers()},
        timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_S),
        limits=httpx.Limits(max_connections=2, keepalive_expiry=_KEEP_S),
        follow_redirects=False,
    )


class Connection:
    """Made anew after trouble, and when address or identity are others. For one thread at a time."""

    def __init__(
        self,
        address: Callable[[], CloudAddress | None],
        *,
        connect: Callable[[CloudAddress], httpx.Client],
    ) -> None:
        """`address` says where the cloud is now, None for nowhere; may raise CredentialsUnusable."""
        self._address = address
        self._connect = connect
        self._client: httpx.Client | None = None
        self._opened_with: tuple[CloudAddress, object] | None = None

    @property
    def wanted(self) -> bool:
        """Whether there is a cloud at all.

        Raises:
            NotDelivered: what the configuration says of it cannot be used.
        """
        return self._now() is not None

    def client(self) -> httpx.Client:
        """The connection, opened when there is none.

        Raises:
            NotDelivered: there is no cloud, or the box's identity cannot be used.
        """
        address = self._now()
        if address is None:
            raise NotDelivered("unreachable", "this box has no cloud: [cloud] url is empty")
        opened_with = (address, address.stamp())
        if self._client is None or opened_with != self._opened_with:
            self.close()
            try:
                self._client = self._connect(address)
            except CredentialsUnusable as error:
                raise NotDelivered("credentials", str(error)) from error
            self._opened_with = opened_with
        return self._client

    def exchange(self, method: str, path: str, **facts: Any) -> Reply:
        """Ask, and return the whole answer, whatever its status.

        Raises:
            NotDelivered: no whole answer came.
        """
        client = self.client()
        try:
            with client.stream(method, path, **facts) as response:
                return Reply(response.status_code, response.headers, _bounded(response))
        except (httpx.HTTPError, OSError) as error:
            self.close()
            raise explain(error) from error

    def close(self) -> None:
        """Let go of the connection; the next call opens another."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(httpx.HTTPError, OSError):
                client.close()

    def _now(self) -> CloudAddress | None:
        try:
            return self._address()
        except CredentialsUnusable as error:
            raise NotDelivered("credentials", str(error)) from error


def _bounded(response: httpx.Response) -> bytes:
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise NotDelivered("failing", "the cloud's answer has no end; is this its address?")
    return body
