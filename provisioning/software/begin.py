"""Making the folder of both slots around the program that was installed by hand."""

import sys
import zipapp
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Final

import provisioning
from provisioning.software.install_root import LAUNCHER, InstallRoot
from provisioning.software.slots import Release, Slot, Slots

_PARTS: Final = ("__init__.py", "install_root.py", "launcher.py", "slots.py")
_MAIN: Final = "from provisioning.software.launcher import main\n\nmain()\n"


class NotBegun(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """The folder cannot be made into one with two slots; the text says why and what to do."""


def begin(folder: Path, version: str, *, prefix: Path | None = None) -> None:
    """Take the virtual environment `<folder>/a` as the first active slot, and put the launcher beside it.

    Again, it renews the launcher and leaves everything else as it is.

    Args:
        folder: of both slots.
        version: of the program that is installed there.
        prefix: the environment that runs now; None asks the interpreter.

    Raises:
        NotBegun: the program does not run from there.
        OSError: the folder cannot be written.
    """
    root = InstallRoot(folder.resolve())
    running = (prefix or Path(sys.prefix)).resolve()
    if running not in {root.slot("a"), root.slot("b")}:
        raise NotBegun(
            f"this program runs from {running}; make a virtual environment {root.slot('a')}, install gymbox"
            " into it, and call its own gymbox"
        )
    if not root.begun:
        root.wheels.mkdir(exist_ok=True)
        active: Slot = "a" if running == root.slot("a") else "b"
        root.note_proven(active)
        root.vouch(active, Release(version=version))
        root.keep(Slots(active=active))
    with TemporaryDirectory(dir=root.folder) as made:
        pack = Path(made) / "pack"
        below = pack / "provisioning" / "software"
        below.mkdir(parents=True)
        source = Path(provisioning.__path__[0])
        copyfile(source / "__init__.py", below.parent / "__init__.py")
        for part in _PARTS:
            copyfile(source / "software" / part, below / part)
        (pack / "__main__.py").write_text(_MAIN, encoding="utf-8")
        zipapp.create_archive(pack, Path(made) / LAUNCHER, interpreter="/usr/bin/env python3")
        (Path(made) / LAUNCHER).replace(root.folder / LAUNCHER)
