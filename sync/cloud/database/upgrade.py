"""Bring a database to the tables of this version; several processes may begin at once."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from sync.cloud.database.database import Database

_SCRIPTS: Final = Path(__file__).parent / "migrations"
# Any number, as long as every process of the cloud takes the same.
_LOCK: Final = 4_796_617


class DatabaseUnknown(Exception):  # noqa: N818 - named by what happened
    """The database has tables that this version does not know; the text says what to do."""


def upgrade(database: Database) -> None:
    """Run the migrations that are missing, in one transaction; nothing is left half done.

    Raises:
        DatabaseUnknown: a newer version of Gymbox has written it.
        DatabaseUnavailable: it cannot be reached, or another process upgrades it for too long.
    """
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    with database.write() as session:
        connection = session.connection()
        _lock(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise DatabaseUnknown(
                f"the database is not of this version of Gymbox: {error}. Run the newest that ever used it"
            ) from error


def _lock(connection: Connection) -> None:
    """Keep others out until the end of the transaction; on SQLite it does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
