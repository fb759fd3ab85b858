"""Whether installed files are what their packages said they would be, by the hashes in each `RECORD`.

Finds a damaged disk and careless hands. It does not find who may write these files and writes `RECORD` too,
nor files that no package lists, such as the caches that Python makes.
"""

import base64
import csv
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution
from typing import Final

_SHARE: Final = 0.05
"""So much of one core is taken."""
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


def inspect_files(packages: Iterable[Distribution], *, pause: Callable[[float], bool]) -> Inspection | None:
    """Hash every listed file of these packages, slowly.

    Args:
        packages: as `importlib.metadata.distributions` finds them.
        pause: waits so many seconds, and says whether to give up.

    Returns:
        None when it was given up.
    """
    count, changed, unlisted = 0, list[str](), list[str]()
    for package in packages:
        try:
            record = None if _is_in_place(package) else package.read_text("RECORD")
            if record is None:
                unlisted.append(_name(package))
                continue
            for listed in _with_hash(record):
                began_s = time.monotonic()
                if not _is_as_listed(package, listed):
                    changed.append(listed.path)
                count += 1
                if pause((time.monotonic() - began_s) * (1 / _SHARE - 1)):
                    return None
        except (ValueError, csv.Error):
            changed.append(f"RECORD of {_name(package)}")
    return Inspection(count, tuple(sorted(changed)), tuple(sorted(unlisted)))


def _is_in_place(package: Distribution) -> bool:
    """Whether the code lies elsewhere, where somebody works on it (PEP 610)."""
    try:
        origin = json.loads(package.read_text("direct_url.json") or "{}")
        return bool(origin.get("dir_info", {}).get("editable", False))
    except (ValueError, AttributeError):
        return False


def _with_hash(record: str) -> Iterator[_Listed]:
    """The lines of a `RECORD` (path, kind=hash, size) that have a hash; the list itself has none."""
    lines = (line[0] for line in re.finditer(".+", record))  # one at a time: some lists are megabytes
    for row in csv.reader(lines):
        kind, equals, digest = row[1].partition("=") if len(row) > 1 else ("", "", "")
        if equals:
            yield _Listed(row[0], kind, digest)


def _name(package: Distribution) -> str:
    try:
        told = package.read_text("METADATA") or ""
    except ValueError:
        told = ""
    first = next((line for line in told.splitlines() if line.startswith("Name:")), "")
    return first.removeprefix("Name:").strip() or "a package without a name"


def _is_as_listed(package: Distribution, listed: _Listed) -> bool:
    if listed.kind not in _KINDS:
        return False
    try:
        with open(str(package.locate_file(listed.path)), "rb") as file:  # noqa: PTH123 - typed as any path
            found = hashlib.file_digest(file, listed.kind).digest()
    except OSError:
        return False
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode() == listed.digest
