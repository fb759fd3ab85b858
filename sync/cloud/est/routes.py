"""`/.well-known/est`: certificates for boxes by EST (RFC 7030, RFC 8951), and the revocation list."""

import math
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final

from anyio import to_thread
from cryptography import x509
from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel

from provisioning.identity import messages
from sync.cloud.api.body import read_body
from sync.cloud.api.identity import PEER, Caller
from sync.cloud.est.refusal import EstRefusal, unknown_claim
from sync.cloud.est.registration import Registration
from sync.cloud.gateways import GatewayRevoked, Gateways, GatewayUnknown, Peer
from sync.cloud.throttle import FailureThrottle

LIST_PATH: Final = "/api/v1/crl"
_MOST_BYTES: Final = 16 * 1024
_CERTS_ONLY: Final = f"{messages.CERTIFICATES_TYPE}; smime-type=certs-only"
_TEXT: Final = "text/plain; charset=utf-8"
_basic = HTTPBasic(auto_error=False, realm="est", description="A box's id, and the secret of its claim")
Login = Annotated[HTTPBasicCredentials | None, Depends(_basic)]
_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    "default": {"description": "Why not, for people.", "content": {"text/plain": {}}}
}


class Myself(BaseModel):
    """Who the service takes a box for."""

    gateway_id: str
    gym_id: str
    tenant_id: str


def routes(
    registration: Registration,
    gateways: Gateways,
    *,
    factory: frozenset[str] = frozenset(),
    revocations: Callable[[], bytes] | None = None,
) -> APIRouter:
    """Return the routes; `factory` are the issuers whose certificates stand for a claim's secret."""
    router = APIRouter(tags=["identity"])
    desk = _Desk(registration, gateways, factory)
    _public(router, registration, revocations)

    @router.post(f"{messages.WELL_KNOWN}/simpleenroll", summary="A first certificate", responses=_REFUSALS)
    async def simple_enroll(request: Request, login: Login) -> Response:
        """Sign a request (PKCS#10, base64) of whoever shows a claim, or a certificate of the factory."""
        return await _answer(lambda body: desk.enrol(request, login, body), request)

    @router.post(f"{messages.WELL_KNOWN}/simplereenroll", summary="The next certificate", responses=_REFUSALS)
    async def simple_reenroll(request: Request) -> Response:
        """Sign a request with a new key of whoever shows the certificate that it is to follow."""
        return await _answer(lambda body: desk.renew(request, body), request)

    @router.get("/api/v1/identity", summary="Who am I")
    async def myself(caller: Caller) -> Myself:
        """Tell a box whom its certificate or token stands for."""
        return Myself(gateway_id=caller.gateway_id, gym_id=caller.gym_id, tenant_id=caller.tenant_id)

    return router


def _public(router: APIRouter, registration: Registration, revocations: Callable[[], bytes] | None) -> None:
    @router.get(f"{messages.WELL_KNOWN}/cacerts", summary="Whom boxes trust", responses=_REFUSALS)
    def ca_certs() -> Response:
        """Give the certificates of the authority, as a certs-only message."""
        try:
            anchors = list(registration.anchors())
        except EstRefusal as refusal:
            return _refused(refusal)
        return Response(messages.write_certificates(anchors), media_type=_CERTS_ONLY)

    @router.get(f"{messages.WELL_KNOWN}/csrattrs", summary="What a request has to be like")
    async def csr_attributes() -> Response:
        """Ask for a key on P-256 and ECDSA with SHA-256."""
        return Response(messages.to_wire(messages.ATTRIBUTES), media_type=messages.ATTRIBUTES_TYPE)

    if revocations is not None:

        @router.get(LIST_PATH, summary="The revocation list, DER", response_class=Response)
        def revocation_list() -> Response:
            """Give the newest list."""
            return Response(revocations(), media_type="application/pkix-crl")


class _Desk:
    """Finds out who asks, and passes the request on. Its calls block; for threads."""

    def __init__(self, registration: Registration, gateways: Gateways, factory: frozenset[str]) -> None:
        self._registration = registration
        self._gateways = gateways
        self._factory = factory
        self._throttle = FailureThrottle()

    def enrol(
        self, request: Request, login: HTTPBasicCredentials | None, body: bytes
    ) -> Sequence[x509.Certificate]:
        """Issue for a claim.

        Raises:
            EstRefusal: why not.
        """
        peer = _peer(request)
        if login is not None:
            gateway_id = login.username
            self._prove(request.client.host if request.client else "unknown", gateway_id, login.password)
        elif peer is not None and peer.issuer in self._factory:
            gateway_id = peer.name
        else:
            raise EstRefusal(
                HTTPStatus.UNAUTHORIZED, "Show a claim: HTTP Basic, the box's id and the secret."
            )
        return self._registration.enrol(gateway_id, _request(body))

    def renew(self, request: Request, body: bytes) -> Sequence[x509.Certificate]:
        """Issue for a certificate.

        Raises:
            EstRefusal: why not.
        """
        peer = _peer(request)
        if peer is None:
            raise EstRefusal(HTTPStatus.UNAUTHORIZED, "Show the certificate that is to be renewed, in TLS.")
        try:
            identity = self._gateways.by_certificate(peer)
        except GatewayUnknown:
            raise EstRefusal(HTTPStatus.FORBIDDEN, "This certificate is nobody's.") from None
        except GatewayRevoked as error:
            raise EstRefusal(HTTPStatus.FORBIDDEN, str(error)) from None
        return self._registration.renew(peer, identity.gateway_id, _request(body))

    def _prove(self, client: str, gateway_id: str, secret: str) -> None:
        now_s = time.monotonic()
        if (wait_s := self._throttle.wait_s(client, now_s)) > 0:
            raise EstRefusal(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many wrong claims. Wait, then try again.",
                math.ceil(wait_s),
            )
        self._throttle.failed(client, now_s)
        if not self._registration.is_claimed_by(gateway_id, secret):
            raise unknown_claim()
        self._throttle.succeeded(client)


def _peer(request: Request) -> Peer | None:
    peer: Peer | None = request.scope.get("extensions", {}).get(PEER)
    return peer


def _request(body: bytes) -> x509.CertificateSigningRequest:
    try:
        return messages.read_request(body)
    except messages.MessageBroken as error:
        raise EstRefusal(HTTPStatus.BAD_REQUEST, f"Refused: {error}.") from error


async def _answer(work: Callable[[bytes], Sequence[x509.Certificate]], request: Request) -> Response:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != messages.REQUEST_TYPE:
        refusal = EstRefusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The content type must be {messages.REQUEST_TYPE}."
        )
        return _refused(refusal)
    body = await read_body(request, most_bytes=_MOST_BYTES, what="request")
    try:
        chain = await to_thread.run_sync(work, body)
    except EstRefusal as refusal:
        return _refused(refusal)
    only_issued = [chain[0]]  # RFC 7030, 4.2.3; what leads to the root is in cacerts
    return Response(messages.write_certificates(only_issued), media_type=_CERTS_ONLY)


def _refused(refusal: EstRefusal) -> Response:
    headers = {"Cache-Control": "no-store"}
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Basic realm="est"'
    if refusal.retry_after_s is not None:
        headers["Retry-After"] = str(refusal.retry_after_s)
    return Response(refusal.text, refusal.status, headers, media_type=_TEXT)
