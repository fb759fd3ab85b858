"""EST over HTTPS, for threads: every wait is bounded, nothing is decided here.

The service's certificate is verified in every exchange. A box whose clock is wrong cannot say whether it
holds at this time; it then leaves that one question to `times_hold`, asked with the time that the service
tells, and only when the box was given whom to trust (a pin).
"""

import ssl
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import httpx

from provisioning.identity import messages
from provisioning.identity.judgement import Answer

_CONNECT_S: Final = 10.0
_SILENCE_S: Final = 30.0
_EXCHANGE_S: Final = 90.0
_MOST_BYTES: Final = 256 * 1024
# OpenSSL's X509_V_FLAG_NO_CHECK_TIME; Python has no name for it.
_NO_CHECK_TIME: Final = 0x200000
_MYSELF: Final = "/api/v1/identity"


class NotAnswered(Exception):  # noqa: N818 - named by what happened
    """No whole answer came; the text says why and what helps.

    Attributes:
        untrusted: the service could not show who it is, or has refused the certificate that the box showed.
    """

    def __init__(self, reason: str, *, untrusted: bool = False) -> None:
        super().__init__(reason)
        self.untrusted = untrusted


@dataclass(frozen=True, slots=True)
class Service:
    """Where an EST service is, and how its certificate is verified.

    Attributes:
        url: `https://host[:port][/path]`.
        ca: whom its certificate must lead to, PEM; None: the system's authorities.
        agent: product and version, for the User-Agent header.
        clock_is_wrong: whether the box cannot judge when certificates hold.
    """

    url: str
    ca: Path | None
    agent: str
    clock_is_wrong: bool = False


class EstClient:
    """Asks one service; a connection for each question, as there are few."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def ca_certs(self) -> Answer:
        """Whom to trust, and what is the time. Raises NotAnswered."""
        return self._ask("GET", f"{messages.WELL_KNOWN}/cacerts")

    def csr_attributes(self) -> Answer:
        """What a request has to be like. Raises NotAnswered."""
        return self._ask("GET", f"{messages.WELL_KNOWN}/csrattrs")

    def enroll(self, request: bytes, login: tuple[str, str]) -> Answer:
        """Ask for a first certificate, with a claim. Raises NotAnswered."""
        return self._post("simpleenroll", request, auth=login)

    def reenroll(self, request: bytes, identity: Path) -> Answer:
        """Ask for the next one, showing the one in a file. Raises NotAnswered."""
        return self._post("simplereenroll", request, identity=identity)

    def myself(self, identity: Path) -> Answer:
        """Ask whether the service knows the certificate in a file. Raises NotAnswered."""
        return self._ask("GET", _MYSELF, identity=identity)

    def _post(self, operation: str, request: bytes, **more: Any) -> Answer:
        return self._ask(
            "POST",
            f"{messages.WELL_KNOWN}/{operation}",
            content=messages.to_wire(request),
            headers={"Content-Type": messages.REQUEST_TYPE},
            **more,
        )

    def _ask(self, method: str, path: str, *, identity: Path | None = None, **more: Any) -> Answer:
        url = self._service.url.rstrip("/") + path
        try:
            with (
                httpx.Client(
                    verify=self._tls(identity),
                    timeout=httpx.Timeout(_SILENCE_S, connect=_CONNECT_S),
                    headers={"User-Agent": self._service.agent, "Accept-Encoding": "identity"},
                    follow_redirects=False,
                ) as client,
                client.stream(method, url, **more) as response,
            ):
                self._judge_time(response)  # the certificate is gone when the service closes behind the body
                answer = _answer(response)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _explained(error) from error
        return answer

    def _tls(self, identity: Path | None) -> ssl.SSLContext:
        ca = self._service.ca
        try:
            context = ssl.create_default_context(cafile=ca)
        except OSError as error:
            raise NotAnswered(f"{ca} cannot be used as an authority: {error}", untrusted=True) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._service.clock_is_wrong:
            if ca is None:
                raise NotAnswered(
                    "the box's clock is wrong, and it was not told whom to trust; set the clock"
                )
            context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
        if identity is not None:
            context.load_cert_chain(identity)
        return context

    def _judge_time(self, response: httpx.Response) -> None:
        if not self._service.clock_is_wrong:
            return
        connection = response.extensions["network_stream"].get_extra_info("ssl_object")
        if not times_hold(connection.getpeercert(), _moment(response.headers.get("Date"))):
            raise NotAnswered(
                "the service's certificate does not hold at the time that the service tells", untrusted=True
            )


def times_hold(certificate: Any, at: datetime | None) -> bool:
    """Whether a certificate, as `ssl` gives it, holds at a moment."""
    if at is None or not certificate:
        return False
    begins, ends = (ssl.cert_time_to_seconds(certificate[name]) for name in ("notBefore", "notAfter"))
    return begins <= at.timestamp() <= ends


def _answer(response: httpx.Response) -> Answer:
    body, until_s = b"", time.monotonic() + _EXCHANGE_S
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > _MOST_BYTES or time.monotonic() > until_s:
            raise NotAnswered("the service's answer has no end; is this its address?")
    server_time = _moment(response.headers.get("Date"))
    answer = Answer(response.status_code, body, server_time=server_time)
    after = response.headers.get("Retry-After", "").strip()
    if after.isascii() and after.isdigit():
        return replace(answer, retry_after_s=float(after[:9]))
    moment = _moment(after)
    if moment is not None and server_time is not None:
        return replace(answer, retry_after_s=(moment - server_time).total_seconds())
    return answer


def _moment(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _explained(error: Exception) -> NotAnswered:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return NotAnswered(
                f"the service's certificate does not hold: {cause.verify_message}; check the authority that "
                "the box was given, and the clock",
                untrusted=True,
            )
        if isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or ""):
            said = (cause.reason or "").lower().replace("_", " ")
            return NotAnswered(f"the service refused the box's certificate ({said})", untrusted=True)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return NotAnswered("the service does not answer in time")
    return NotAnswered(f"the service cannot be reached: {str(error) or type(error).__name__}")
