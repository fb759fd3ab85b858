"""What a kind of release must be able to say."""

from typing import Protocol

from sqlalchemy.orm import Session

from provisioning.twin import Fields
from sync.cloud.rollout.plan import Plan


class ReleaseUnknown(LookupError):  # noqa: N818 - named by what happened, as all errors of the project are
    """There is nothing that could be rolled out; the text says what is missing, and how to get it."""


class Kind(Protocol):
    """One named shadow."""

    @property
    def original(self) -> Fields:
        """What a box goes back to that never got anything by a rollout."""

    @property
    def plan(self) -> Plan:
        """What is done unless somebody says otherwise."""

    @property
    def beside(self) -> bool:
        """Whether a version can run beside the one that works, so that a group may be in shadow mode."""

    def release(self, session: Session, subject: str, version: str | None, tenant_id: str | None) -> Fields:
        """What a box is told so that it gets a version; None takes the newest, or the one that is proposed.

        Raises:
            ReleaseUnknown: there is no such version, or it may not leave, or not for this tenant.
        """

    def withdrawn(self, session: Session, subject: str, version: str) -> str:
        """Why a version may not be used any more; empty while it may."""

    def settle(self, session: Session, subject: str, version: str) -> None:
        """Note that this is everybody's now."""
