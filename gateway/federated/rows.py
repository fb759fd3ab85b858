"""In which rounds this box took part, and what each has cost; never deleted, for a budget is spent for good.

An update is written down before it leaves and sent again as it is until it has arrived: the same update with
new noise would tell twice as much.
"""

from dataclasses import dataclass
from typing import Final

from sqlite_utils import Database, Migrations

migrations: Final = Migrations("gateway.federated")


@migrations()
def create_federated_part(db: Database) -> None:
    """One row a round; `body` is what waits to be sent, null once it has arrived or was refused."""
    db.execute(
        """
        CREATE TABLE federated_part (
            round_id TEXT PRIMARY KEY,
            mu REAL NOT NULL,
            made_at TEXT NOT NULL,
            body TEXT
        ) STRICT
        """
    )


@dataclass(frozen=True, slots=True)
class Part:
    """An update that was made.

    Attributes:
        round_id: for which round.
        mu: what it tells at most (`recommender.federated.privacy`).
        made_at: ISO 8601, UTC.
        body: as it travels.
    """

    round_id: str
    mu: float
    made_at: str
    body: str


@dataclass(frozen=True, slots=True)
class SavePart:
    """Write down what is about to leave; a round that is there already keeps what it has."""

    part: Part

    def __call__(self, db: Database) -> None:
        """Insert the row."""
        part = self.part
        db.execute(
            "INSERT OR IGNORE INTO federated_part (round_id, mu, made_at, body) VALUES (?, ?, ?, ?)",
            (part.round_id, part.mu, part.made_at, part.body),
        )


@dataclass(frozen=True, slots=True)
class SettlePart:
    """Forget the numbers of an update that has arrived, or never will; that it was made stays."""

    round_id: str

    def __call__(self, db: Database) -> None:
        """Update the row."""
        db.execute("UPDATE federated_part SET body = NULL WHERE round_id = ?", (self.round_id,))


def waiting_part(db: Database) -> Part | None:
    """Return the oldest update that has not arrived yet."""
    row = db.execute(
        "SELECT round_id, mu, made_at, body FROM federated_part WHERE body IS NOT NULL"
        " ORDER BY made_at LIMIT 1"
    ).fetchone()
    return None if row is None else Part(*row)


def took_part(db: Database, round_id: str) -> bool:
    """Return whether an update was made for a round."""
    found = db.execute("SELECT 1 FROM federated_part WHERE round_id = ?", (round_id,)).fetchone()
    return found is not None


def spent(db: Database) -> list[float]:
    """Return the mu of every update that was made."""
    return [mu for (mu,) in db.execute("SELECT mu FROM federated_part").fetchall()]
