"""Which cameras there are and how they do; never where they are, for an address may hold a password."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Path
from starlette.responses import StreamingResponse

from gateway.api.auth import Box, Operator, Overseer, still_stands
from gateway.api.problem import Problem
from gateway.api.v1 import v1_router
from gateway.live.snapshot import Message
from gateway.previews import Shown

router = v1_router("cameras", "/cameras")

_BOUNDARY: Final = "picture"
_MJPEG: Final = f"multipart/x-mixed-replace; boundary={_BOUNDARY}"


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
async def list_cameras(box: Box, _overseer: Overseer) -> CameraList:
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


@router.get(
    "/{camera_id}/preview.mjpg",
    summary="What a camera sees now, as a stream of pictures",
    response_class=StreamingResponse,
    responses={200: {"content": {_MJPEG: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def preview(
    camera_id: Annotated[str, Path(max_length=64)], box: Box, operator: Operator
) -> StreamingResponse:
    """Stream JPEG pictures, five a second at most; while nobody trains, as seldom as the camera is read.

    They go from memory to the operator's browser and are kept nowhere. Four people may look at a time; the
    stream ends with the login or token that opened it.
    """
    if camera_id not in box.cameras.camera_status:
        raise Problem(HTTPStatus.NOT_FOUND, "camera-unknown", f"There is no camera {camera_id}.")
    box.previews.demand_room()
    pictures = box.previews.watch(camera_id, lambda: still_stands(box, operator))
    return StreamingResponse(_parts(pictures), media_type=_MJPEG)


async def _parts(pictures: AsyncIterator[Shown]) -> AsyncIterator[bytes]:
    async for shown in pictures:
        head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(shown.jpeg)}\r\n\r\n"
        yield head.encode() + shown.jpeg + b"\r\n"
