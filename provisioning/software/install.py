"""Bringing a release into the idle slot: a new virtual environment, filled from signed digests, offline."""

import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from provisioning.software.archive import forget_wheels, unpack
from provisioning.software.install_root import REQUIREMENTS, InstallRoot
from provisioning.software.slots import Release, Slot, other

_log = logging.getLogger(__name__)
_LOOK_S: Final = 0.2
_VENV_S: Final = 300.0
_PIP_S: Final = 1800.0
_ASK_S: Final = 120.0
_LINES_TOLD: Final = 3


class InstallFailed(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """A release cannot be installed on this box; the text says why. What works goes on."""


class InstallStopped(Exception):  # noqa: N818 - likewise
    """The box is stopping; the installation begins anew another time."""


def install(archive: Path, root: InstallRoot, release: Release, *, stopping: threading.Event) -> None:
    """Have a release in the idle slot, whole and tried once. Blocks, for minutes; call it from a thread.

    From the first moment on the idle slot is worth nothing, until the very last one.

    Args:
        archive: as it was signed.
        root: where both slots are.
        release: what it is.
        stopping: set to end early.

    Raises:
        InstallFailed: a package is missing, or the program does not even say its version.
        InstallStopped: the box is stopping.
        ArchiveDamaged: the archive is none.
        OSError: there is no room.
    """
    slot = root.slots().idle
    folder, python = root.slot(slot), str(root.python(slot))
    root.disown(slot)
    shutil.rmtree(folder, ignore_errors=True)
    root.wheels.mkdir(exist_ok=True)
    work = _Work(stopping)
    work.run([sys.executable, "-m", "venv", str(folder)], timeout_s=_VENV_S)
    requirements = folder / REQUIREMENTS
    unpack(archive, requirements=requirements, wheels=root.wheels)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    offline = ["--no-index", "--find-links", str(root.wheels), "--only-binary", ":all:", "--no-cache-dir"]
    pinned = ["--require-hashes", "--no-deps", "--requirement", str(requirements)]
    work.run([*pip, *offline, *pinned], timeout_s=_PIP_S)
    said = work.run([python, "-m", "gateway.cli", "--version"], timeout_s=_ASK_S).split()
    if said[-1:] != [release.version]:
        raise InstallFailed(f"the release says that it is {' '.join(said)[:80]!r}, not {release.version}")
    os.sync()  # thousands of files; the record must not be there before them
    root.vouch(slot, release)
    with suppress(OSError):  # worth nothing but room
        forget_wheels(root.wheels, [root.slot(each) / REQUIREMENTS for each in _both(slot)])
    _log.info("gymbox %s is installed in slot %s", release.version, slot)


def _both(slot: Slot) -> tuple[Slot, Slot]:
    return slot, other(slot)


class _Work:
    """Commands that wait for everybody else, and end when the box does."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping

    def run(self, command: Sequence[str], *, timeout_s: float) -> str:
        """Run to the end; returns what was printed.

        Raises:
            InstallFailed: it failed, or took too long.
            InstallStopped: the box is stopping.
        """
        deadline_s = time.monotonic() + timeout_s
        with subprocess.Popen(  # noqa: S603 - this program's interpreter, or one that it has made
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            with suppress(OSError):  # it is done already
                os.setpriority(os.PRIO_PROCESS, process.pid, 19)
            try:
                printed = self._wait(process, deadline_s)
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            raise InstallFailed(f"{Path(command[2]).name} failed: {_last(printed)}")
        return printed

    def _wait(self, process: "subprocess.Popen[str]", deadline_s: float) -> str:
        while True:
            try:
                printed, _ = process.communicate(timeout=_LOOK_S)
            except subprocess.TimeoutExpired:
                if self._stopping.is_set():
                    raise InstallStopped from None
                if time.monotonic() > deadline_s:
                    raise InstallFailed(
                        "the installation takes too long; is the disk slow or full?"
                    ) from None
            else:
                return printed


def _last(printed: str) -> str:
    lines = [line for line in printed.splitlines() if line.strip()]
    return "; ".join(lines[-_LINES_TOLD:])[:300] or "it said nothing"
