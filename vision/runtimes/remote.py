"""A model that another process executes, each time within a deadline."""

from __future__ import annotations

import multiprocessing
import os
import socket
import struct
import subprocess
import sys
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from vision.runtimes.worker import Ready, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from numpy.typing import NDArray

_ENTRY = "from vision.runtimes.worker import main; main()"
_TRANSFER_S = 0.5
_KILL_S = 0.2


class AcceleratorLostError(RuntimeError):
    """The accelerator does not answer, or not as it should; the text says how."""


class RemoteModel:
    """A worker process from its start to its end.

    Start it on a thread that lives as long as it is needed: the worker ends with that thread.
    """

    def __init__(self, runtime: str, path: Path, threads: int = 1) -> None:
        """Start loading; returns at once."""
        self._connection, theirs = multiprocessing.Pipe()
        _limit_waiting(self._connection.fileno())
        arguments = [str(theirs.fileno()), str(os.getpid()), runtime, str(path), str(threads)]
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - the command line is this module's own
                [sys.executable, "-P", "-c", _ENTRY, *arguments],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self.pid = process.pid
        self.close = weakref.finalize(self, _end, process, self._connection)
        """Ends the process; also done when this object goes."""

    def ready(self) -> Ready | None:
        """What was loaded, or None while it loads; does not wait. Raises AcceleratorLostError."""
        try:
            word = self._connection.recv() if self._connection.poll(0) else None
        except (EOFError, OSError):
            raise AcceleratorLostError("its process ended while it loaded the model") from None
        if isinstance(word, Refused):
            raise AcceleratorLostError(word.reason)
        return word if isinstance(word, Ready) else None

    def run(self, inputs: Sequence[NDArray[Any]], deadline_s: float) -> list[NDArray[Any]]:
        """Execute the model once. Raises AcceleratorLostError; it is of no use from then on."""
        try:
            self._connection.send(list(inputs))
            if not self._connection.poll(deadline_s):
                raise AcceleratorLostError(f"no answer within {deadline_s:.1f} s")
            answer = self._connection.recv()
        except (EOFError, OSError):
            raise AcceleratorLostError("its process ended") from None
        if isinstance(answer, Refused):
            raise AcceleratorLostError(answer.reason)
        found: list[NDArray[Any]] = answer
        return found


def _end(process: subprocess.Popen[bytes], connection: Connection[Any, Any]) -> None:
    connection.close()
    process.kill()
    # One that the driver holds dies later; subprocess sees to it then.
    with suppress(subprocess.TimeoutExpired):
        process.wait(_KILL_S)


def _limit_waiting(descriptor: int) -> None:
    """Let no send or receive wait for a process that stopped in the middle of a message."""
    limit = struct.pack("ll", int(_TRANSFER_S), int(_TRANSFER_S % 1 * 1e6))
    with socket.socket(fileno=os.dup(descriptor)) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
