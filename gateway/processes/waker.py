"""Wakes a thread that sleeps in `multiprocessing.connection.wait`."""

import contextlib
import os
import threading


class Waker:
    """A pipe to wait on: `wake` from any thread, `clear` on the thread that slept."""

    def __init__(self) -> None:
        self._read, self._write = -1, -1
        self._lock = threading.Lock()

    def open(self) -> None:
        """Make the pipe."""
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)

    def close(self) -> None:
        """Give the pipe back."""
        with self._lock:
            ends = (self._read, self._write)
            self._read, self._write = -1, -1
        for end in ends:
            if end >= 0:
                os.close(end)

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._read

    def wake(self) -> None:
        """Wake the sleeper; nothing to do when nobody sleeps yet."""
        with self._lock:
            if self._write < 0:
                return
            with contextlib.suppress(BlockingIOError):  # full of wake-ups: it wakes
                os.write(self._write, b"\0")

    def clear(self) -> None:
        """Forget all wake-ups so far."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._read, 65536)
