"""Bundles of diagnostics: taken from the box that was asked for one, kept for a while, then deleted.

A row is written first and says that bytes may be there; they count when `stored_at` says so. Killed between,
the box sends the bundle again, or the row is deleted with whatever there is when its time is over.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from provisioning.jobs import OPEN
from sync.cloud import audit
from sync.cloud.database.database import Database
from sync.cloud.gateways import Identity, utc_now
from sync.cloud.jobs.service import JobUnknown
from sync.cloud.jobs.tables import DiagnosticsBundle, JobExecution, JobRow
from sync.cloud.lake.objects import ObjectExists, ObjectMissing, ObjectStore

MAX_BYTES: Final = 8 * 1024 * 1024
KEEP: Final = timedelta(days=30)
_ZIP: Final = b"PK\x03\x04"
_KIND: Final = "collect_diagnostics"
_MOST_SWEPT: Final = 100


class BundleRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """What was sent is no bundle, or none was asked for any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleInfo:
    """A bundle as lists show it."""

    job_id: str
    gateway_id: str
    bytes: int
    sha256: str
    stored_at: datetime


class Bundles:
    """The bundles of all boxes."""

    def __init__(
        self, database: Database, objects: ObjectStore, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock

    def take(self, caller: Identity, job_id: str, body: bytes) -> None:
        """Keep what a box sends for a job; the same again changes nothing.

        Raises:
            JobUnknown: the box was not asked for this.
            BundleRefused: the job has ended, another bundle was sent for it, or this is none.
            StoreUnavailable: it cannot be kept now.
        """
        if not body.startswith(_ZIP):
            raise BundleRefused("what was sent is no zip file")
        sha256 = hashlib.sha256(body).hexdigest()
        with self._database.write() as session:
            row = self._announce(session, caller.gateway_id, job_id, len(body), sha256)
            if row.stored_at is not None:
                return
            name = row.object_name
        with suppress(ObjectExists):  # from before a kill; its name has the digest in it
            self._objects.put_new(name, body)
        with self._database.write() as session:
            stored = session.get(DiagnosticsBundle, (job_id, caller.gateway_id))
            if stored is not None and stored.stored_at is None:
                stored.stored_at = self._clock()

    def all(self, *, tenant_id: str | None = None, gateway_id: str | None = None) -> list[BundleInfo]:
        """The bundles that are kept, newest first, of a tenant or of all, of one box or of all."""
        asked = (
            select(DiagnosticsBundle)
            .join(JobRow, JobRow.id == DiagnosticsBundle.job_id)
            .where(DiagnosticsBundle.stored_at.is_not(None))
            .order_by(DiagnosticsBundle.begun_at.desc(), DiagnosticsBundle.job_id)
        )
        if tenant_id is not None:
            asked = asked.where(JobRow.tenant_id == tenant_id)
        if gateway_id is not None:
            asked = asked.where(DiagnosticsBundle.gateway_id == gateway_id)
        with self._database.read() as session:
            return [
                BundleInfo(
                    job_id=row.job_id,
                    gateway_id=row.gateway_id,
                    bytes=row.bytes,
                    sha256=row.sha256,
                    stored_at=row.stored_at,
                )
                for row in session.scalars(asked)
                if row.stored_at is not None
            ]

    def read(self, job_id: str, gateway_id: str, *, by: str, tenant_id: str | None = None) -> bytes:
        """A bundle, a zip file; that it was read stands in the audit.

        Raises:
            JobUnknown: there is none, its time is over, or it is another tenant's.
            StoreUnavailable: it cannot be read now.
        """
        with self._database.write() as session:
            row = session.get(DiagnosticsBundle, (job_id, gateway_id))
            job = session.get(JobRow, job_id)
            if row is None or job is None or row.stored_at is None or tenant_id not in {None, job.tenant_id}:
                raise JobUnknown(f"there are no diagnostics of {gateway_id[:64]} for job {job_id[:64]}")
            audit.append(
                session,
                audit.Line(
                    at=self._clock(),
                    tenant_id=job.tenant_id,
                    actor=by,
                    action="diagnostics.read",
                    subject=f"job {job_id}",
                    detail={"gateway": gateway_id, "sha256": row.sha256},
                ),
            )
            name = row.object_name
        try:
            return self._objects.get(name)
        except ObjectMissing as error:
            raise JobUnknown(f"the diagnostics for job {job_id[:64]} are gone") from error

    def sweep(self) -> None:
        """Delete what is older than `KEEP`; a chore of the service.

        Raises:
            StoreUnavailable: an object cannot be deleted now; it is tried again.
        """
        with self._database.read() as session:
            old = select(DiagnosticsBundle).where(DiagnosticsBundle.begun_at < self._clock() - KEEP)
            rows = session.scalars(old.limit(_MOST_SWEPT)).all()
        for row in rows:
            self._objects.delete(row.object_name)
            with self._database.write() as session:
                gone = session.get(DiagnosticsBundle, (row.job_id, row.gateway_id))
                if gone is not None:
                    session.delete(gone)

    def _announce(
        self, session: Session, gateway_id: str, job_id: str, size: int, sha256: str
    ) -> DiagnosticsBundle:
        job = session.get(JobRow, job_id)
        execution = session.get(JobExecution, (job_id, gateway_id), with_for_update=True)
        if job is None or execution is None or job.kind != _KIND:
            raise JobUnknown("this box was not asked for diagnostics under this id")
        there = session.get(DiagnosticsBundle, (job_id, gateway_id))
        if there is not None and there.sha256 == sha256:
            return there
        if there is not None and there.stored_at is not None:
            raise BundleRefused("other diagnostics were sent for this job before")
        if execution.state not in OPEN:
            raise BundleRefused(f"the job has ended: {execution.state}")
        if there is not None:  # its bytes never arrived whole
            self._objects.delete(there.object_name)
            session.delete(there)
            session.flush()
        row = DiagnosticsBundle(
            job_id=job_id,
            gateway_id=gateway_id,
            object_name=f"diagnostics/{gateway_id}/{job_id}-{sha256[:16]}.zip",
            bytes=size,
            sha256=sha256,
            begun_at=self._clock(),
            stored_at=None,
        )
        session.add(row)
        return row
