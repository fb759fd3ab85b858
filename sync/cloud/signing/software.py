"""Publishing software: the program's wheel, with the pinned list of what it needs, becomes one signed file.

The target `software/gymbox/<version>/gymbox.tar` holds `requirements.txt`, in which every package is pinned
by its digests, the program itself among them, and the wheels that boxes may not have yet. A box installs from
these and from what it keeps of earlier releases, and needs no package index.
"""

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from tuf.api.metadata import TargetFile

from provisioning.software.archive import ARCHIVE
from provisioning.software.install_root import REQUIREMENTS
from sync.cloud.signing.keys import Keys
from sync.cloud.signing.publish import (
    Published,
    ReleaseFailed,
    facts_text,
    publish_targets,
    require_version,
)
from sync.cloud.signing.repository import Repository

ROLE: Final = "software"
NAME: Final = "gymbox"
Purpose = Literal["feature", "security"]
_WHEEL: Final = re.compile(rf"{NAME}-(?P<version>[^-]+)(-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl")
_PINNED: Final = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?==[^\s;]+[^#]*?--hash=sha256:[0-9a-f]{64}.*"
)
_DIGEST: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareFiles:
    """What a release of the software is made of.

    Attributes:
        wheel: the program.
        requirements: what it needs, pinned and hashed, as pip reads it.
        wheels: a folder of wheels to bring along; None when boxes have all they need.
    """

    wheel: Path
    requirements: Path
    wheels: Path | None = None


def publish_software(
    files: SoftwareFiles,
    repository: Repository,
    keys: Keys,
    *,
    purpose: Purpose,
    now: datetime,
    notes: str = "",
    min_gateway: str = "0",
) -> Published:
    """Sign a release. What is released already is left as it is, so that a kill can be repeated.

    Args:
        files: what it is made of.
        repository: A repository that was begun.
        keys: That of `software`, and those of `snapshot` and `timestamp`; without the last two boxes see the
            release after the next refresh.
        purpose: `security` when it mends a weakness; boxes may be set to take nothing else.
        now: A moment, UTC.
        notes: What is new, for operators.
        min_gateway: The oldest version of the program that it can follow on.

    Raises:
        ReleaseFailed: The files are no release, the version was released with other content, or the key is
            missing.
        RepositoryTrouble: The repository is damaged or cannot be changed.
    """
    version = _version(files.wheel)
    always = {"model_id": NAME, "version": version, "purpose": purpose}
    facts = {"notes": notes, "min_gateway": min_gateway}
    path = f"{ROLE}/{NAME}/{version}/{ARCHIVE}"
    with TemporaryDirectory() as made:
        archive = Path(made) / ARCHIVE
        try:
            _pack(files, archive)
            target = TargetFile.from_file(path, str(archive), ["sha256"])
        except OSError as error:
            raise ReleaseFailed(f"{error.filename}: {error.strerror or error}") from error
        target.unrecognized_fields["custom"] = {
            **always,
            "files": [ARCHIVE],
            "blessed": True,  # whoever signs software by hand answers for it
            "facts": facts_text(facts, always),
        }
        refreshed = publish_targets(ROLE, {path: target}, archive.parent, repository, keys, now=now)
    return Published(NAME, version, path, target.hashes["sha256"], refreshed)


def _version(wheel: Path) -> str:
    match = _WHEEL.fullmatch(wheel.name)
    if match is None:
        raise ReleaseFailed(f"{wheel} is no wheel of {NAME}; build one: pip wheel --no-deps .")
    require_version(NAME, match["version"])
    return match["version"]


def _pack(files: SoftwareFiles, archive: Path) -> None:
    """Write the archive; the same files are always the same bytes. Raises OSError and ReleaseFailed."""
    text = _requirements(files)
    known = set(_DIGEST.findall(text))
    with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
        _add(tar, REQUIREMENTS, text.encode())
        for wheel in sorted(_wheels(files), key=lambda each: each.name):
            if _sha256(wheel) not in known:
                raise ReleaseFailed(f"{wheel} is not pinned in {files.requirements}; remove it, or pin it")
            _add(tar, wheel.name, wheel.read_bytes())


def _requirements(files: SoftwareFiles) -> str:
    try:
        text = files.requirements.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ReleaseFailed(f"{files.requirements} is no text") from error
    for line in _lines(text):
        match = _PINNED.fullmatch(line)
        if match is None:
            raise ReleaseFailed(
                f"{files.requirements}: {line[:80]!r} is not pinned by a sha256; boxes install nothing else"
            )
        if match["name"] == NAME:
            raise ReleaseFailed(f"{files.requirements} pins {NAME} itself; the wheel says which one it is")
    own = f"{NAME}=={_version(files.wheel)} --hash=sha256:{_sha256(files.wheel)}\n"
    return "".join(f"{line}\n" for line in _lines(text)) + own


def _lines(text: str) -> Iterator[str]:
    """The requirements, a line each, without comments."""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if stripped := line.partition("#")[0].strip():
            yield re.sub(r"\s+", " ", stripped)


def _wheels(files: SoftwareFiles) -> Iterator[Path]:
    yield files.wheel
    if files.wheels is not None:
        yield from (each for each in files.wheels.glob("*.whl") if each.name != files.wheel.name)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    tar.addfile(entry, BytesIO(content))
