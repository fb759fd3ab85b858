"""The registration authority: which box gets a certificate for which key, once, and another one in time."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.orm import Session

from provisioning.identity.messages import fingerprint
from sync.cloud.database.database import Database
from sync.cloud.database.tables import Gateway, Gym, Tenant
from sync.cloud.est import claims
from sync.cloud.est.authority import Authority, AuthorityUnavailable, AuthorityWaits
from sync.cloud.est.profile import alternative_names, checked_key
from sync.cloud.est.refusal import EstRefusal, forbidden, unknown_claim
from sync.cloud.est.tables import CertificateRow, Claim
from sync.cloud.gateway_rows import find_gateway, revoke_certificates, tell
from sync.cloud.gateways import Peer, utc_now

_log = logging.getLogger(__name__)

# How soon a box that waits for a person asks again.
WAIT_S: Final = 30
_BUSY_S: Final = 60

Chain = Sequence[x509.Certificate]
"""A box's certificate, then what leads to the root."""


class Registration:
    """Lets boxes have their certificates. Calls block, on database and authority; for threads.

    Args:
        authority: who signs; None: nobody, and every request is put off.
    """

    def __init__(
        self,
        database: Database,
        authority: Authority | None,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._authority = authority
        self._clock = clock

    def anchors(self) -> Sequence[x509.Certificate]:
        """What boxes trust.

        Raises:
            EstRefusal: 503, nobody can tell now.
        """
        try:
            return self._signer().anchors()
        except AuthorityUnavailable as error:
            raise _busy(error) from error

    def is_claimed_by(self, gateway_id: str, secret: str) -> bool:
        """Whether somebody shows a box's secret; whether it still holds, `enrol` decides."""
        with self._database.read() as session:
            claim = session.get(Claim, gateway_id)
        # The same work for a box that nobody knows.
        salt, kept = ("00", "") if claim is None else (claim.salt, claim.secret_hash)
        return claims.is_secret(secret, salt, kept)

    def enrol(self, gateway_id: str, request: x509.CertificateSigningRequest) -> Chain:
        """A certificate for a box that has shown that it may use its claim.

        The same key gets the same certificate again: an answer can get lost.

        Raises:
            EstRefusal: it gets none, or none yet.
        """
        key = fingerprint(checked_key(request, gateway_id))
        with self._database.write() as session:
            issued = self._use_claim(session, gateway_id, key)
        if isinstance(issued, EstRefusal):  # what came of it stands all the same
            raise issued
        if issued is not None:
            return issued
        chain = self._sign(request)
        with self._database.write() as session:
            return self._record(session, gateway_id, key, chain)

    def renew(self, peer: Peer, gateway_id: str, request: x509.CertificateSigningRequest) -> Chain:
        """A certificate for another key, for a box that shows the one that it has.

        Raises:
            EstRefusal: it gets none.
        """
        key = fingerprint(checked_key(request, gateway_id))
        current = x509.load_der_x509_certificate(peer.der)
        if (request.subject, alternative_names(request)) != (current.subject, alternative_names(current)):
            raise forbidden("Subject and alternative name must be those of the certificate that is renewed.")
        with self._database.read() as session:
            shown = session.get(CertificateRow, (peer.issuer, peer.serial))
            if shown is None:
                raise forbidden("This certificate was not issued here; enrol with a claim.")
            if shown.key_sha256 == key:
                raise EstRefusal(HTTPStatus.BAD_REQUEST, "A certificate is renewed with a new key.")
            if (issued := _unused(session, gateway_id, key)) is not None:
                return issued
        chain = self._sign(request)
        now = self._clock()
        with self._database.write() as session:
            _, tenant_id = find_gateway(session, gateway_id, None)
            _keep(session, gateway_id, key, chain, now)
            serial = f"{chain[0].serial_number:x}"
            by = f"gateway {gateway_id}"
            tell(session, gateway_id, tenant_id, "gateway.renew", by=by, at=now, serial=serial)
        return chain

    def _use_claim(self, session: Session, gateway_id: str, key: str) -> Chain | EstRefusal | None:
        """Bind a claim to a key; what the key has, why it gets nothing, or None: to be signed."""
        query = select(Claim, Gateway, Tenant).join(Gateway, Gateway.id == Claim.gateway_id)
        query = query.join(Gym, Gym.id == Gateway.gym_id).join(Tenant).where(Claim.gateway_id == gateway_id)
        found = session.execute(query.with_for_update(of=Claim)).one_or_none()
        if found is None:
            raise unknown_claim()
        claim, gateway, tenant = found
        now = self._clock()
        if gateway.revoked_at is not None or tenant.disabled_at is not None:
            raise forbidden("This gateway or its tenant was sent away.")
        if claim.key_sha256 not in (None, key):
            told = "waits" if claim.used_at is None else "used"
            by = f"gateway {gateway_id}"
            action = "enrolment.second_key"
            tell(session, gateway_id, tenant.id, action, by=by, at=now, claim=told, key=key)
            _log.warning("gateway %s: a second key came with its claim", gateway_id)
            if claim.used_at is not None:
                return unknown_claim()
            return EstRefusal(HTTPStatus.CONFLICT, "The claim is bound to another key.")
        if claim.used_at is not None:
            return _unused(session, gateway_id, key) or unknown_claim()
        if claim.expires_at <= now:
            raise unknown_claim()
        return _step(session, claim, tenant.id, key, now)

    def _record(self, session: Session, gateway_id: str, key: str, chain: Chain) -> Chain:
        """Keep a certificate that was signed for a claim, once."""
        claim = session.get(Claim, gateway_id, with_for_update=True)
        if claim is None or claim.key_sha256 != key:  # the operator made another one meanwhile
            raise unknown_claim()
        if claim.used_at is not None and (issued := _unused(session, gateway_id, key)) is not None:
            return issued
        now = self._clock()
        _, tenant_id = find_gateway(session, gateway_id, None)
        revoke_certificates(session, gateway_id, reason="superseded", now=now)
        _keep(session, gateway_id, key, chain, now)
        claim.used_at = now
        serial, by = f"{chain[0].serial_number:x}", f"gateway {gateway_id}"
        tell(session, gateway_id, tenant_id, "gateway.enrol", by=by, at=now, serial=serial, key=key)
        return chain

    def _sign(self, request: x509.CertificateSigningRequest) -> Chain:
        try:
            return self._signer().issue(request, self._clock())
        except AuthorityWaits as error:
            text = "The certificate authority needs time."
            raise EstRefusal(HTTPStatus.ACCEPTED, text, error.retry_after_s) from error
        except AuthorityUnavailable as error:
            raise _busy(error) from error

    def _signer(self) -> Authority:
        if self._authority is None:
            raise AuthorityUnavailable("none is configured; see [identity] in the settings")
        return self._authority


def _busy(error: AuthorityUnavailable) -> EstRefusal:
    _log.error("the certificate authority cannot be used: %s", error)
    text = "The certificate authority cannot be used at the moment."
    return EstRefusal(HTTPStatus.SERVICE_UNAVAILABLE, text, _BUSY_S)


def _step(session: Session, claim: Claim, tenant_id: str, key: str, now: datetime) -> EstRefusal | None:
    """Where a claim goes when its key asks."""
    if claim.decision == "rejected":
        return forbidden("An operator rejected this box.")
    claim.key_sha256 = key
    if not claim.approval or claim.decision == "approved":
        return None
    if claim.asked_at is None:
        claim.asked_at = now
        by = f"gateway {claim.gateway_id}"
        tell(session, claim.gateway_id, tenant_id, "gateway.enrolment-waits", by=by, at=now, key=key)
    return EstRefusal(HTTPStatus.ACCEPTED, "An operator has to let this box in.", WAIT_S)


def _unused(session: Session, gateway_id: str, key: str) -> Chain | None:
    """The certificate that a key got before, whose answer may have been lost."""
    query = select(CertificateRow.chain).where(
        CertificateRow.gateway_id == gateway_id,
        CertificateRow.key_sha256 == key,
        CertificateRow.revoked_at.is_(None),
        CertificateRow.superseded_at.is_(None),
    )
    found = session.scalars(query.limit(1)).first()
    return None if found is None else x509.load_pem_x509_certificates(found.encode())


def _keep(session: Session, gateway_id: str, key: str, chain: Chain, now: datetime) -> None:
    made = chain[0]
    session.add(
        CertificateRow(
            issuer=made.issuer.rfc4514_string(),
            serial=f"{made.serial_number:x}",
            gateway_id=gateway_id,
            key_sha256=key,
            chain="".join(each.public_bytes(Encoding.PEM).decode() for each in chain),
            not_before=made.not_valid_before_utc,
            not_after=made.not_valid_after_utc,
            issued_at=now,
        )
    )
