"""The one thread of the upload: its own event loop, so that every wait ends at once when the box stops."""

import asyncio
import logging
import threading
from contextlib import suppress
from typing import Final

from sync.upload.ports import OutboxUnavailable
from sync.upload.uploader import Uploader

_log = logging.getLogger(__name__)

STOP_S: Final = 2.0
# After the store failed, or something nobody foresaw.
_RETRY_S: Final = 10.0


class UploadThread:
    """Turns the uploader until it is stopped."""

    def __init__(self, uploader: Uploader) -> None:
        self._uploader = uploader
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self.failures = 0

    def start(self) -> None:
        """Begin; returns at once."""
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._run())
        self._thread = threading.Thread(target=self._serve, name="cloud-upload", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at once: something was put into the outbox that should not wait for the next look."""
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._news.set)

    def stop(self, timeout_s: float = STOP_S) -> bool:
        """Give up whatever waits, an exchange in flight included: what is not acknowledged stays.

        Returns False when the thread did not end in time.
        """
        thread, loop, task = self._thread, self._loop, self._task
        if thread is None or loop is None or task is None:
            return True
        with suppress(RuntimeError):  # it has ended by itself
            loop.call_soon_threadsafe(task.cancel)
        thread.join(timeout_s)
        return not thread.is_alive()

    def _serve(self) -> None:
        loop, task = self._loop, self._task
        if loop is None or task is None:
            return
        try:
            with suppress(asyncio.CancelledError):
                loop.run_until_complete(task)
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(asyncio.sleep(0))  # connections that were closed end on the next round
            loop.close()

    async def _run(self) -> None:
        try:
            while True:
                wait_s = await self._turn()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), wait_s)
                self._news.clear()
        finally:
            await self._uploader.close()

    async def _turn(self) -> float:
        try:
            return await self._uploader.turn()
        except OutboxUnavailable:  # the store's own state tells of it
            self.failures += 1
        except Exception:  # noqa: BLE001 - the next turn must come whatever was wrong with this; counted
            self.failures += 1
            _log.exception("a turn of the upload failed")
        return _RETRY_S
