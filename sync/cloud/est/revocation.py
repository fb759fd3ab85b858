"""The revocation list: made anew every day and when somebody was sent away; the same for every process."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from sync.cloud.database.database import Database
from sync.cloud.est.files import FileAuthority
from sync.cloud.est.profile import Revoked
from sync.cloud.est.tables import CertificateRow, RevocationListRow
from sync.cloud.gateways import utc_now

_EVERY: Final = timedelta(days=1)


class RevocationLists:
    """Makes the list when it is due, and gives the newest."""

    def __init__(
        self, database: Database, authority: FileAuthority, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._authority = authority
        self._clock = clock

    def newest(self) -> bytes:
        """The list as it is to be, DER; makes another one when the last is a day old or tells too little."""
        issuer = self._authority.issuer
        with self._database.read() as session:
            kept = session.get(RevocationListRow, issuer)
            if kept is not None and not self._is_due(session, kept):
                return kept.der
        with self._database.write() as session:
            kept = session.get(RevocationListRow, issuer, with_for_update=True)
            if kept is not None and not self._is_due(session, kept):  # another process was first
                return kept.der
            revoked, now = self._revoked(session), self._clock()
            made = self._authority.revocation_list(
                [_told(row) for row in revoked if row.not_after > now],
                number=(number := 1 if kept is None else kept.number + 1),
                now=now,
            )
            session.merge(
                RevocationListRow(issuer=issuer, number=number, revoked=len(revoked), der=made, made_at=now)
            )
            return made

    def _is_due(self, session: Session, kept: RevocationListRow) -> bool:
        # Counted, as of two transactions the one with the earlier time may end later.
        count = select(func.count()).select_from(CertificateRow).where(*self._which())
        return kept.made_at + _EVERY <= self._clock() or session.scalars(count).one() != kept.revoked

    def _revoked(self, session: Session) -> list[CertificateRow]:
        query = select(CertificateRow).where(*self._which()).order_by(CertificateRow.revoked_at)
        return list(session.scalars(query).all())

    def _which(self) -> tuple[ColumnElement[bool], ...]:
        return CertificateRow.revoked_at.is_not(None), CertificateRow.issuer == self._authority.issuer


def _told(row: CertificateRow) -> Revoked:
    assert row.revoked_at is not None  # noqa: S101 - what was asked for
    return Revoked(int(row.serial, 16), row.revoked_at, x509.ReasonFlags[row.reason or "unspecified"])
