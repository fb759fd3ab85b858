"""Software of the box: what was signed as a release, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from provisioning.assignment import ORIGINAL
from provisioning.twin import Fields
from sync.cloud import audit
from sync.cloud.rollout.kinds.kind import ReleaseUnknown
from sync.cloud.rollout.plan import STEPWISE, Plan
from sync.cloud.rollout.tables import SoftwareRelease

SUBJECT: Final = "gymbox"
Purpose = Literal["feature", "security"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A release of the software.

    Attributes:
        version: of the program.
        purpose: whether it mends a weakness; boxes may be set to take nothing else.
        target: where it lies in the repository, as its signature names it.
        sha256: of that file.
        published_at: when it was signed.
        withdrawn: why nobody is to get it any more; empty while boxes may.
    """

    version: str
    purpose: Purpose
    target: str
    sha256: str
    published_at: datetime
    withdrawn: str


def note_release(
    session: Session, *, version: str, purpose: Purpose, target: str, sha256: str, by: str, now: datetime
) -> None:
    """Remember a release that was signed, so that it can be rolled out; the same again changes nothing.

    One that was withdrawn and is signed again may be rolled out again.
    """
    known = session.get(SoftwareRelease, version)
    if known is None:
        known = SoftwareRelease(version=version, published_at=now)
        session.add(known)
    elif not known.withdrawn:
        return
    known.purpose, known.target, known.sha256, known.withdrawn = purpose, target, sha256, ""
    session.flush()
    _audit(session, "software.release", version, {"purpose": purpose, "sha256": sha256}, by=by, now=now)


def withdraw_release(session: Session, version: str, reason: str, *, by: str, now: datetime) -> None:
    """Let nobody have a release any more; a rollout of it halts at its next step.

    Raises:
        ReleaseUnknown: there is no such release.
    """
    found = session.get(SoftwareRelease, version)
    if found is None:
        raise ReleaseUnknown(f"there is no release {version} of the software")
    if not found.withdrawn:
        found.withdrawn = reason
        session.flush()
        _audit(session, "software.withdraw", version, {"reason": reason}, by=by, now=now)


def software_releases(session: Session) -> list[Listed]:
    """All of them, newest first."""
    wanted = select(SoftwareRelease).order_by(
        SoftwareRelease.published_at.desc(), SoftwareRelease.version.desc()
    )
    return [_listed(row) for row in session.scalars(wanted)]


class Software:
    """The program of the box; its one subject is `gymbox`."""

    original: Final[Fields] = {"version": ORIGINAL}
    plan: Final[Plan] = STEPWISE
    beside: Final = False

    def release(self, session: Session, subject: str, version: str | None, tenant_id: str | None) -> Fields:
        """A signed release; without a version, the newest that was not withdrawn.

        Raises:
            ReleaseUnknown: there is none, or it was withdrawn.
        """
        if subject != SUBJECT or tenant_id is not None:
            raise ReleaseUnknown(f"software is rolled out as {SUBJECT}, for the whole service")
        if version is None:
            found = next((each for each in software_releases(session) if not each.withdrawn), None)
        else:
            row = session.get(SoftwareRelease, version)
            found = None if row is None else _listed(row)
        if found is None:
            named = "the software has no release" if version is None else f"there is no release {version}"
            raise ReleaseUnknown(f"{named}; gymbox cloud release software signs one")
        if found.withdrawn:
            raise ReleaseUnknown(f"{subject} {found.version} was withdrawn: {found.withdrawn}")
        return {
            "version": found.version,
            "target": found.target,
            "sha256": found.sha256,
            "purpose": found.purpose,
        }

    def withdrawn(self, session: Session, subject: str, version: str) -> str:
        """That somebody has withdrawn it, and why."""
        del subject
        found = session.get(SoftwareRelease, version)
        return "" if found is None or not found.withdrawn else f"was withdrawn: {found.withdrawn}"

    def settle(self, session: Session, subject: str, version: str) -> None:
        """Nothing else follows: the finished rollout tells new boxes."""


def _listed(row: SoftwareRelease) -> Listed:
    return Listed(
        version=row.version,
        purpose=cast("Purpose", row.purpose),
        target=row.target,
        sha256=row.sha256,
        published_at=row.published_at,
        withdrawn=row.withdrawn,
    )


def _audit(session: Session, action: str, version: str, detail: Fields, *, by: str, now: datetime) -> None:
    subject = f"{SUBJECT} {version}"
    line = audit.Line(at=now, tenant_id=None, actor=by, action=action, subject=subject, detail=detail)
    audit.append(session, line)
