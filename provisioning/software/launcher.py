"""Starts the box from the slot whose turn it is, and goes back when a version on trial does not prove itself.

This is all that an init system starts. It needs nothing but the standard library and lies outside of both
slots, so no update can break it: `gymbox software begin` packs it into one file. It writes the state only
while no box runs, and a running box writes only that it has proven itself, or that another slot is next; so
neither waits for the other, and a kill at any moment leaves something to start.
"""

import argparse
import logging
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from provisioning.software.install_root import InstallRoot
from provisioning.software.slots import MOST_SHORT_LIVES, Slot, Slots, fall_back, give_up, next_start

_log = logging.getLogger("gymbox-launcher")

ROOT_VARIABLE: Final = "GYMBOX_UPDATES__ROOT"
"""Tells the box which folder it was started from."""
_STOP_S: Final = 30.0
# It wanted to end; or its configuration is wrong, which is so for both versions.
_NO_FAULT: Final = frozenset({0, 2})
_LOOK_S: Final = 0.2
_SHORT_LIFE_S: Final = 60.0
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 60.0


class Launcher:
    """Keeps one box running until it is told to stop."""

    def __init__(self, root: InstallRoot, arguments: Sequence[str], *, confirm_s: float) -> None:
        """Prepare; nothing is started yet.

        Args:
            root: the folder of both slots.
            arguments: of `gymbox`.
            confirm_s: how long a version on trial has to prove itself.
        """
        self._root = root
        self._arguments = arguments
        self._confirm_s = confirm_s
        self._stopping = False
        self._pause_s = 0.0
        self._short_lives = 0

    def stop(self, *_: int | FrameType | None) -> None:
        """Stop the box, then return from `run`; a handler of signals."""
        self._stopping = True

    def run(self) -> None:
        """Start the box again and again, until stopped."""
        while not self._stopping:
            began_s = time.monotonic()
            try:
                self._live(self._next())
            except OSError as error:  # a full disk, a slot without a program: the next look may be better
                _log.error("the box cannot be started: %s", error)
            if time.monotonic() - began_s >= _SHORT_LIFE_S:
                self._pause_s, self._short_lives = 0.0, 0
            self._rest()

    def _next(self) -> Slot:
        """The slot to start now; while nothing can be written down, that which needs nothing written."""
        before = self._root.slots()
        try:
            return self._decided(before)
        except OSError as error:
            _log.error("the state cannot be written, so nothing is tried: %s", error)
            return before.active

    def _decided(self, before: Slots) -> Slot:
        if before.trial is None and self._short_lives >= MOST_SHORT_LIVES:
            self._short_lives = 0
            return self._fall_back(before)
        slots, slot = next_start(before)
        if slots.trial is not None and self._root.release(slot) is None:
            slots = give_up(slots, f"slot {slot} does not hold a whole release")
            slot = slots.active
        if slots != before:
            self._root.keep(slots)
        if before.trial is not None and slots.trial is None and slots.verdict is not None:
            _log.error("back to slot %s: %s", slot, slots.verdict.reason)
        return slot

    def _fall_back(self, slots: Slots) -> Slot:
        """Leave a version that worked once and now ends again and again, if there is another that worked."""
        release = self._root.release(slots.active)
        if release is None or not self._root.proven(slots.idle):
            return slots.active
        why = f"it ended {MOST_SHORT_LIVES} times in a row within {_SHORT_LIFE_S:g} s of its start"
        back = fall_back(slots, release, why)
        self._root.keep(back)
        _log.error("back to slot %s: %s", back.active, why)
        return back.active

    def _live(self, slot: Slot) -> None:
        """One life of the box."""
        command = [str(self._root.python(slot)), "-m", "gateway.cli", *self._arguments]
        environment = {**os.environ, ROOT_VARIABLE: str(self._root.folder)}
        trial = self._root.slots().trial is not None
        _log.info("starting slot %s%s", slot, ", on trial" if trial else "")
        with subprocess.Popen(command, env=environment) as box:  # noqa: S603 - the slot's own interpreter
            try:
                self._watch(box, deadline_s=time.monotonic() + self._confirm_s if trial else None)
            finally:
                _end(box)
        if box.returncode not in _NO_FAULT:
            self._short_lives += 1
        _log.info("the box of slot %s ended with %s", slot, box.returncode)

    def _watch(self, box: subprocess.Popen[bytes], *, deadline_s: float | None) -> None:
        while box.poll() is None and not self._stopping:
            if deadline_s is not None and time.monotonic() > deadline_s:
                deadline_s = None
                if self._root.slots().trial is not None:
                    _end(box)
                    self._give_up()
                    return
            time.sleep(_LOOK_S)

    def _give_up(self) -> None:
        """Called while no box runs; it may have proven itself in its last moment."""
        why = f"it was not ready and in touch with the cloud within {self._confirm_s:g} s"
        slots = give_up(self._root.slots(), why)
        self._root.keep(slots)
        _log.error("back to slot %s: %s", slots.active, why)

    def _rest(self) -> None:
        """Wait before the next start: not at all after a long life, longer and longer after short ones."""
        until_s = time.monotonic() + self._pause_s
        self._pause_s = min(max(2 * self._pause_s, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
        while not self._stopping and time.monotonic() < until_s:
            time.sleep(_LOOK_S)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the launcher; what stands after `--` goes to `gymbox`."""
    parser = argparse.ArgumentParser(prog="gymbox-launcher", description="Starts the box and its updates.")
    parser.add_argument("--root", type=Path, required=True, help="Folder that `gymbox software begin` made.")
    parser.add_argument(
        "--confirm-s", type=float, default=600.0, help="Seconds that an update has to prove itself (600)."
    )
    parser.add_argument("arguments", nargs="+", help="Of gymbox, such as: run --config gymbox.toml")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    launcher = Launcher(InstallRoot(given.root.resolve()), given.arguments, confirm_s=given.confirm_s)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, launcher.stop)
    launcher.run()


def _end(box: subprocess.Popen[bytes]) -> None:
    if box.poll() is None:
        box.terminate()
        try:
            box.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            box.kill()
