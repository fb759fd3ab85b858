"""Everything that the box knows of a member, as JSON: theirs to take along."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlite_utils import Database

from gateway.live.snapshot import iso_ms
from gateway.members.members import TABLES, demand_known

_JSON: Final = frozenset(
    {"report", "progress", "steps", "document", "feedback", "injuries", "conditions", "known"}
)
# Numbers of records that went to the cloud tell nothing of a person, and a PIN's hash only helps a thief.
_NOT_THEIRS: Final = frozenset({"record_id", "member_id", "salt", "hash"})


def export_member(db: Database, member_id: str, now: datetime, pseudonym: str) -> str:
    """Return all rows about a member as one JSON object, with a list for each table.

    With the pseudonym whoever operates the cloud finds what is there: `gymbox cloud members export`.

    Raises:
        MemberUnknown: nothing is stored under this id.
    """
    demand_known(db, member_id)
    profile = next(_rows(db, "member", "id", member_id), None)
    tables = {table: list(_rows(db, table, "member_id", member_id)) for table in TABLES}
    everything = {
        "id": member_id,
        "pseudonym": pseudonym,
        "exported_at": iso_ms(now),
        "member": profile,
        **tables,
    }
    return json.dumps(everything, ensure_ascii=False)


def _rows(db: Database, table: str, column: str, member_id: str) -> Iterator[dict[str, Any]]:
    for row in db.query(f"SELECT * FROM {table} WHERE {column} = ?", (member_id,)):  # noqa: S608 - our own names
        yield {
            name: json.loads(value) if name in _JSON and value is not None else value
            for name, value in row.items()
            if name not in _NOT_THEIRS
        }
