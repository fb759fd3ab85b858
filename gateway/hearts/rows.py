"""What is known of hearts, in the store: the newest of each week, for as long as fitness is compared."""

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlite_utils import Database, Migrations

from recommender.heart_response.heart_json import KeptHeartError, from_json, to_json
from recommender.heart_response.known_heart import KnownHeart, unknown_heart

_log = logging.getLogger(__name__)

COMPARED_DAYS: Final = 84
"""A season: so far back fitness is compared, and what is older is let go."""

migrations: Final = Migrations("gateway.hearts")


@migrations()
def create_heart(db: Database) -> None:
    """One row a member, unit of load and week; a kilobyte each."""
    db.execute(
        """
        CREATE TABLE heart (
            member_id TEXT NOT NULL,
            unit TEXT NOT NULL,
            week TEXT NOT NULL,
            known TEXT NOT NULL CHECK (json_valid(known)),
            PRIMARY KEY (member_id, unit, week)
        ) STRICT, WITHOUT ROWID
        """
    )


@dataclass(frozen=True, slots=True)
class SaveHeart:
    """Keep what is known after a session, in place of what was known earlier in that week."""

    session_id: str
    member_id: str
    heart: KnownHeart

    def __call__(self, db: Database) -> bool:
        """Write it down, unless the session was erased meanwhile; returns whether it is there.

        Raises:
            KeptHeartError: nobody has such a heart; what was known before holds.
        """
        day, known = self.heart.last_day, to_json(self.heart)
        from_json(known)
        # With the session goes what was learned from it, and with its band when a consent is withdrawn: an
        # erased member must not come back by it.
        worn = "SELECT 1 FROM session WHERE id = ? AND band_id IS NOT NULL"
        if day is None or not db.execute(worn, (self.session_id,)).fetchone():
            return False
        db.execute(
            "INSERT OR REPLACE INTO heart (member_id, unit, week, known) VALUES (?, ?, ?, ?)",
            (self.member_id, self.heart.unit, _monday(day).isoformat(), known),
        )
        db.execute(
            "DELETE FROM heart WHERE member_id = ? AND unit = ? AND week < ?",
            (self.member_id, self.heart.unit, _monday(day - timedelta(days=COMPARED_DAYS)).isoformat()),
        )
        return True


def load_hearts(db: Database, member_id: str, unit: str) -> list[KnownHeart]:
    """Return what was known at the end of each week, oldest first; what cannot be read is left out."""
    rows = db.query(
        "SELECT week, known FROM heart WHERE member_id = ? AND unit = ? ORDER BY week", (member_id, unit)
    )
    return [heart for row in rows if (heart := _readable(row["week"], row["known"])) is not None]


def load_heart(db: Database, member_id: str, unit: str) -> KnownHeart:
    """Return what is known now; what is known of anybody when there is nothing.

    Raises:
        UnknownUnitError: there is no such unit.
    """
    known = load_hearts(db, member_id, unit)
    return known[-1] if known else unknown_heart(unit)


def load_fastest_kmh(db: Database, member_id: str, since: date) -> float | None:
    """Return the fastest that a belt has moved under a member since a day; None when it has not."""
    found = db.execute(
        "SELECT max(json_extract(report, '$.treadmill.max_speed_kmh')) FROM session"
        " WHERE member_id = ? AND status = 'ended' AND started_at >= ?",
        (member_id, since.isoformat()),
    )
    fastest_kmh: float | None = found.fetchone()[0]
    return fastest_kmh


def _readable(week: str, known: str) -> KnownHeart | None:
    try:
        return from_json(known)
    except KeptHeartError as error:
        _log.warning("what was known of a heart in the week of %s is left out: %s", week, error)
        return None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
