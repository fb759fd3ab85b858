"""How far the cloud has what the box recorded."""

from fastapi import APIRouter
from pydantic import Field

from gateway.api.auth import Box, Operator
from gateway.live.snapshot import Message, Stamp
from sync import outbox

router = APIRouter(prefix="/sync", tags=["sync"])


class SyncReport(Message):
    """The outbox."""

    outbox_depth: int = Field(description="Records that wait for the cloud.")
    outbox_bytes: int
    oldest_age_s: float | None = Field(description="Age of the oldest of them; null when none waits.")
    last_success_at: Stamp | None = Field(description="When the cloud last took records; null before that.")


@router.get("", summary="What waits for the cloud")
async def sync_report(box: Box, _operator: Operator) -> SyncReport:
    """Say how much waits and for how long."""
    status = await box.store.read(lambda db: outbox.status(db.conn))
    return SyncReport(
        outbox_depth=status.depth,
        outbox_bytes=status.bytes,
        oldest_age_s=status.oldest_age_s(box.clock.utc_now()),
        last_success_at=box.last_sync(),
    )
