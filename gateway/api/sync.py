"""How far the cloud has what the box recorded."""

from datetime import datetime
from typing import Literal

from pydantic import Field
from sqlite_utils import Database

from gateway.api.auth import Box, Operator, Overseer
from gateway.api.v1 import v1_router
from gateway.live.snapshot import Message, Stamp
from sync import outbox, refused, retention
from sync.record import RecordKind
from sync.upload.state import UploadState

router = v1_router("sync", "/sync")


class DroppedReport(Message):
    """Records that never reached the cloud and are no longer on the box, since it was set up."""

    kind: RecordKind
    reason: retention.DropReason
    count: int
    last_at: Stamp


class RefusedReport(Message):
    """Records that the cloud refuses for good."""

    kept: int = Field(description="How many are set aside on the box.")
    counts: dict[RecordKind, int] = Field(description="How many there were since the box was set up.")
    reason: str | None = Field(description="The cloud's words for the latest; null when none is set aside.")
    refused_at: Stamp | None


class SyncReport(Message):
    """The outbox, and how it gets to the cloud."""

    outbox_depth: int = Field(description="Records that wait for the cloud.")
    outbox_bytes: int
    oldest_age_s: float | None = Field(description="Age of the oldest of them; null when none waits.")
    last_success_at: Stamp | None = Field(description="When the cloud last took records; null before that.")
    state: Literal["off", "ok", "degraded"] = Field(description="Off: no cloud is configured.")
    reason: str = Field(description="What is wrong and what helps; empty when nothing is.")
    clock_ahead_s: float | None = Field(description="Of the box, seen from the cloud; null: not known.")
    dropped: list[DroppedReport]
    refused: RefusedReport


class Moved(Message):
    """How many records it was."""

    records: int


@router.get("", summary="What waits for the cloud")
async def sync_report(box: Box, _overseer: Overseer) -> SyncReport:
    """Say how much waits and for how long, and what became of what does not."""
    state, now = box.upload(), box.clock.utc_now()
    return await box.store.read(lambda db: _report(db, state, now))


@router.post("/refused/retry", summary="Offer refused records to the cloud once more")
async def retry(box: Box, _operator: Operator) -> Moved:
    """Put what is set aside back into the outbox; after an update of the cloud or of the box."""
    return Moved(records=await box.store.write(lambda db: refused.retry(db.conn)))


@router.delete("/refused", summary="Give refused records up")
async def discard(box: Box, _operator: Operator) -> Moved:
    """Delete what is set aside; it is counted among what was dropped."""
    now = box.clock.utc_now()
    return Moved(records=await box.store.write(lambda db: refused.discard(db.conn, now=now)))


def _report(db: Database, state: UploadState, now: datetime) -> SyncReport:
    status, set_aside = outbox.status(db.conn), refused.refusals(db.conn)
    return SyncReport(
        outbox_depth=status.depth,
        outbox_bytes=status.bytes,
        oldest_age_s=status.oldest_age_s(now),
        last_success_at=state.last_success_at,
        state=state.level,
        reason=state.reason,
        clock_ahead_s=state.ahead_s,
        dropped=[
            DroppedReport(kind=each.kind, reason=each.reason, count=each.count, last_at=each.last_at)
            for each in retention.dropped(db.conn)
        ],
        refused=RefusedReport(
            kept=set_aside.kept,
            counts=dict(set_aside.counts),
            reason=set_aside.reason,
            refused_at=set_aside.refused_at,
        ),
    )
