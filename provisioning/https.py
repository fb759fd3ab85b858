"""Downloading by https: certificates always checked, redirects only to https, every wait bounded."""

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from provisioning.fetch import Readable, SourceFailed

_USER_AGENT: Final = "gymbox"


@contextmanager
def open_https(
    url: str,
    *,
    expected_size: int,
    stall_timeout_s: float,
    total_timeout_s: float,
    ca_file: Path | None = None,
) -> Iterator[Readable]:
    """Open an https address for reading.

    The proxy settings of the environment apply. The certificate is checked against the system's authorities
    and those in `ca_file`; there is no way to turn that off.

    Args:
        url: The address.
        expected_size: A server that announces another length is refused before a byte is read.
        stall_timeout_s: The longest silence.
        total_timeout_s: The longest that the whole may take, however steadily it trickles.
        ca_file: Further authorities to trust, as PEM: a gym's own mirror.

    Raises:
        SourceFailed: There is no such answer; the reason is for people.
    """
    if not url.startswith("https://"):
        raise SourceFailed("only https addresses are downloaded")
    deadline_s = time.monotonic() + total_timeout_s
    request = urllib.request.Request(url, headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"})  # noqa: S310 - https, checked above
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=_trust(ca_file)), _OnlyHttpsRedirects()
    )
    try:
        response = opener.open(request, timeout=stall_timeout_s)
    except (OSError, http.client.HTTPException) as error:
        raise SourceFailed(_reason(error, stall_timeout_s)) from error
    with response:
        announced = response.headers.get("Content-Length")
        if announced is not None and announced != str(expected_size):
            raise SourceFailed(f"the server announces {announced} bytes, expected {expected_size}")
        yield _Deadlined(response, deadline_s)


class _OnlyHttpsRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never away from https."""

    def redirect_request(  # noqa: PLR0917 - the signature is the standard library's
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if not newurl.startswith("https://"):
            fp.close()
            raise SourceFailed(f"the server redirects to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Deadlined:
    """Reads what has come, and stops at the deadline."""

    def __init__(self, response: Any, deadline_s: float) -> None:
        self._response = response
        self._deadline_s = deadline_s

    def read(self, size: int, /) -> bytes:
        if time.monotonic() > self._deadline_s:
            raise TimeoutError("the download took too long")
        chunk: bytes = self._response.read1(size)
        return chunk


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            raise SourceFailed(f"certificate authorities {ca_file}: {error.strerror or error}") from error
    return context


def _reason(error: Exception, stall_timeout_s: float) -> str:
    if isinstance(error, urllib.error.HTTPError):
        with error:
            return f"the server answers {error.code} {error.reason}"
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {cause.verify_message}"
    if isinstance(cause, TimeoutError):
        return f"no answer within {stall_timeout_s:g} s"
    if isinstance(cause, OSError):
        return f"no connection: {cause.strerror or cause}"
    return f"no usable answer: {cause}"
