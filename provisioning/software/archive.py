"""The one file that a release of the software is: the pinned list of packages, and wheels."""

import re
import shutil
import tarfile
from collections.abc import Iterable
from hashlib import file_digest
from pathlib import Path
from typing import Final

from provisioning.software.install_root import REQUIREMENTS

ARCHIVE: Final = "gymbox.tar"
_WHEEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,200}\.whl")
_DIGEST: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class ArchiveDamaged(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """What was signed is no archive of a release; the text says what is wrong with it."""


def unpack(archive: Path, *, requirements: Path, wheels: Path) -> None:
    """Write the list of packages to a file, and each wheel into a folder where it may lie already.

    Nothing but plain files of the known names is taken, whatever else the archive names.

    Raises:
        ArchiveDamaged: it holds something else.
        OSError: there is no room.
    """
    listed = False
    try:
        with tarfile.open(archive, "r:") as tar:
            for entry in tar:
                content = tar.extractfile(entry) if entry.isreg() else None
                if content is None or not (entry.name == REQUIREMENTS or _WHEEL.fullmatch(entry.name)):
                    raise ArchiveDamaged(f"the release holds {entry.name[:80]!r}, which is no wheel")
                listed |= entry.name == REQUIREMENTS
                place = requirements if entry.name == REQUIREMENTS else wheels / entry.name
                part = place.with_name(f".{place.name}.part")
                with part.open("wb") as file:
                    shutil.copyfileobj(content, file)
                part.replace(place)
    except tarfile.TarError as error:
        raise ArchiveDamaged(f"the release is no archive: {error}") from error
    if not listed:
        raise ArchiveDamaged(f"the release holds no {REQUIREMENTS}")


def forget_wheels(wheels: Path, pinned_in: Iterable[Path]) -> None:
    """Remove what none of some lists of packages is pinned to. Raises OSError."""
    digests = {
        digest for path in pinned_in if path.exists() for digest in _DIGEST.findall(path.read_text("utf-8"))
    }
    for path in wheels.iterdir():
        with path.open("rb") as file:
            known = file_digest(file, "sha256").hexdigest() in digests
        if not known:
            path.unlink()
