"""Which releases of the software there are: those that somebody has signed, wherever that was done."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final, cast

from sync.cloud.database.database import Database
from sync.cloud.rollout.kinds.software import (
    Listed,
    Purpose,
    note_release,
    software_releases,
    withdraw_release,
)
from sync.cloud.signing.refresh import delegations
from sync.cloud.signing.repository import Repository
from sync.cloud.signing.software import ROLE

EVERY_S: Final = 60.0
_BY: Final = "service"
_WITHDRAWN: Final = "whoever signs software has withdrawn it"


def note_signed(database: Database, repository: Repository, *, clock: Callable[[], datetime]) -> None:
    """Have the database know what is signed now; what is no longer is withdrawn.

    Raises:
        RepositoryTrouble: the repository cannot be read.
    """
    if not repository.exists:
        return
    signed = _signed(repository)
    with database.read() as session:
        gone, fresh = _news(software_releases(session), signed)
    if not gone and not fresh:
        return
    with database.write() as session:
        for version in gone:
            withdraw_release(session, version, _WITHDRAWN, by=_BY, now=clock())
        for version in fresh:
            target, sha256, purpose = signed[version]
            note_release(
                session, version=version, purpose=purpose, target=target, sha256=sha256, by=_BY, now=clock()
            )


def _news(known: Sequence[Listed], signed: Collection[str]) -> tuple[list[str], list[str]]:
    """Versions that are signed no longer, and those that are by now.

    What a person has withdrawn does not come back by a signature that it still has.
    """
    open_ = {each.version for each in known if not each.withdrawn}
    for_good = {each.version for each in known if each.withdrawn not in ("", _WITHDRAWN)}
    return sorted(open_.difference(signed)), sorted(set(signed) - open_ - for_good)


def _signed(repository: Repository) -> dict[str, tuple[str, str, Purpose]]:
    """Target, digest and purpose of each version."""
    if ROLE not in delegations(repository.targets().signed):
        return {}
    return {
        target.path.split("/")[2]: (
            target.path,
            target.hashes["sha256"],
            cast("Purpose", target.custom["purpose"]),
        )
        for target in repository.targets(ROLE).signed.targets.values()
    }
