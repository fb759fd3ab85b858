"""Starts child processes of this program, each with a pipe to it."""

from __future__ import annotations

import multiprocessing
import signal
from typing import TYPE_CHECKING, Any

from gateway.processes.handle import ProcessHandle

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection


class Spawner:
    """Starts them anew, without anything of the box in their memory."""

    def __init__(self, *, log_level: str) -> None:
        """`log_level` is what children write into the log."""
        self._log_level = log_level
        self._spawn = multiprocessing.get_context("spawn")

    def start(
        self, name: str, entry: Callable[..., None], *args: object
    ) -> tuple[ProcessHandle, Connection[Any, Any]]:
        """Start a process; returns it and our end of the pipe. Raises OSError."""
        ours, theirs = self._spawn.Pipe()
        process = self._spawn.Process(
            target=entry, args=(self._log_level, *args, theirs), name=f"gymbox {name}", daemon=True
        )
        # The child inherits the mask: Ctrl-C in a terminal is the box's to answer, not its children's.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        return ProcessHandle(process), ours
