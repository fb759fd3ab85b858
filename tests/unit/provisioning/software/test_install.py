"""The order of an installation, with an interpreter that only seems to install; the real one is in
tests/integration/test_software_update.py."""

import io
import sys
import tarfile
import threading
import time
from hashlib import sha256
from pathlib import Path

import pytest

from provisioning.software.archive import ArchiveDamaged
from provisioning.software.install import InstallFailed, InstallStopped, _Work, install
from provisioning.software.slots import Release
from tests.unit.provisioning.software.conftest import Root

NEW = Release(version="2", sha256="2" * 64)
WHEEL = "gymbox-2-py3-none-any.whl"
# `python -m venv FOLDER` makes a folder whose python notes what it is asked, and answers as told.
VENV = """#!/bin/sh
mkdir -p "$3/bin"
printf '%s\\n' '#!/bin/sh' 'echo "$*" >> {asked}' '{answers}' > "$3/bin/python"
chmod +x "$3/bin/python"
"""
WELL = 'case "$2" in pip) exit 0;; *) echo gymbox 2;; esac'


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "gymbox.tar"
    listed = f"gymbox==2 --hash=sha256:{sha256(b'wheel').hexdigest()}\n".encode()
    with tarfile.open(path, "w") as tar:
        for name, content in {"requirements.txt": listed, WHEEL: b"wheel"}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The interpreter that runs this program."""
    path = tmp_path / "python"
    monkeypatch.setattr(sys, "executable", str(path))
    return path


def answers(python: Path, does: str) -> None:
    python.write_text(VENV.format(asked=python.parent / "asked", answers=does))
    python.chmod(0o755)


def bring(root: Root, archive: Path, stopping: threading.Event | None = None) -> None:
    install(archive, root, NEW, stopping=stopping or threading.Event())


def test_a_release_is_installed_from_what_is_pinned_alone(root: Root, archive: Path, python: Path) -> None:
    answers(python, WELL)
    root.wheels.mkdir()
    (root.wheels / "older-1-py3-none-any.whl").write_bytes(b"nobody needs it")
    bring(root, archive)
    assert (root.release("b"), root.proven("b"), root.release("a")) == (NEW, False, Release(version="1"))
    pip, version = (python.parent / "asked").read_text().splitlines()
    assert pip.startswith("-m pip install")
    for option in ("--no-index", "--require-hashes", "--no-deps", "--only-binary :all:", str(root.wheels)):
        assert option in pip
    assert version == "-m gateway.cli --version"
    assert [path.name for path in root.wheels.iterdir()] == [WHEEL]


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ('case "$2" in pip) echo no; echo matching wheel; exit 1;; esac', "pip failed: no; matching wheel"),
        ('case "$2" in pip) exit 0;; *) echo gymbox 3;; esac', "says that it is 'gymbox 3', not 2"),
        ('case "$2" in pip) exit 0;; *) exit 1;; esac', "gateway.cli failed: it said nothing"),
    ],
)
def test_what_does_not_work_is_worth_nothing(
    root: Root, archive: Path, python: Path, does: str, reason: str
) -> None:
    answers(python, does)
    root.fill("b", "", version="1.9")
    with pytest.raises(InstallFailed, match=reason):
        bring(root, archive)
    assert (root.release("b"), root.release("a")) == (None, Release(version="1"))


def test_an_archive_that_is_none(root: Root, archive: Path, python: Path) -> None:
    answers(python, WELL)
    archive.write_bytes(b"none")
    with pytest.raises(ArchiveDamaged):
        bring(root, archive)
    assert root.release("b") is None


def test_a_box_that_stops_does_not_wait(root: Root, archive: Path, python: Path) -> None:
    python.write_text("#!/bin/sh\nexec sleep 60\n")
    python.chmod(0o755)
    stopping = threading.Event()
    stopping.set()
    began_s = time.monotonic()
    with pytest.raises(InstallStopped):
        bring(root, archive, stopping)
    assert time.monotonic() - began_s < 30


def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(InstallFailed, match="takes too long"):
        _Work(threading.Event()).run(["/bin/sh", "-c", "exec sleep 60"], timeout_s=0.1)
