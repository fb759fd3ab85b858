"""Whether installed files are what their packages said they would be, by the hashes in each `RECORD`.

Finds a damaged disk and careless hands. It does not find who may write these files and writes `RECORD` too,
nor files that no package lists, such as the caches that Python makes.
"""

import base64
import csv
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SHARE: Final = 0.05
"""So much of one core is taken."""
_INFO: Final = ".dist-info"
_KINDS: Final = frozenset({"sha256", "sha384", "sha512"})


@dataclass(frozen=True, slots=True)
class Inspection:
    """What came out: how many files were looked at, and the paths of those that differ or are gone.

    Attributes:
        unlisted: packages that have no list to go by, as those installed in place for development.
    """

    files: int
    changed: tuple[str, ...]
    unlisted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Listed:
    path: str
    kind: str
    digest: str


def installed(folders: Iterable[str] | None = None) -> Iterator[Path]:
    """The `.dist-info` of every package in these folders, else wherever this process imports from."""
    for folder in sys.path if folders is None else folders:
        yield from sorted(Path(folder).glob(f"*{_INFO}"))


def inspect_files(packages: Iterable[Path], *, pause: Callable[[float], bool]) -> Inspection | None:
    """Hash every listed file of these packages, slowly, and hold no list as a whole: some are megabytes.

    Args:
        packages: as `installed` finds them.
        pause: waits so many seconds, and says whether to give up.

    Returns:
        None when it was given up.
    """
    count, changed, unlisted = 0, list[str](), list[str]()
    for package in packages:
        name = package.name.removesuffix(_INFO).rpartition("-")[0]
        try:
            if _is_in_place(package):
                unlisted.append(name)
                continue
            with (package / "RECORD").open(encoding="utf-8", newline="") as record:
                for listed in _with_hash(record):
                    began_s = time.monotonic()
                    if not _is_as_listed(package.parent, listed):
                        changed.append(listed.path)
                    count += 1
                    if pause((time.monotonic() - began_s) * (1 / _SHARE - 1)):
                        return None
        except OSError:
            unlisted.append(name)
        except (ValueError, csv.Error):
            changed.append(f"RECORD of {name}")
    return Inspection(count, tuple(sorted(changed)), tuple(sorted(unlisted)))


def _is_in_place(package: Path) -> bool:
    """Whether the code lies elsewhere, where somebody works on it (PEP 610)."""
    try:
        origin = json.loads((package / "direct_url.json").read_text(encoding="utf-8"))
        return bool(origin.get("dir_info", {}).get("editable", False))
    except (OSError, ValueError, AttributeError):
        return False


def _with_hash(record: Iterable[str]) -> Iterator[_Listed]:
    """The lines of a `RECORD` (path, kind=hash, size) that have a hash; the list itself has none."""
    for row in csv.reader(record):
        kind, equals, digest = row[1].partition("=") if len(row) > 1 else ("", "", "")
        if equals:
            yield _Listed(row[0], kind, digest)


def _is_as_listed(root: Path, listed: _Listed) -> bool:
    if listed.kind not in _KINDS:
        return False
    try:
        with (root / listed.path).open("rb") as file:
            found = hashlib.file_digest(file, listed.kind).digest()
    except OSError:
        return False
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode() == listed.digest
