"""The folder that holds both slots, read and written so that no moment is a bad one to be killed.

    slots.json                which slot is active, which is on trial; replaced whole or not at all
    a/ b/                     a virtual environment each
    a/release.json            what lies there; written last, so without it the slot is worth nothing
    a/proven                  is there when that has proven itself, or was installed by hand
    wheels/                   wheels that the releases in the slots are pinned to
    gymbox-launcher.pyz       starts what slots.json says

Needs nothing but the standard library, as the launcher does.
"""

import json
import logging
import os
from dataclasses import asdict
from pathlib import Path
from typing import Final

from provisioning.software.slots import Release, Slot, Slots, decode, encode, release_of

_log = logging.getLogger(__name__)
LAUNCHER: Final = "gymbox-launcher.pyz"
REQUIREMENTS: Final = "requirements.txt"
_STATE: Final = "slots.json"
_RELEASE: Final = "release.json"
_PROVEN: Final = "proven"


class InstallRoot:
    """The folder."""

    def __init__(self, folder: Path) -> None:
        """Take a folder; nothing is read or made yet."""
        self.folder = folder
        self.wheels = folder / "wheels"

    @property
    def begun(self) -> bool:
        """Whether there is a state."""
        return (self.folder / _STATE).exists()

    def slot(self, slot: Slot) -> Path:
        """Where a slot is, or would be."""
        return self.folder / slot

    def python(self, slot: Slot) -> Path:
        """The interpreter of a slot."""
        return self.slot(slot) / "bin" / "python"

    def slots(self) -> Slots:
        """The state; where it is missing or damaged, the first slot that is whole is taken to be active."""
        path = self.folder / _STATE
        try:
            return decode(path.read_text("utf-8"))
        except FileNotFoundError:
            _log.warning("%s is missing", path)
        except (OSError, ValueError) as error:
            _log.error("%s cannot be read: %s", path, error)
        whole: tuple[Slot, ...] = ("a", "b")
        return Slots(active=next((slot for slot in whole if self.release(slot) is not None), "a"))

    def keep(self, slots: Slots) -> None:
        """Write the state down, durably. Raises OSError; the state before holds then."""
        _replace(self.folder / _STATE, encode(slots))

    def release(self, slot: Slot) -> Release | None:
        """What lies in a slot; None when nothing whole does."""
        try:
            release = release_of(json.loads((self.slot(slot) / _RELEASE).read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return release if self.python(slot).exists() else None

    def vouch(self, slot: Slot, release: Release) -> None:
        """Say what lies in a slot, once all of it is durable. Raises OSError."""
        _replace(self.slot(slot) / _RELEASE, json.dumps(asdict(release)))

    def proven(self, slot: Slot) -> bool:
        """Whether what lies in a slot has worked before."""
        return self.release(slot) is not None and (self.slot(slot) / _PROVEN).exists()

    def note_proven(self, slot: Slot) -> None:
        """Say that what lies in a slot works. Raises OSError."""
        _replace(self.slot(slot) / _PROVEN, "")

    def disown(self, slot: Slot) -> None:
        """Say that what lies in a slot is worth nothing from now on. Raises OSError."""
        record = self.slot(slot) / _RELEASE
        if record.exists():
            record.unlink()
            _sync(record.parent)


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)  # noqa: PTH105 - the name that says that it is atomic
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
