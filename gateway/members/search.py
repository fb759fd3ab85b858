"""Finding members by a part of their name or id."""

from typing import Final

from sqlite_utils import Database

from gateway.live.snapshot import Message

MOST: Final = 100

# LIKE takes % and _ for wildcards: what was typed is to be found as it stands.
_FOUND: Final = """
    SELECT member.id, display_name, max(session.started_at) AS last_trained_at
    FROM member LEFT JOIN session ON session.member_id = member.id
    WHERE display_name LIKE :part ESCAPE '\\' OR member.id LIKE :part ESCAPE '\\'
    GROUP BY member.id ORDER BY last_trained_at IS NULL, last_trained_at DESC, display_name LIMIT :limit
"""


class FoundMember(Message):
    """A member as a list shows them."""

    id: str
    display_name: str
    last_trained_at: str | None


def search_members(db: Database, words: str, limit: int) -> list[FoundMember]:
    """Return members whose name or id holds the words, who trained last first; all for no words."""
    part = words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    rows = db.query(_FOUND, {"part": f"%{part}%", "limit": min(limit, MOST)})
    return [FoundMember.model_validate(row) for row in rows]
