"""The thread that ties a child process to its parent.

The main thread of a capture or inference process may sit in a call into a library
that does not return. This thread still reads commands, still sends the status, and
ends the process in time when the parent asks for it, hangs up or dies.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import selectors
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

from vision.processes.messages import Stop

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

logger = logging.getLogger(__name__)

EXIT_LIFELINE = 4
TICK_S = 0.25
_GRACE_S = 0.7


class Lifeline:
    """Reads commands and watches the parent; ``stopping`` is set when the process should end."""

    def __init__(
        self,
        *,
        connection: Connection[Any, Any],
        on_command: Callable[[Any], None],
        on_tick: Callable[[float], None],
        grace_s: float = _GRACE_S,
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        """Both callbacks run in this thread; ``on_tick`` is called about four times a second."""
        self._connection = connection
        self._on_command = on_command
        self._on_tick = on_tick
        self._grace_s = grace_s
        self._leave = leave
        self._finished = threading.Event()
        self.stopping = threading.Event()

    def start(self) -> None:
        """Begin; the thread never keeps the process alive."""
        threading.Thread(target=self._run, name="lifeline", daemon=True).start()

    def finish(self) -> None:
        """The main thread is done and leaves by itself."""
        self._finished.set()

    def _run(self) -> None:
        try:
            self._watch()
        except Exception:
            logger.exception("The watch over this process failed; it ends, to be started again")
            self._leave(EXIT_LIFELINE)
        if not self._finished.wait(self._grace_s):
            self._leave(0)

    def _watch(self) -> None:
        parent = multiprocessing.parent_process()
        # Kept for good: `multiprocessing.connection.wait` makes one for each call, most of what a tick cost.
        with selectors.DefaultSelector() as ends:
            ends.register(self._connection, selectors.EVENT_READ)
            if parent is not None:
                ends.register(parent.sentinel, selectors.EVENT_READ)
            while not self._finished.is_set():
                ready = [key.fileobj for key, _ in ends.select(TICK_S)]
                if parent is not None and parent.sentinel in ready:
                    self._leave(0)
                if self._connection in ready and not self._receive():
                    self.stopping.set()
                self._on_tick(time.monotonic())
                if self.stopping.is_set():
                    return

    def _receive(self) -> bool:
        """Take one command; False when the process should end."""
        try:
            command = self._connection.recv()
        except (EOFError, OSError):
            return False
        if isinstance(command, Stop):
            return False
        self._on_command(command)
        return True


def leave_interrupts_to_parent() -> None:
    """Ctrl-C reaches every process of a terminal; the parent alone decides what stops when."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
