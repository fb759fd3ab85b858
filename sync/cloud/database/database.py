"""One door to the database: transactions that end, timeouts on everything, errors that can be acted on."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

_PATIENCE_S: Final = 5
_STATEMENT_S: Final = 30
_LOCK_S: Final = 10
_CONNECTIONS: Final = 8
_RETRY_S: Final = 0.01
_READS: Final = "gymbox_reads"


class DatabaseUnavailable(Exception):  # noqa: N818 - named by what happened
    """The database did not answer, or not in time; asking again later may help. The text names no secret."""


class Database:
    """Sessions on SQLite or PostgreSQL.

    Args:
        url: `sqlite:///file` or `postgresql+psycopg://user@host/name`.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self.engine = _engine(url)
        self._reads = self.engine.execution_options(**{_READS: True})

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that is committed at the end, or rolled back by any exception.

        On SQLite there is one at a time; on PostgreSQL whoever decides something locks the rows that it
        decides by.

        Raises:
            DatabaseUnavailable: it cannot be reached, is locked for too long, or has no room.
        """
        with _told(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.connection()  # begins here, not at the first statement
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One transaction that only reads, and waits for no writer.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        with _told(), Session(self._reads, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def columns(self) -> Iterator[Connection]:
        """One transaction that only reads, and columns alone: what every request asks.

        A session that keeps track of objects costs four times as much as such a question itself.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        with _told(), self._reads.connect() as connection:
            yield connection

    def ping(self) -> None:
        """Ask for nothing and wait for the answer.

        Raises:
            DatabaseUnavailable: none came.
        """
        with self.read() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as error:
        raise _unavailable(error) from error
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # what was asked is at fault, not the database
            raise
        raise _unavailable(error) from error
    except PoolTimeout as error:
        raise DatabaseUnavailable("every connection to the database is in use") from error


def _unavailable(error: DBAPIError) -> DatabaseUnavailable:
    """Say what the driver said; SQLAlchemy's own text would repeat the statement with its values."""
    lines = str(error.orig).strip().splitlines()
    return DatabaseUnavailable(lines[0] if lines else type(error.orig).__name__)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _PATIENCE_S}, pool_timeout=_PATIENCE_S)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = " ".join(
        f"-c {name}={seconds * 1000}"
        for name, seconds in {
            "statement_timeout": _STATEMENT_S,
            "lock_timeout": _LOCK_S,
            "idle_in_transaction_session_timeout": 2 * _STATEMENT_S,
        }.items()
    )
    return create_engine(
        url,
        connect_args={"connect_timeout": _PATIENCE_S, "options": options, "application_name": "gymbox"},
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_timeout=_PATIENCE_S,
        pool_pre_ping=True,
    )


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; `_begin_sqlite` does
    _switch_to_wal(connection)
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _switch_to_wal(connection: Any) -> None:
    """Of several that open a new file at once SQLite turns away all but one, whatever the timeout."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline_s:
                raise
            time.sleep(_RETRY_S)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
