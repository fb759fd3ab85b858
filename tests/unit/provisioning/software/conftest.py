import os
from pathlib import Path

import pytest

from provisioning.software.install_root import InstallRoot
from provisioning.software.slots import Release, Slot, Slots

SCRIPT = "#!/bin/sh\ncd {folder}\necho $0 $* >> lives\n{does}\n"


@pytest.fixture(autouse=True)
def _disk_in_no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kills are what these tests are about, not power cuts."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


class Root(InstallRoot):
    """Two slots whose program does what a test says, and notes each of its lives."""

    def fill(self, slot: Slot, does: str, *, version: str, proven: bool = False) -> Release:
        python = self.python(slot)
        python.parent.mkdir(parents=True)
        python.write_text(SCRIPT.format(folder=self.folder, does=does))
        python.chmod(0o755)
        release = Release(version=version, sha256=None if version == "1" else version * 64)
        self.vouch(slot, release)
        if proven:
            self.note_proven(slot)
        return release

    @property
    def lives(self) -> list[str]:
        """The slots that were started, in order."""
        path = self.folder / "lives"
        lines = path.read_text().splitlines() if path.exists() else []
        return [Path(line.split()[0]).parent.parent.name for line in lines]


@pytest.fixture
def root(tmp_path: Path) -> Root:
    """Version 1 works in slot a; nothing is in b."""
    root = Root(tmp_path)
    root.keep(Slots())
    root.fill("a", "sleep 60", version="1", proven=True)
    return root
