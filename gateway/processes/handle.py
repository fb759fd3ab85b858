"""One face for the two kinds of child process: those of multiprocessing and plain programs."""

import os
import signal
import subprocess
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, Self


class Handle(Protocol):
    """A running child process."""

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def sentinel(self) -> int | None:
        """A descriptor that becomes readable when it ends; None where the system has none, then ask."""

    def returncode(self) -> int | None:
        """Return its exit code (minus the signal that killed it), or None while it runs."""

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end; False when it still runs."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""

    def close(self) -> None:
        """Let go of what the system holds for it, after its end."""


class ProcessHandle:
    """A multiprocessing process that was started."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self.pid = process.pid or 0
        self.sentinel: int | None = process.sentinel

    def returncode(self) -> int | None:
        """Return its exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end; False when it still runs."""
        self._process.join(timeout_s)
        return self._process.exitcode is not None

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()

    def close(self) -> None:
        """Free its sentinel."""
        self.sentinel = None
        self._process.close()


class PopenHandle:
    """A program started with `subprocess`."""

    def __init__(self, process: "subprocess.Popen[Any]") -> None:
        self._process = process
        self.pid = process.pid
        self.sentinel: int | None = _pidfd(process.pid)

    @classmethod
    def start(cls, argv: Sequence[str]) -> Self:
        """Start a program without input; what it writes goes where the box's own errors go."""
        return cls(subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))  # noqa: S603 - the box writes the command line

    def returncode(self) -> int | None:
        """Return its exit code, or None while it runs."""
        return self._process.poll()

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end; False when it still runs."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()

    def close(self) -> None:
        """Free its descriptor."""
        if self.sentinel is not None:
            os.close(self.sentinel)
            self.sentinel = None


def describe_exit(returncode: int | None) -> str:
    """Say in words how a process ended."""
    if returncode is None:
        return "gone"
    if returncode < 0:
        return f"killed by signal {-returncode}{_signal_name(-returncode)}"
    return "ended by itself" if returncode == 0 else f"ended with code {returncode}"


def _signal_name(number: int) -> str:
    try:
        return f", {signal.Signals(number).name}"
    except ValueError:
        return ""


def _pidfd(pid: int) -> int | None:
    """Return a descriptor for a child that was not waited for yet; containers may forbid the call."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
