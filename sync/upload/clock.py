"""Is the box's clock right, and what becomes of records that were stamped while it was not. Pure.

A box without a battery for its clock wakes up in 1970, or at the time of its last shutdown, and is put right
by the network minutes or days later. Two signs are taken: a wall clock before this program was made, and one
that jumps against the clock that only goes forward. It is taken to be right after a jump.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sync.record import Record, RecordRejected, parse_stamp, stamp

# No box ran this program before. Never to be moved on: good records that wait would seem wrong.
BUILT_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
# Larger than what time services slew, and than the time between two looks: so that a stamp of that time can
# only be of the old clock or of the new one.
JUMP_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Correction:
    """Records stamped from `since` to `until` were stamped too early by `by` (too late when negative)."""

    since: datetime
    until: datetime
    by: timedelta


class ClockWatch:
    """Compares the two clocks; look at least twice as often as `JUMP_S`."""

    def __init__(self, *, now_s: float, wall: datetime, built_at: datetime = BUILT_AT) -> None:
        """Begin to watch.

        `began_at` is when that was, corrected by every jump since.

        Args:
            now_s: Seconds that only go forward, also while the machine sleeps.
            wall: Wall clock, aware.
            built_at: Before this the wall clock is wrong.
        """
        self._built_at = built_at
        self._now_s, self._wall = now_s, wall
        self._since = wall
        self.began_at = wall

    @property
    def trusted(self) -> bool:
        """Whether the wall clock could be right."""
        return self._wall >= self._built_at

    def look(self, now_s: float, wall: datetime) -> Correction | None:
        """Compare; the correction for what was stamped before a jump, or None without one.

        A jump to a time before the program was made corrects nothing: it is the new time that is wrong.
        """
        expected = self._wall + timedelta(seconds=now_s - self._now_s)
        since, jump = self._since, wall - expected
        self._now_s, self._wall = now_s, wall
        if abs(jump.total_seconds()) <= JUMP_S:
            return None
        self._since = wall
        self.began_at += jump
        if not self.trusted:
            return None
        return Correction(since, expected, jump)

    def confirm(self, service: datetime | None) -> float | None:
        """Take what time it is at a service; returns how far our clock is ahead of that in seconds.

        What was stamped before a moment at which both agreed needs no correction, whatever happens later.
        """
        if service is None:
            return None
        ahead_s = (self._wall - service).total_seconds()
        if abs(ahead_s) <= JUMP_S:
            self._since = self._wall
        return ahead_s

    def stranded(self, latest: datetime) -> Correction:
        """The correction for records of earlier runs that never knew the time, the newest stamped `latest`.

        How long ago that was nothing tells, but it was before this run: they move up to its beginning.
        """
        return Correction(datetime.min.replace(tzinfo=UTC), latest, self.began_at - latest)


def restamped(record: Record, by: timedelta) -> Record:
    """The record with its moments moved: its own, and those in its body whose key ends in `_at`."""
    moved: dict[str, Any] = _moved(record.body, by)
    return replace(record, created_at=record.created_at + by, body=moved, clock="restamped")


def _moved(value: Any, by: timedelta) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _moment(each, by) if key.endswith("_at") and isinstance(each, str) else _moved(each, by)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_moved(each, by) for each in value]
    return value


def _moment(text: str, by: timedelta) -> str:
    try:
        return stamp(parse_stamp(text) + by)
    except (RecordRejected, OverflowError):  # no moment, or none that a calendar has
        return text
