"""Where the box's store lies and which tables it holds."""

from pathlib import Path
from typing import Final

from sqlite_utils import Migrations

from gateway import adoption, homeassistant, tokens, tuning
from gateway.events import rows as event_rows
from gateway.federated import rows as federated_rows
from gateway.hearts import rows as heart_rows
from gateway.jobs import rows as job_rows
from gateway.members import consent, members, pins, wellbeing
from gateway.operators import accounts
from gateway.planning import rows as plan_rows
from gateway.sessions import rows as session_rows
from gateway.updates import rows as update_rows
from sync import outbox, refused, retention

FILE_NAME: Final = "gymbox.sqlite3"
MIGRATIONS: Final[tuple[Migrations, ...]] = (
    outbox.migrations,
    retention.migrations,
    refused.migrations,
    members.migrations,
    session_rows.migrations,
    adoption.migrations,
    tokens.migrations,
    accounts.migrations,
    tuning.migrations,
    event_rows.migrations,
    homeassistant.migrations,
    wellbeing.migrations,
    pins.migrations,
    consent.migrations,
    plan_rows.migrations,
    heart_rows.migrations,
    federated_rows.migrations,
    update_rows.migrations,
    job_rows.migrations,
)


def store_path(data_dir: Path) -> Path:
    """Return the path of the store in a data folder."""
    return data_dir / FILE_NAME
