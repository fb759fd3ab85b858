"""One at a time: a row that says who may run, and until when. Renewed while its owner lives.

Whoever loses it (a machine that slept, a database that was away) notices at the latest when it writes: `held`
is asked in the same transaction.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final, Self, cast

import uuid_utils
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from sync.cloud.database.database import DatabaseUnavailable
from sync.cloud.retraining.outcome import LeaseLost, RetrainingError
from sync.cloud.retraining.tables import RetrainingLease

if TYPE_CHECKING:
    from types import TracebackType

    from sqlalchemy import CursorResult, Update
    from sqlalchemy.orm import Session

    from sync.cloud.database.database import Database

LASTS_S: Final = 120.0
_RENEWALS: Final = 4
"""In the time that it lasts: three may fail."""
_STOP_S: Final = 10.0


class Lease:
    """A lease as a context: taken at its beginning, given back at its end.

    Args:
        database: the one that all who compete share.
        name: of what only one may do.
        lasts_s: how long after its owner's death another may take it.

    Raises:
        RetrainingError: on entering, when somebody else has it.
        DatabaseUnavailable: likewise, when the database does not answer.
    """

    def __init__(self, database: Database, name: str, *, lasts_s: float = LASTS_S) -> None:
        self.owner = str(uuid_utils.uuid7())
        self._database, self._name, self._lasts_s = database, name, lasts_s
        self._over = Event()
        self._renewing = Thread(target=self._renew, name=f"lease-{name}", daemon=True)

    def __enter__(self) -> Self:
        """Take it, and keep it."""
        now = datetime.now(UTC)
        taken = f"another run of {self._name} is under way, or was killed less than {self._lasts_s:g} s ago"
        try:
            with self._database.write() as session:
                row = session.get(RetrainingLease, self._name, with_for_update=True)
                if row is not None and row.until > now:
                    raise RetrainingError(f"{taken}: wait until {row.until.isoformat(timespec='seconds')}")
                session.merge(RetrainingLease(name=self._name, owner=self.owner, until=self._until()))
        except IntegrityError as error:  # two made the first row
            raise RetrainingError(f"{taken}: wait so long") from error
        self._renewing.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back, unless another has it by now."""
        self._over.set()
        self._renewing.join(_STOP_S)
        with suppress(DatabaseUnavailable), self._database.write() as session:  # it ends by itself, too
            session.execute(self._mine().values(until=datetime.now(UTC)))

    def held(self, session: Session) -> None:
        """Make sure of it, in the transaction that writes.

        Raises:
            LeaseLost: another has it.
        """
        renewed = session.execute(self._mine().values(until=self._until()))
        if cast("CursorResult[Any]", renewed).rowcount != 1:
            raise LeaseLost(f"another run of {self._name} has taken over; this one was silent for too long")

    def _renew(self) -> None:
        while not self._over.wait(self._lasts_s / _RENEWALS):
            try:
                with self._database.write() as session:
                    self.held(session)
            except DatabaseUnavailable:
                continue  # there is time for another try
            except LeaseLost:
                return  # the owner notices when it writes

    def _mine(self) -> Update:
        return update(RetrainingLease).where(
            RetrainingLease.name == self._name, RetrainingLease.owner == self.owner
        )

    def _until(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._lasts_s)


def is_free(session: Session, name: str) -> bool:
    """Whether nobody has a lease; when this is asked, not for any time after it."""
    row = session.get(RetrainingLease, name)
    return row is None or row.until <= datetime.now(UTC)
