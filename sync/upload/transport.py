"""The wire: one HTTPS client, every wait bounded, nothing decided here."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Final

import httpx

from sync.upload.answer import NotDelivered, Reply
from sync.upload.bandwidth import TokenBucket
from sync.upload.credentials import CloudAddress, CredentialsUnusable

CONNECT_S: Final = 10.0
SILENCE_S: Final = 30.0
# For a whole exchange, beside the time that the bandwidth cap itself takes.
EXCHANGE_S: Final = 90.0
MAX_ANSWER_BYTES: Final = 1024 * 1024
_CLOSE_S: Final = 1.0
_CHUNK_BYTES: Final = 16 * 1024
_HEADERS: Final = {"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd"}


class HttpsCloud:
    """Posts batches; made anew after trouble, so that renewed files are read. Lives on one event loop."""

    def __init__(self, address: CloudAddress, *, agent: str, max_bytes_s: float | None = None) -> None:
        """Describe it; nothing is read or opened yet.

        Args:
            address: Of the service.
            agent: Product and version, for the User-Agent header.
            max_bytes_s: Bandwidth cap on what is sent, bytes a second.
        """
        self._address = address
        self._agent = agent
        self._bucket = TokenBucket(max_bytes_s, now_s=time.monotonic())
        self._client: httpx.AsyncClient | None = None
        self._opened_with: object = None

    async def post(self, packed: bytes) -> Reply:
        """Send a batch.

        Raises:
            NotDelivered: No whole answer came.
        """
        headers = {**_HEADERS, "Content-Length": str(len(packed))}
        rate = self._bucket.rate_bytes_s
        longest_s = EXCHANGE_S + (len(packed) / rate if rate else 0.0)
        return await self._exchange("POST", "/api/v1/records", headers, self._paced(packed), longest_s)

    async def probe(self) -> Reply:
        """Ask whether the service lives.

        Raises:
            NotDelivered: No whole answer came.
        """
        return await self._exchange("GET", "/livez", {}, None, EXCHANGE_S)

    async def close(self) -> None:
        """Let go of the connection; the next call opens another."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(httpx.HTTPError, OSError):  # TimeoutError is an OSError
                async with asyncio.timeout(_CLOSE_S):
                    await client.aclose()

    async def _exchange(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        content: AsyncIterator[bytes] | None,
        longest_s: float,
    ) -> Reply:
        try:
            client = await self._open()
            async with asyncio.timeout(longest_s):
                url = self._address.root + path
                async with client.stream(method, url, headers=headers, content=content) as response:
                    return Reply(response.status_code, response.headers, await _bounded(response))
        except CredentialsUnusable as error:
            raise NotDelivered("credentials", str(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # the last includes TLS and timeouts
            await self.close()
            raise explain(error) from error

    async def _open(self) -> httpx.AsyncClient:
        stamp = self._address.stamp()
        if stamp != self._opened_with:
            await self.close()
        if self._client is None:
            self._opened_with = stamp
            self._client = httpx.AsyncClient(
                verify=self._address.tls(),
                # The bound on the answer holds for what comes over the wire: it must not unpack to more.
                headers={
                    "User-Agent": self._agent,
                    "Accept-Encoding": "identity",
                    **self._address.headers(),
                },
                timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_S),
                limits=httpx.Limits(max_connections=1, keepalive_expiry=60.0),
                follow_redirects=False,
            )
        return self._client

    async def _paced(self, packed: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(packed), _CHUNK_BYTES):
            chunk = packed[start : start + _CHUNK_BYTES]
            await asyncio.sleep(self._bucket.take(len(chunk), time.monotonic()))
            yield chunk


async def _bounded(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise NotDelivered("failing", "the cloud's answer has no end; is this its address?")
    return body


def explain(error: Exception) -> NotDelivered:
    """Tell in words what went wrong on the wire, and what a person can do about it."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            text = f"the cloud's certificate does not hold: {cause.verify_message}"
            hint = "check the box's clock and [cloud] ca"
            return NotDelivered("untrusted", f"{text}; {hint}")
        if isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or ""):
            said = (cause.reason or "").lower().replace("_", " ")
            return NotDelivered(
                "credentials", f"the cloud refused the box's certificate ({said}); enrol it anew"
            )
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return NotDelivered("slow", "the cloud does not answer in time")
    if any(isinstance(cause, ConnectionResetError | ssl.SSLEOFError) for cause in _causes(error)):
        # Often all that is left of a refused certificate: the alert is lost with the connection.
        return NotDelivered(
            "unreachable", "the cloud hung up; perhaps it wants another certificate of the box"
        )
    said = next((str(cause) for cause in _causes(error) if str(cause)), type(error).__name__)
    return NotDelivered("unreachable", f"the cloud cannot be reached: {said}")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
