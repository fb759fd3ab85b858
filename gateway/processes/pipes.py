"""The pipes to child processes: one thread reads them all and notices who has fallen silent.

A child that is alive and says nothing (stopped, or stuck with the interpreter's lock held) does not
end by itself; only its silence shows it.
"""

from __future__ import annotations

import logging
import os
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING, Any, Final

from gateway.processes.waker import Waker

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

_log = logging.getLogger(__name__)

SILENT_S: Final = 5.0
"""A child sends a status every second; after this long without one it hangs."""
FIRST_WORD_S: Final = 30.0
"""The same for a child that has not said anything yet: importing its libraries takes its time."""
_LOOK_S: Final = 0.5
_MESSAGE_S: Final = 1.0
# Messages taken from one pipe before the next one gets its turn.
_BATCH: Final = 32


@dataclass(slots=True, eq=False)
class _Pipe:
    name: str
    connection: Connection[Any, Any]
    heard_s: float
    spoke: bool = False

    def silent(self, now_s: float) -> bool:
        return now_s - self.heard_s > (SILENT_S if self.spoke else FIRST_WORD_S)


class ChildPipes:
    """The box's ends of all pipes, by the name of the child."""

    def __init__(
        self, *, on_message: Callable[[str, object], None], on_silent: Callable[[str], None]
    ) -> None:
        """Both callbacks run on the reading thread, with the child's name."""
        self._on_message = on_message
        self._on_silent = on_silent
        self._pipes: dict[str, _Pipe] = {}
        self._open: list[_Pipe] = []
        self._lock = threading.Lock()
        self._waker = Waker()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.failures = 0
        self.unsent = 0

    def start(self) -> None:
        """Start reading."""
        self._waker.open()
        self._thread = threading.Thread(target=self._run, name="child-pipes", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop reading and close every pipe."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping.set()
        self._waker.wake()
        thread.join(timeout_s)
        with self._lock:
            for pipe in self._open:
                pipe.connection.close()
            self._open.clear()
            self._pipes.clear()
        self._waker.close()

    def attach(self, name: str, end: Connection[Any, Any]) -> None:
        """Read from this end too, and send to it; the last words of an earlier child are still read."""
        _limit_waiting(end.fileno())
        with self._lock:
            self._pipes[name] = pipe = _Pipe(name, end, time.monotonic())
            self._open.append(pipe)
        self._waker.wake()

    def detach(self, name: str) -> None:
        """Expect nothing more of a child that will not be started again."""
        with self._lock:
            self._pipes.pop(name, None)

    def send(self, name: str, command: object) -> bool:
        """Send a small command without waiting; False (counted) when the child is not there to take it."""
        with self._lock:
            pipe = self._pipes.get(name)
            try:
                if pipe is None or pipe.connection.closed or not _writable(pipe.connection):
                    self.unsent += 1
                    return False
                pipe.connection.send(command)
            except (OSError, ValueError):  # its end is closed: it is about to be restarted and told again
                self.unsent += 1
                return False
        return True

    def _run(self) -> None:
        looked_s = time.monotonic()
        while not self._stopping.is_set():
            try:
                self._read_ready()
                looked_s = self._look_for_silence(looked_s)
            except Exception:  # noqa: BLE001 - the reading goes on, or every camera is dead; logged and counted
                self.failures += 1
                _log.exception("reading from the child processes failed and goes on")
                self._stopping.wait(_LOOK_S)

    def _read_ready(self) -> None:
        with self._lock:
            pipes = {pipe.connection.fileno(): pipe for pipe in self._open}
        ready = connection.wait([self._waker.fileno(), *pipes], _LOOK_S)
        if self._waker.fileno() in ready:
            self._waker.clear()
        for pipe in [pipe for descriptor, pipe in pipes.items() if descriptor in ready]:
            self._read(pipe)

    def _read(self, pipe: _Pipe) -> None:
        for _ in range(_BATCH):
            try:
                if not pipe.connection.poll():
                    return
                message = pipe.connection.recv()
            except (EOFError, OSError):
                self._hung_up(pipe)
                return
            pipe.heard_s, pipe.spoke = time.monotonic(), True
            self._on_message(pipe.name, message)

    def _hung_up(self, pipe: _Pipe) -> None:
        """Close the pipe; only this thread does, since only this thread reads.

        Its entry stays until the next child takes the place: a child that hung up and lives on falls silent.
        """
        with self._lock:
            self._open.remove(pipe)
            pipe.connection.close()

    def _look_for_silence(self, looked_s: float) -> float:
        now_s = time.monotonic()
        with self._lock:
            pipes = list(self._pipes.values())
        # When this thread itself could not look for long (the machine slept), silence proves nothing.
        if now_s - looked_s > SILENT_S / 2:
            for pipe in pipes:
                pipe.heard_s = now_s
        for pipe in pipes:
            if pipe.silent(now_s):
                pipe.heard_s = now_s  # told once per silence
                self._on_silent(pipe.name)
        return now_s


def _writable(end: Connection[Any, Any]) -> bool:
    poll = select.poll()
    poll.register(end.fileno(), select.POLLOUT)
    return any(event & select.POLLOUT for _, event in poll.poll(0))


def _limit_waiting(descriptor: int) -> None:
    """Let no read or write wait for a child that was stopped in the middle of a message."""
    with socket.socket(fileno=os.dup(descriptor)) as end:
        limit = struct.pack("ll", int(_MESSAGE_S), 0)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
