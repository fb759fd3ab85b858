"""What the box tells the cloud: one record, one JSON document.

A record is delivered at least once and applied exactly once: its id, a UUIDv7 made on the box, is what the
cloud knows it by. Its JSON is canonical (keys sorted by code point, no spaces, UTF-8, no NaN), so that the
same record is always the same bytes. That is this project's own rule, not RFC 8785: numbers are written as
Python writes them.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, get_args

import uuid_utils

from sync.pseudonym import PSEUDONYM_PATTERN, Pseudonym

RecordKind = Literal["session", "plan", "device", "health", "erase"]
ClockNote = Literal["restamped"]
KINDS: Final[tuple[RecordKind, ...]] = get_args(RecordKind)
SCHEMA: Final = 1
# A long session is about 20 kB; the bound keeps one record from filling the outbox or a request to the cloud.
MAX_RECORD_BYTES: Final = 256 * 1024
# About a machine or the box itself, never about a person.
_IMPERSONAL: Final = frozenset({"device", "health"})
_CLOCK_NOTES: Final = (None, *get_args(ClockNote))
_KEYS: Final = frozenset({"schema", "id", "kind", "created_at", "member", "body"})
_ID_PATTERN: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class RecordRejected(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """This cannot become a record; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing that happened, ready to leave the box.

    Attributes:
        id: UUIDv7, lower case with hyphens.
        kind: What it tells of.
        created_at: When it was made, aware; kept to the millisecond in UTC.
        member: Whom it is about, as a keyed pseudonym; None for `device` and `health`.
        body: The JSON object of this kind.
        schema: The version of the form, 1.
        clock: "restamped" when the box's clock was wrong as it was made, and its moments are an estimate; it
            stands in the JSON only then.
    """

    id: str
    kind: RecordKind
    created_at: datetime
    body: Mapping[str, object]
    member: Pseudonym | None = None
    schema: int = SCHEMA
    clock: ClockNote | None = None

    def __post_init__(self) -> None:
        """Refuse what the cloud would refuse, while the caller can still see why."""
        if self.kind not in KINDS:
            raise RecordRejected(f"record kind {self.kind!r} is none of {', '.join(KINDS)}")
        if self.schema != SCHEMA:
            raise RecordRejected(f"record schema {self.schema} is not {SCHEMA}, the one this version writes")
        if not _ID_PATTERN.fullmatch(self.id):
            raise RecordRejected(f"record id {self.id!r} is not a UUIDv7 in lower case")
        if self.created_at.tzinfo is None:
            raise RecordRejected("record created_at has no timezone")
        if self.clock not in _CLOCK_NOTES:
            raise RecordRejected("record clock can only be 'restamped'")
        self._check_member()

    def _check_member(self) -> None:
        if self.member is None:
            if self.kind == "erase":
                raise RecordRejected("an erase record must say whom to erase")
            return
        if self.kind in _IMPERSONAL:
            raise RecordRejected(f"a {self.kind} record must not be about a member")
        if not PSEUDONYM_PATTERN.fullmatch(self.member):
            # The value is not repeated: it may be the very name that must not leave the box.
            raise RecordRejected("record member is not a pseudonym; members leave the box only as one")

    def to_json(self) -> str:
        """The canonical JSON of the record.

        Raises:
            RecordRejected: The body is not JSON, or the whole is longer than 256 KiB in UTF-8.
        """
        text = _canonical(
            {
                "schema": self.schema,
                "id": self.id,
                "kind": self.kind,
                "created_at": stamp(self.created_at),
                "member": self.member,
                "body": dict(self.body),
                **({} if self.clock is None else {"clock": self.clock}),
            }
        )
        size = len(text.encode())
        if size > MAX_RECORD_BYTES:
            raise RecordRejected(
                f"{self.kind} record {self.id} has {size} bytes, more than {MAX_RECORD_BYTES}"
            )
        return text


def new_record(
    kind: RecordKind,
    body: Mapping[str, object],
    *,
    member: Pseudonym | None = None,
    created_at: datetime | None = None,
) -> Record:
    """Make a record with a new id, now unless `created_at` says otherwise.

    Raises:
        RecordRejected: The parts do not fit together.
    """
    return Record(
        id=str(uuid_utils.uuid7()),
        kind=kind,
        created_at=created_at or datetime.now(UTC),
        member=member,
        body=body,
    )


def parse_record(text: str | bytes) -> Record:
    """Read a record from its JSON, as the cloud does.

    Raises:
        RecordRejected: It is too long, no JSON, or no record of schema 1.
    """
    if len(text if isinstance(text, bytes) else text.encode()) > MAX_RECORD_BYTES:
        raise RecordRejected(f"record is longer than {MAX_RECORD_BYTES} bytes")
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RecordRejected(f"record is not JSON: {error}") from error
    if not isinstance(document, dict) or document.keys() - {"clock"} != _KEYS:
        raise RecordRejected(f"record is not an object with exactly the keys {', '.join(sorted(_KEYS))}")
    if not isinstance(document["body"], dict):
        raise RecordRejected("record body is not an object")
    if not isinstance(document["member"], str | None) or not isinstance(document["id"], str):
        raise RecordRejected("record id and member must be text")
    return Record(**{**document, "created_at": parse_stamp(document["created_at"])})


def stamp(moment: datetime) -> str:
    """An aware moment as text, UTC to the millisecond: sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_stamp(text: object) -> datetime:
    """The moment that `stamp` wrote.

    Raises:
        RecordRejected: It is not such a text.
    """
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter: in UTC it would lie before the year 1, or after 9999
        pass
    raise RecordRejected(f"created_at {text!r} is not an ISO 8601 moment with a timezone")


def _canonical(document: Mapping[str, object]) -> str:
    try:
        text = json.dumps(
            document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise RecordRejected(f"record body is not JSON: {error}") from error
    return text


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")
