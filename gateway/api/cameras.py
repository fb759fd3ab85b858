"""Which cameras there are and how they do; never where they are, for an address may hold a password."""

from fastapi import APIRouter

from gateway.api.auth import Box, Operator
from gateway.live.snapshot import Message

router = APIRouter(prefix="/cameras", tags=["cameras"])


class CameraReport(Message):
    """One camera."""

    id: str
    state: str
    reason: str
    fps: float
    frames: int
    dropped: int
    width: int
    height: int
    stations: list[str]


class CameraList(Message):
    """Every camera."""

    cameras: list[CameraReport]


@router.get("", summary="Every camera and how it does")
async def list_cameras(box: Box, _operator: Operator) -> CameraList:
    """List the cameras by id."""
    return CameraList(
        cameras=[
            CameraReport(
                id=camera_id,
                state=status.state,
                reason=status.reason,
                fps=round(status.fps, 1),
                frames=status.frames,
                dropped=status.dropped,
                width=status.width,
                height=status.height,
                stations=[each.id for each in box.stations.values() if each.camera == camera_id],
            )
            for camera_id, status in sorted(box.cameras.camera_status.items())
        ]
    )
