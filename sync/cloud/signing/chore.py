"""What the service does for its releases by itself: signing anew what is due, with the keys that it has."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sync.cloud.readiness import Degraded
from sync.cloud.signing.keys import KeyTrouble, load_keys
from sync.cloud.signing.refresh import refresh
from sync.cloud.signing.repository import Repository, RepositoryTrouble

_log = logging.getLogger(__name__)
# The shortest term is a day, and is renewed after half of it.
EVERY_S: Final = 900.0


def keep_fresh(repository: Path, online_keys: Path) -> None:
    """Sign what is due; for one process of the service or for many at once.

    Raises:
        Degraded: A role waits for keys that are offline, or nothing can be signed.
    """
    try:
        done = refresh(Repository(repository), load_keys(online_keys), now=datetime.now(UTC))
    except (KeyTrouble, RepositoryTrouble) as error:
        _log.error("releases cannot be signed: %s", error)
        raise Degraded("releases cannot be signed; the log says why") from error
    if done.signed:
        _log.info("signed anew: %s", ", ".join(done.signed))
    if done.waiting:
        raise Degraded(
            f"half of the time of {', '.join(done.waiting)} is over; sign with the offline keys:"
            " gymbox cloud keys renew"
        )
