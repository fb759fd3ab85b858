"""From the lines that a box sent to records that may be landed: pure.

What tells of sleep, heart-rate variability or stress never leaves a box; should it come all the same, it ends
here, and the rest of the record is taken.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sync.cloud.bodies import BodyRefused, check
from sync.record import Record, RecordKind, RecordRejected, parse_record
from sync.upload.leaving import as_it_leaves, tells_of_wellbeing

MAX_RECORDS: Final = 1000
_ID: Final = re.compile(r"[\x21-\x7e]{1,64}")


class BatchRefused(ValueError):  # noqa: N818 - named by what happened
    """Nothing of the batch was applied; the text says which line is at fault."""


class BatchTooLong(BatchRefused):
    """There are more lines than a batch may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landable:
    """A record as it is kept; `body` is canonical JSON."""

    id: str
    kind: RecordKind
    created_at: datetime
    member: str | None
    schema: int
    body: str
    clock: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that will never be taken, and why."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Every id of the batch once, in one of the two; `stripped` counts records that told too much."""

    records: tuple[Landable, ...]
    refused: tuple[Refusal, ...]
    stripped: int = 0


def read_batch(text: bytes) -> Batch:
    """Read records, one a line, as they were sent; of two with the same id the first counts.

    Raises:
        BatchTooLong: more than 1000 lines.
        BatchRefused: a line has no id, so that nothing could be said of it.
    """
    lines = text.removesuffix(b"\n").split(b"\n") if text else []
    if len(lines) > MAX_RECORDS:
        raise BatchTooLong(f"{len(lines)} records in one batch; send at most {MAX_RECORDS}")
    records: dict[str, Landable] = {}
    refused: dict[str, Refusal] = {}
    stripped = 0
    for number, line in enumerate(lines, start=1):
        try:
            landable, told_too_much = _landable(parse_record(line))
        except (RecordRejected, BodyRefused) as error:
            identifier = _id_of(line, number)
            if identifier not in records:
                refused.setdefault(identifier, Refusal(identifier, str(error)))
            continue
        if landable.id not in refused and landable.id not in records:
            records[landable.id] = landable
            stripped += told_too_much
    return Batch(tuple(records.values()), tuple(refused.values()), stripped)


def _landable(record: Record) -> tuple[Landable, bool]:
    """The record as it is kept, and whether it told too much."""
    body, kept = _canonical(record.body), record
    # Written anew, no escape hides a word; and one look at the text is far cheaper than one at each key.
    if tells_of_wellbeing(body):
        kept = as_it_leaves(record, "all")
        body = _canonical(kept.body)
    check(record.kind, body)
    landable = Landable(
        id=record.id,
        kind=record.kind,
        created_at=record.created_at,
        member=record.member,
        schema=record.schema,
        body=body,
        clock=record.clock,
    )
    return landable, kept.body != record.body


def _canonical(body: Mapping[str, object]) -> str:
    """The body as `sync.record` writes it.

    Raises:
        BodyRefused: it was JSON, but cannot be written as such: an infinite number, half a character.
    """
    try:
        text = json.dumps(
            dict(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        text.encode()
    except (ValueError, RecursionError) as error:
        raise BodyRefused(f"the body is not JSON: {error}") from error
    return text


def _id_of(line: bytes, number: int) -> str:
    """The id of a line that is no record.

    Raises:
        BatchRefused: it has none.
    """
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BatchRefused(f"line {number} is not JSON, so it has no id") from error
    identifier = document.get("id") if isinstance(document, dict) else None
    if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
        raise BatchRefused(f"line {number} has no id that could be answered")
    return identifier
