"""What operators do about enrolment: claims are made, boxes that wait are let in or sent away."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, select

from sync.cloud.database.database import Database
from sync.cloud.database.tables import Gateway, Gym
from sync.cloud.est import claims
from sync.cloud.est.tables import CertificateRow, Claim, Decision
from sync.cloud.gateway_rows import let_in, tell
from sync.cloud.gateways import SERVICE, utc_now

CLAIM_DAYS: Final = 30


class EnrolmentUnknown(LookupError):  # noqa: N818 - named by what happened
    """No box of this name waits for a decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A box that waits for an operator; compare the fingerprint with the one that the box shows."""

    gateway_id: str
    gym_id: str
    tenant_id: str
    key_fingerprint: str
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateInfo:
    """A certificate as lists show it."""

    serial: str
    gateway_id: str
    not_before: datetime
    not_after: datetime
    issued_at: datetime
    first_used_at: datetime | None
    superseded_at: datetime | None
    revoked_at: datetime | None
    reason: str | None


class Enrolments:
    """Claims, and the certificates that came of them. Calls block on the database; for threads."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def claim(
        self,
        gateway_id: str,
        *,
        gym_id: str,
        tenant_id: str,
        expires_days: float = CLAIM_DAYS,
        approval: bool = False,
        by: str = SERVICE,
    ) -> str:
        """Let a box enrol once; returns `ID:SECRET`, shown this once. What it was given before ends.

        Raises:
            GatewayRefused: an id is malformed, or the gateway or the gym is somebody else's, or is no more.
        """
        secret, salt, now = claims.new_secret(), claims.new_salt(), self._clock()
        with self._database.write() as session:
            let_in(session, gateway_id, gym_id=gym_id, tenant_id=tenant_id, now=now)
            session.merge(
                Claim(
                    gateway_id=gateway_id,
                    salt=salt,
                    secret_hash=claims.hash_of(secret, salt),
                    approval=approval,
                    created_at=now,
                    expires_at=now + timedelta(days=expires_days),
                    key_sha256=None,
                    asked_at=None,
                    decision=None,
                    used_at=None,
                )
            )
            tell(session, gateway_id, tenant_id, "gateway.claim", by=by, at=now)
        return f"{gateway_id}:{secret}"

    def pending(self, *, tenant_id: str | None = None) -> list[Pending]:
        """The boxes that wait for a decision, of a tenant or of all, who came first before the others."""
        with self._database.read() as session:
            query = _waiting().order_by(Claim.asked_at, Claim.gateway_id)
            if tenant_id is not None:
                query = query.where(Gym.tenant_id == tenant_id)
            return [
                Pending(
                    gateway_id=claim.gateway_id,
                    gym_id=gym.id,
                    tenant_id=gym.tenant_id,
                    key_fingerprint=claim.key_sha256 or "",
                    asked_at=claim.asked_at or claim.created_at,
                )
                for claim, gym in session.execute(query).all()
            ]

    def approve(self, gateway_id: str, *, by: str = SERVICE, tenant_id: str | None = None) -> None:
        """Let the box that waits have its certificate when it asks again.

        Raises:
            EnrolmentUnknown: no such box waits, in this tenant if one is named.
        """
        self._decide(gateway_id, "approved", "gateway.approve", by, tenant_id)

    def reject(self, gateway_id: str, *, by: str = SERVICE, tenant_id: str | None = None) -> None:
        """Send the box that waits away; it needs another claim to come again.

        Raises:
            EnrolmentUnknown: no such box waits, in this tenant if one is named.
        """
        self._decide(gateway_id, "rejected", "gateway.reject", by, tenant_id)

    def certificates(self, gateway_id: str) -> list[CertificateInfo]:
        """Every certificate that a box ever had, newest first."""
        query = select(CertificateRow).where(CertificateRow.gateway_id == gateway_id)
        names = CertificateInfo.__dataclass_fields__
        with self._database.read() as session:
            rows = session.scalars(query.order_by(CertificateRow.issued_at.desc())).all()
            return [CertificateInfo(**{name: getattr(row, name) for name in names}) for row in rows]

    def _decide(
        self, gateway_id: str, decision: Decision, action: str, by: str, tenant_id: str | None
    ) -> None:
        with self._database.write() as session:
            found = session.execute(_waiting().where(Claim.gateway_id == gateway_id)).one_or_none()
            if found is None or tenant_id not in (None, found[1].tenant_id):
                raise EnrolmentUnknown(
                    f"no box {gateway_id} waits; gymbox cloud gateways pending shows who does"
                )
            claim, gym = found
            claim.decision = decision
            told = {"key": claim.key_sha256 or ""}
            tell(session, gateway_id, gym.tenant_id, action, by=by, at=self._clock(), **told)


def _waiting() -> Select[Claim, Gym]:
    query = select(Claim, Gym).join(Gateway, Gateway.id == Claim.gateway_id).join(Gym)
    return query.where(Claim.asked_at.is_not(None), Claim.decision.is_(None), Claim.used_at.is_(None))
