"""The doctor's check of the disk: whether the data lie on an encrypted device, as the device mapper tells."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.doctor.finding import Finding

_SYS: Final = Path("/sys/dev/block")
_MOUNTS: Final = Path("/proc/self/mountinfo")
_MOST_LAYERS: Final = 16
_ENCRYPTED: Final = "CRYPT-"


def check_encryption(folder: Path) -> Iterator[Finding]:
    """Tell whether a folder that exists lies on an encrypted device."""
    encrypted = is_encrypted(folder)
    if encrypted is None:
        reason = "what lies beneath the data cannot be seen from here; a container's host has to know"
        yield Finding("encryption", "ok", reason)
    elif encrypted:
        yield Finding("encryption", "ok", "the data lie on an encrypted device")
    else:
        fix = "put data_dir on an encrypted device (LUKS with the TPM): docs/how-to/install-with-systemd.md"
        yield Finding("encryption", "degraded", "whoever takes the disk can read what members trained", fix)


def is_encrypted(folder: Path, *, sys: Path = _SYS, mounts: Path = _MOUNTS) -> bool | None:
    """Whether all of what a folder lies on is encrypted by the system; None where that cannot be seen.

    Disks that encrypt themselves and file systems that do (ZFS, fscrypt) are not known as such.
    """
    try:
        device = folder.stat().st_dev
        node = _node(device, sys)
        if node is None:  # a file system over several disks, such as btrfs, has a number of its own
            source = _source(device, mounts.read_text(encoding="utf-8"))
            node = None if source is None else _node(Path(source).stat().st_rdev, sys)
        return None if node is None else _is_encrypted(node, _MOST_LAYERS)
    except OSError:
        return None


def _node(device: int, sys: Path) -> Path | None:
    node = sys / f"{os.major(device)}:{os.minor(device)}"
    return node.resolve() if node.exists() else None


def _source(device: int, mounts: str) -> str | None:
    """The device that a file system was mounted from (proc(5), mountinfo)."""
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        if before.split()[2] == number and after.split()[1].startswith("/dev/"):
            return after.split()[1]
    return None


def _is_encrypted(node: Path, most: int) -> bool:
    """Follow a block device down to what it is made of."""
    uuid = node / "dm" / "uuid"
    if uuid.exists() and uuid.read_text(encoding="ascii").startswith(_ENCRYPTED):
        return True
    if (node / "partition").exists():
        return _is_encrypted(node.parent, most)
    beneath = [each.resolve() for each in sorted((node / "slaves").glob("*"))]
    return bool(beneath) and most > 0 and all(_is_encrypted(each, most - 1) for each in beneath)
