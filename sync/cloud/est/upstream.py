"""The authority elsewhere: an EST server that signs, while the service decides who may ask."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from provisioning.identity.client import EstClient, NotAnswered
from provisioning.identity.judgement import Issued, Wait, anchors_of, judge
from provisioning.identity.messages import MessageBroken, common_name
from sync.cloud.est.authority import AuthorityUnavailable, AuthorityWaits

_RETRY_S: Final = 60.0


class Upstream:
    """Passes requests on, in the name of a registration authority (RFC 7030, 1.1).

    Args:
        client: speaks to the server.
        login: that the server knows us by.
    """

    def __init__(self, client: EstClient, login: tuple[str, str]) -> None:
        self._client = client
        self._login = login

    def anchors(self) -> Sequence[x509.Certificate]:
        """What the server has boxes trust.

        Raises:
            AuthorityUnavailable: it does not answer, or is no EST server.
        """
        try:
            return anchors_of(self._client.ca_certs())
        except (NotAnswered, MessageBroken) as error:
            raise AuthorityUnavailable(str(error)) from error

    def issue(self, request: x509.CertificateSigningRequest, now: datetime) -> Sequence[x509.Certificate]:
        """Have the server sign.

        Raises:
            AuthorityUnavailable: it does not answer, refuses, or sent what is not what was asked for.
            AuthorityWaits: it has to think about it.
        """
        anchors, key = self.anchors(), request.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)  # noqa: S101 - `profile.checked_key` has seen it
        try:
            answer = self._client.enroll(request.public_bytes(Encoding.DER), self._login)
        except NotAnswered as error:
            raise AuthorityUnavailable(str(error)) from error
        gateway_id = common_name(request.subject) or ""
        verdict = judge(answer, key, gateway_id, anchors, now=now, backoff_s=_RETRY_S)
        if isinstance(verdict, Issued):
            return verdict.chain
        if isinstance(verdict, Wait) and verdict.for_person:
            raise AuthorityWaits(round(verdict.after_s))
        raise AuthorityUnavailable(verdict.reason)
