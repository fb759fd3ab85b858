"""Looks once a day whether the program's own files are what was installed. It tells; it stops nothing."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from gateway.events.log import EventLog
from gateway.health import Health
from gateway.redaction import shorten_paths
from provisioning.software.integrity import Inspection, inspect_files, installed

PART: Final = "program"
EVENT: Final = "program"
FIRST_S: Final = 300.0
"""A box that starts has better things to do."""
EVERY_S: Final = 86_400.0
_NAMED: Final = 3


class ProgramCheck:
    """Lives on the event loop; the looking is done by a thread that takes a twentieth of a core."""

    def __init__(
        self,
        *,
        health: Health,
        events: EventLog,
        packages: Callable[[], Iterable[Path]] = installed,
        first_s: float = FIRST_S,
    ) -> None:
        """Prepare; `packages` finds them, the first look is `first_s` after the start."""
        self._health = health
        self._events = events
        self._packages = packages
        self._first_s = first_s
        self._stopping = threading.Event()

    async def run(self) -> None:
        """Look every day, until cancelled."""
        try:
            await asyncio.sleep(self._first_s)
            while True:
                await self.look()
                await asyncio.sleep(EVERY_S)
        finally:
            self._stopping.set()

    async def look(self) -> None:
        """Look at every file once, and tell."""
        found = await asyncio.to_thread(lambda: inspect_files(self._packages(), pause=self._stopping.wait))
        if found is None:
            return
        reason = shorten_paths(_reason(found))
        news = self._health.set(PART, "degraded" if found.changed else "ok", reason)
        if news and found.changed:
            changed = [shorten_paths(each) for each in found.changed[:100]]
            self._events.record(EVENT, actor="box", subject="gymbox", outcome="changed", files=changed)


def _reason(found: Inspection) -> str:
    if found.changed:
        named = ", ".join(found.changed[:_NAMED])
        more = f" and {len(found.changed) - _NAMED} more" if len(found.changed) > _NAMED else ""
        return f"not as installed: {named}{more}; install this version again, and find out who changed it"
    if found.unlisted:
        return f"not checked, as installed in place or without a list: {', '.join(found.unlisted)}"
    return ""
