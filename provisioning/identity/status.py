"""How a box stands with the cloud, for people and pages; never a secret."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from provisioning.identity.folder import IdentityFolder
from provisioning.identity.judgement import renewal_at

State = Literal["none", "pending", "enrolled", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityStatus:
    """Whether the box is enrolled.

    Attributes:
        state: `none`: nobody has asked for it. `pending`: on the way. `refused`: not without a new claim.
        gateway_id: as whom.
        url: at which service.
        waiting: whether somebody there has to let the box in.
        reason: why it was refused.
        fingerprint: SHA-256 of the box's public key; an operator compares it with what the service shows.
        until: when the certificate ends; also while a new claim is pending.
        renewal_at: when the box asks for the next one.
    """

    state: State = "none"
    gateway_id: str | None = None
    url: str | None = None
    waiting: bool = False
    reason: str = ""
    fingerprint: str | None = None
    until: datetime | None = None
    renewal_at: datetime | None = None


def status_of(folder: IdentityFolder) -> IdentityStatus:
    """Read how it stands.

    Raises:
        IdentityBroken: a file cannot be used.
    """
    enrolment, current = folder.enrolment(), folder.current()
    if enrolment is None:
        return IdentityStatus()
    pending = enrolment.secret is not None or (current is None and folder.next() is not None)
    state: State = "refused" if enrolment.refused else "pending" if pending else "enrolled"
    return IdentityStatus(
        state=state,
        gateway_id=enrolment.gateway_id,
        url=enrolment.url,
        waiting=enrolment.waiting,
        reason=enrolment.refused or "",
        fingerprint=folder.request_fingerprint() or (None if current is None else current.key_fingerprint),
        until=None if current is None else current.until,
        renewal_at=None if current is None else renewal_at(current.certificate),
    )
