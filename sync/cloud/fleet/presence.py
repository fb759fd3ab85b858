"""Whether a box is there, by when it was last heard of. Pure."""

from datetime import datetime, timedelta
from typing import Final, Literal, get_args

Presence = Literal["online", "late", "offline", "never", "revoked"]
PRESENCES: Final[tuple[Presence, ...]] = get_args(Presence)
# A box asks every minute, give or take, and what it asked is noted ten seconds later.
ONLINE: Final = timedelta(minutes=3)
LATE: Final = timedelta(hours=1)


def presence(*, last_seen_at: datetime | None, revoked_at: datetime | None, now: datetime) -> Presence:
    """In one word: heard of within minutes, within the hour, longer ago, never; or sent away."""
    if revoked_at is not None:
        return "revoked"
    if last_seen_at is None:
        return "never"
    silent = now - last_seen_at
    return "online" if silent <= ONLINE else "late" if silent <= LATE else "offline"
