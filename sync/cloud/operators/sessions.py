"""Who is logged in: until an hour after the last use, half a day after the first, or logging out."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select, update

from sync.cloud.database.database import Database
from sync.cloud.gateways import utc_now
from sync.cloud.operators.accounts import principal_of
from sync.cloud.operators.keys import SESSION, digest, new_key
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.tables import OperatorRow, OperatorSession

IDLE: Final = timedelta(hours=1)
WHOLE: Final = timedelta(hours=12)
# Not every look needs a write.
_NOTE_USE_AFTER: Final = timedelta(minutes=1)


class Sessions:
    """The sessions of all accounts; looked up anew for every request, so that one that was ended is over."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def begin(self, name: str) -> str:
        """Begin one; returns its key, for the cookie alone. Those that have ended are forgotten."""
        key, now = new_key(SESSION), self._clock()
        with self._database.write() as session:
            over = or_(OperatorSession.used_at <= now - IDLE, OperatorSession.begun_at <= now - WHOLE)
            session.execute(delete(OperatorSession).where(over))
            session.add(OperatorSession(hash=digest(key), name=name, begun_at=now, used_at=now))
        return key

    def find(self, key: str, *, uses: bool = True) -> Principal | None:
        """Whose session it is; None when it has ended.

        Args:
            key: from the cookie.
            uses: whether a person is behind it, not a page that refreshes itself.
        """
        now, kept = self._clock(), digest(key)
        wanted = select(OperatorSession, OperatorRow).join(OperatorRow).where(OperatorSession.hash == kept)
        with self._database.read() as session:
            found = session.execute(wanted).one_or_none()
        if found is None:
            return None
        begun, operator = found
        if begun.used_at <= now - IDLE or begun.begun_at <= now - WHOLE:
            return None
        if uses and begun.used_at <= now - _NOTE_USE_AFTER:
            with self._database.write() as session:
                session.execute(
                    update(OperatorSession).where(OperatorSession.hash == kept).values(used_at=now)
                )
        return principal_of(operator)

    def end(self, key: str) -> None:
        """Log out."""
        with self._database.write() as session:
            session.execute(delete(OperatorSession).where(OperatorSession.hash == digest(key)))
