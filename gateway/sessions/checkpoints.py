"""What a session has done so far, on the disk: a box that is killed goes on from there."""

import asyncio
from collections.abc import Callable

from gateway.clock import Clock
from gateway.sessions.active import ActiveSession
from gateway.sessions.rows import SaveActive
from gateway.store.store import Store, StoreError


class Checkpoints:
    """Writes sessions down, one at a time for each: a slow disk gets fewer, never a queue of them."""

    def __init__(self, *, store: Store, clock: Clock, runs: Callable[[ActiveSession], bool]) -> None:
        """Begin with nothing under way; `runs` says whether a session is still to be written."""
        self._store = store
        self._clock = clock
        self._runs = runs
        self._under_way: set[asyncio.Task[None]] = set()
        self.failed = 0

    def save(self, session: ActiveSession) -> None:
        """Write it beside the event loop, unless that is under way."""
        if session.saving:
            return
        session.saving, session.dirty, session.urgent = True, False, False
        task = asyncio.get_running_loop().create_task(self.save_now(session))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def save_now(self, session: ActiveSession) -> None:
        """Write it and wait for the disk; what fails is counted and left to be written again."""
        try:
            await self._store.write(SaveActive(session.row(self._clock.now_s())))
        except StoreError:
            self.failed += 1
            session.dirty, session.urgent = True, False  # the next turn of the service tries again
        finally:
            session.saving = False
        if session.urgent and self._runs(session):
            self.save(session)

    async def settle(self) -> None:
        """Wait for everything that is under way."""
        while self._under_way:
            await asyncio.gather(*self._under_way)
