"""Runs a program that must not outlive whoever started it.

    python -m devices.guard --parent PID [--log FILE] -- PROGRAM ARGUMENT...

The guard ends the program when its own parent is gone (whose number it is told, since the parent
may be killed before the guard runs its first line), and the kernel ends the program when the
guard is gone, so that killing either process leaves no orphan. (The kernel's word alone is not
enough between box and program: it means the parent's *thread*, and a supervisor may start children
from a thread that ends.) Ctrl-C in a terminal reaches neither: stopping is the starter's decision.
"""

import argparse
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

PARENT_CHECK_S: Final = 0.5
TERMINATE_S: Final = 2.0

_PR_SET_PDEATHSIG = 1
_AWAITED = (signal.SIGCHLD, signal.SIGTERM)


def command(program: Sequence[str], *, log: Path | None = None) -> tuple[str, ...]:
    """Command line with which this process runs a program under a guard.

    The program's output goes to `log`, anew at each start.
    """
    options = () if log is None else ("--log", str(log))
    parent = ("--parent", str(os.getpid()))
    return (sys.executable, "-m", "devices.guard", *parent, *options, "--", *program)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and answer with its exit status; 128 + n when signal n ended it."""
    parser = argparse.ArgumentParser(prog="devices.guard", description=__doc__)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--log", type=Path)
    parser.add_argument("program", nargs="+")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    try:
        child = _start(options.program, options.log)
    except OSError as error:
        sys.stderr.write(f"cannot run {options.program[0]}: {error.strerror}\n")
        return 127
    while child.poll() is None:
        caught = signal.sigtimedwait(_AWAITED, PARENT_CHECK_S)
        told = caught is not None and caught.si_signo == signal.SIGTERM
        if told or os.getppid() != options.parent:
            _end(child)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _start(program: Sequence[str], log: Path | None) -> subprocess.Popen[bytes]:
    output = (
        None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    )
    try:
        return subprocess.Popen(  # noqa: S603 - running the given program is the purpose
            program,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=partial(_before_exec, os.getpid()),  # noqa: PLW1509 - safe here: the guard has one thread
        )
    finally:
        if output is not None:
            os.close(output)


def _before_exec(guard: int) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _AWAITED)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != guard:  # it was killed before the kernel was asked
        os._exit(0)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(TERMINATE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(TERMINATE_S)


if __name__ == "__main__":
    sys.exit(main())
