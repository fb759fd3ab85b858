"""Restarting what the supervisor runs, and having the cameras found again."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from gateway.jobs.handler import Done, Parameters, Progress
from vision.processes.messages import CameraStatus

BOX: Final = "box"
_REASON: Final = "restarted on a job of the cloud"
_ASK_S: Final = 0.2
# So long a camera may take to be found; one that has not been by then is told as it is.
_CAMERA_S: Final = 20.0


class Supervised(Protocol):
    """The supervisor of the box's processes."""

    def restarts(self) -> dict[str, int]:
        """Return how often each child was started again."""

    def pids(self) -> dict[str, int]:
        """Return the process ids of the children that run."""

    def kill(self, name: str, reason: str) -> None:
        """End a child; it is started again."""

    def restart_now(self, name: str) -> None:
        """Start a waiting child without waiting any longer."""


class RestartPart:
    """A process that the supervisor runs, or the whole box."""

    def __init__(self, supervisor: Supervised, *, restart_box: Callable[[], None]) -> None:
        self._supervisor = supervisor
        self._restart_box = restart_box

    def refuses(self, parameters: Parameters) -> str:
        """Refuse a part that is not here."""
        part, there = parameters["part"], sorted(self._supervisor.restarts())
        if part == BOX or part in there:
            return ""
        return f"there is no part {part} here; there are {', '.join([BOX, *there])}"

    async def work(self, job_id: str, parameters: Parameters, progress: Progress) -> Done:
        """Restart it, and wait until it runs."""
        del job_id, progress
        part = parameters["part"]
        if part == BOX:
            return Done({"restarting": True}, then=self._restart_box)
        await restarted(self._supervisor, part)
        return Done()


class ReprobeCameras:
    """All cameras."""

    def __init__(
        self,
        supervisor: Supervised,
        *,
        parts: Callable[[], Mapping[str, str]],
        states: Callable[[], Mapping[str, CameraStatus]],
    ) -> None:
        """`parts` are the cameras' processes, by the camera's id."""
        self._supervisor = supervisor
        self._parts = parts
        self._states = states

    def refuses(self, parameters: Parameters) -> str:
        """Refuse where there is no camera."""
        del parameters
        return "" if self._parts() else "this box has no camera"

    async def work(self, job_id: str, parameters: Parameters, progress: Progress) -> Done:
        """Open each camera anew, one after the other; how each is then is the result."""
        del job_id, parameters
        parts = self._parts()
        found: dict[str, object] = {}
        for number, (camera_id, part) in enumerate(parts.items()):
            before = self._states().get(camera_id)
            await restarted(self._supervisor, part)
            found[camera_id] = await self._settled(camera_id, before)
            progress((number + 1) / len(parts))
        return Done({"cameras": found})

    async def _settled(self, camera_id: str, before: CameraStatus | None) -> str:
        """How the camera is, once it says anything else than before and than that it starts."""
        try:
            async with asyncio.timeout(_CAMERA_S):
                while True:
                    status = self._states().get(camera_id)
                    if status is not None and status is not before and status.state != "starting":
                        return status.state
                    await asyncio.sleep(_ASK_S)
        except TimeoutError:
            status = self._states().get(camera_id)
            return "starting" if status is None else status.state


async def restarted(supervisor: Supervised, part: str) -> None:
    """Have a part started anew, and wait for its new process."""
    before = supervisor.pids().get(part)
    if before is None:
        supervisor.restart_now(part)
    else:
        supervisor.kill(part, _REASON)
    while supervisor.pids().get(part) in {None, before}:  # noqa: ASYNC110 - nobody would set an event
        await asyncio.sleep(_ASK_S)
