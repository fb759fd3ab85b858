"""Where the box's store lies and which tables it holds."""

from pathlib import Path
from typing import Final

from sqlite_utils import Migrations

from gateway import adoption, homeassistant, tokens, tuning
from gateway.events import rows as event_rows
from gateway.hearts import rows as heart_rows
from gateway.members import members, wellbeing
from gateway.planning import rows as plan_rows
from gateway.sessions import rows as session_rows
from sync import outbox

FILE_NAME: Final = "gymbox.sqlite3"
MIGRATIONS: Final[tuple[Migrations, ...]] = (
    outbox.migrations,
    members.migrations,
    session_rows.migrations,
    adoption.migrations,
    tokens.migrations,
    tuning.migrations,
    event_rows.migrations,
    homeassistant.migrations,
    wellbeing.migrations,
    plan_rows.migrations,
    heart_rows.migrations,
)


def store_path(data_dir: Path) -> Path:
    """Return the path of the store in a data folder."""
    return data_dir / FILE_NAME
