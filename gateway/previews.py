"""What a camera sees: clear for an operator who sets it up, blurred for a kiosk; in memory alone."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.live.board import TooManyWatchers

if TYPE_CHECKING:
    from vision.processes.ring import Frame

MAX_VIEWERS: Final = 4
_STANDS_EVERY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture: a JPEG, and the size in pixels of what the camera gave, to which keypoints refer."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Kind:
    """How pictures are shown.

    Attributes:
        encode: makes the JPEG; called on a thread.
        pictures_a_second: how many there are at most.
        most_viewers: how many may look at a time, at all cameras together.
    """

    encode: "Callable[[Frame], bytes]"
    pictures_a_second: int
    most_viewers: int


class Previews:
    """Lends pictures to few viewers at a time; lives on the event loop."""

    def __init__(
        self,
        picture: "Callable[[str, int], Frame | None]",
        now_s: Callable[[], float],
        kind: "Kind | None" = None,
        shown: "Callable[[str], AbstractContextManager[None]]" = lambda _camera: nullcontext(),
    ) -> None:
        """`picture` gives the newest one of a camera after a number, `now_s` monotonic seconds.

        `shown` is entered with the camera while one of them is watched.
        """
        self._picture = picture
        self._now_s = now_s
        self._kind = kind or CLEAR
        self._shown = shown
        self.viewers = 0

    def demand_room(self) -> None:
        """Make sure that one more may watch.

        Raises:
            TooManyWatchers: they are as many as may.
        """
        most = self._kind.most_viewers
        if self.viewers >= most:
            raise TooManyWatchers(f"{most} previews are open already. Close one of them.")

    async def watch(
        self, camera_id: str, may_stay: Callable[[], Awaitable[bool]]
    ) -> AsyncGenerator[Shown, None]:
        """Give pictures as they come, until the viewer may not stay any more.

        Raises:
            TooManyWatchers: they are as many as may.
        """
        self.demand_room()
        self.viewers += 1
        try:
            with self._shown(camera_id):
                async for shown in self._pictures(camera_id, may_stay):
                    yield shown
        finally:
            self.viewers -= 1

    async def _pictures(
        self, camera_id: str, may_stay: Callable[[], Awaitable[bool]]
    ) -> AsyncGenerator[Shown, None]:
        seq, asked_s = 0, self._now_s()
        while True:
            if self._now_s() - asked_s >= _STANDS_EVERY_S:
                if not await may_stay():
                    return
                asked_s = self._now_s()
            frame = self._picture(camera_id, seq)
            if frame is not None:
                seq = frame.seq
                jpeg = await asyncio.to_thread(self._kind.encode, frame)
                yield Shown(jpeg, frame.width, frame.height)
            await asyncio.sleep(1 / self._kind.pictures_a_second)


def _clear(frame: "Frame") -> bytes:
    from vision.picture import jpeg  # noqa: PLC0415 - OpenCV: 16 MB, for boxes that somebody looks at

    return jpeg(frame.image)


def _blurred(frame: "Frame") -> bytes:
    from vision.picture import blurred_jpeg  # noqa: PLC0415 - OpenCV, as above

    return blurred_jpeg(frame.image)


# Enough to aim a camera and to draw a zone; each costs a core about 4 ms.
CLEAR: Final = Kind(_clear, pictures_a_second=5, most_viewers=MAX_VIEWERS)
# Enough to follow a movement, each about 2 ms of a core; as many viewers as a gym has stations.
BLURRED: Final = Kind(_blurred, pictures_a_second=8, most_viewers=32)
