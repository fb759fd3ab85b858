import io
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from provisioning.software.archive import ArchiveDamaged, forget_wheels, unpack


def pack(path: Path, **entries: tarfile.TarInfo | bytes) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, content in entries.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
                continue
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


def unpacked(archive: Path, folder: Path) -> dict[str, bytes]:
    wheels = folder / "wheels"
    wheels.mkdir()
    unpack(archive, requirements=folder / "listed", wheels=wheels)
    return {path.name: path.read_bytes() for path in (folder / "listed", *wheels.iterdir())}


def test_the_list_and_the_wheels_are_taken_out(tmp_path: Path) -> None:
    archive = pack(tmp_path / "x.tar", **{"requirements.txt": b"list", "gymbox-2-py3-none-any.whl": b"wheel"})
    assert unpacked(archive, tmp_path) == {"listed": b"list", "gymbox-2-py3-none-any.whl": b"wheel"}


@pytest.mark.parametrize("name", ["../x.whl", "/x.whl", "a/b.whl", "x.py", ".whl", "wheels/requirements.txt"])
def test_what_is_no_wheel_stays_out(tmp_path: Path, name: str) -> None:
    archive = pack(tmp_path / "x.tar", **{"requirements.txt": b"list", name: b"bad"})
    with pytest.raises(ArchiveDamaged, match="which is no wheel"):
        unpacked(archive, tmp_path)


def test_links_stay_out(tmp_path: Path) -> None:
    link = tarfile.TarInfo("gymbox-2-py3-none-any.whl")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with pytest.raises(ArchiveDamaged, match="which is no wheel"):
        unpacked(pack(tmp_path / "x.tar", link=link), tmp_path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\0" * 10_240])
def test_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(content)
    with pytest.raises(ArchiveDamaged):
        unpacked(tmp_path / "x.tar", tmp_path)


def test_wheels_that_nothing_is_pinned_to_are_forgotten(tmp_path: Path) -> None:
    for name in ("kept.whl", "gone.whl"):
        (tmp_path / name).write_bytes(name.encode())
    listed = tmp_path.with_suffix(".txt")
    listed.write_text(f"kept==1 --hash=sha256:{sha256(b'kept.whl').hexdigest()}\n")
    forget_wheels(tmp_path, [listed, tmp_path.with_suffix(".none")])
    assert [path.name for path in tmp_path.iterdir()] == ["kept.whl"]
