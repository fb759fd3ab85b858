"""Models, as the registry knows them."""

from typing import Final

from sqlalchemy.orm import Session

from provisioning.assignment import ORIGINAL
from provisioning.twin import Fields
from sync.cloud.registry import registry
from sync.cloud.registry.registry import CHALLENGER, CHAMPION, ModelVersionUnknown
from sync.cloud.rollout.kinds.kind import ReleaseUnknown
from sync.cloud.rollout.plan import CAREFUL, Plan


class Models:
    """Models of plans and of cameras."""

    original: Final[Fields] = {"version": ORIGINAL}
    plan: Final[Plan] = CAREFUL
    beside: Final = True

    def release(self, session: Session, subject: str, version: str | None, tenant_id: str | None) -> Fields:
        """The signed release of a model's version; without one, of the registry's challenger.

        Raises:
            ReleaseUnknown: there is none, it is not signed, or it may not be used any more.
        """
        if tenant_id is not None:
            raise ReleaseUnknown("models are learned from all gyms and rolled out for the whole service")
        if version is None:
            found = registry.get_model_version_by_alias(session, subject, CHALLENGER)
            if found is None:
                raise ReleaseUnknown(f"the model {subject} has no challenger; train one, or name a --version")
        else:
            try:
                found = registry.get_model_version(session, subject, version)
            except ModelVersionUnknown as error:
                raise ReleaseUnknown(str(error)) from error
        if why := self.withdrawn(session, subject, found.version):
            raise ReleaseUnknown(f"{subject} {found.version} {why}; train another version")
        tags = registry.tags(session, found)
        try:
            target, sha256 = tags["release.target"], tags["release.sha256"]
        except KeyError:
            raise ReleaseUnknown(f"{subject} {found.version} is not signed yet; release it first") from None
        return {"version": found.version, "target": target, "sha256": sha256}

    def withdrawn(self, session: Session, subject: str, version: str) -> str:
        """That it has learned from somebody who was erased since, if it has."""
        try:
            found = registry.get_model_version(session, subject, version)
        except ModelVersionUnknown:
            return ""
        return "" if found.stale_since is None else "has learned from somebody who was erased since"

    def settle(self, session: Session, subject: str, version: str) -> None:
        """Make it the champion, and nobody's challenger; one that was never registered becomes neither."""
        try:
            registry.set_registered_model_alias(session, subject, CHAMPION, version)
        except ModelVersionUnknown:
            return
        challenger = registry.get_model_version_by_alias(session, subject, CHALLENGER)
        if challenger is not None and challenger.version == version:
            registry.delete_registered_model_alias(session, subject, CHALLENGER)
