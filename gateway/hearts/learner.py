"""Learns from sessions that have ended: one at a time, beside the event loop, never in anybody's way."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from gateway.hearts.rows import SaveHeart, load_heart
from gateway.store.store import Store, StoreError
from recommender.heart_response.recording import Recording

_log = logging.getLogger(__name__)

# More sessions than end in a minute, in any gym; a recording is 35 kB.
_MOST_WAITING: Final = 64
# Two hours of session take half a second on a quiet machine.
PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a session showed.

    Attributes:
        unit: of the loads.
        day: of the session, in the gym.
    """

    session_id: str
    member_id: str
    unit: str
    day: date
    recording: Recording


class HeartLearner:
    """Takes lessons in order; lives on the event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: asyncio.Queue[Lesson] = asyncio.Queue(maxsize=_MOST_WAITING)
        self.learned = 0
        self.failed = 0
        self.dropped = 0

    def take(self, lesson: Lesson) -> None:
        """Have it learned soon; one too many is dropped and counted."""
        try:
            self._waiting.put_nowait(lesson)
        except asyncio.QueueFull:
            self.dropped += 1
            _log.warning("nothing is learned of session %s: too many wait", lesson.session_id)

    async def run(self) -> None:
        """Learn, until cancelled; what waits then is not learned."""
        while True:
            lesson = await self._waiting.get()
            try:
                await self._learn(lesson)
            except StoreError as error:  # the store's own state tells the rest
                self.failed += 1
                _log.warning("nothing is learned of session %s: %s", lesson.session_id, error)
            except Exception:  # noqa: BLE001 - one heart must not keep the others from being learned; counted
                self.failed += 1
                _log.exception("nothing is learned of session %s", lesson.session_id)
            finally:
                self._waiting.task_done()

    async def _learn(self, lesson: Lesson) -> None:
        before = await self._store.read(partial(load_heart, member_id=lesson.member_id, unit=lesson.unit))
        async with asyncio.timeout(PATIENCE_S):
            after = await asyncio.to_thread(before.after, lesson.recording, lesson.day)
        if await self._store.write(SaveHeart(lesson.session_id, lesson.member_id, after)):
            self.learned += 1
