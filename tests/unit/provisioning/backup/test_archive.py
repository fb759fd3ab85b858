import io
import json
import tarfile
from pathlib import Path

import pytest

from provisioning.backup import sealed
from provisioning.backup.archive import MANIFEST, read, write
from provisioning.backup.sealed import BackupUnreadable, SealingWriter

PASSPHRASE = "correct horse battery"  # noqa: S105 - of the tests


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SealingWriter.__init__, "__kwdefaults__", {"log2_n": 2})


def anything(name: str) -> bool:
    return not name.startswith("strange")


def test_files_and_folders_come_back_as_they_were(tmp_path: Path) -> None:
    models = tmp_path / "here" / "models"
    (models / "phase").mkdir(parents=True)
    (models / ".releases").mkdir()
    (models / ".releases" / "root.json").write_text("not in it")
    (models / "phase" / "model.toml").write_text("name = 'phase'")
    (models / "link").symlink_to("/etc/passwd")
    key = tmp_path / "here" / "key"
    key.write_bytes(bytes(range(256)) * 1000)
    file = io.BytesIO()
    names = write(
        file, PASSPHRASE, {"key": key, "models": models, "gone": tmp_path / "gone"}, {"made_at": "now"}
    )
    assert names == ["key", "models/phase/model.toml"]
    assert b"phase" not in file.getvalue()
    file.seek(0)
    facts, found = read(file, PASSPHRASE, tmp_path / "there", expected=anything)
    assert (facts["made_at"], found) == ("now", names)
    assert (tmp_path / "there" / "key").read_bytes() == key.read_bytes()
    assert (tmp_path / "there" / "models" / "phase" / "model.toml").read_text() == "name = 'phase'"
    assert (tmp_path / "there" / "key").stat().st_mode & 0o077 == 0


def tar_of(*entries: tuple[str, bytes, bytes], manifest: bytes = b'{"format": 1}') -> io.BytesIO:
    """An archive by somebody who has the passphrase and means harm."""
    file = io.BytesIO()
    with SealingWriter(file, PASSPHRASE) as sealing, tarfile.open(fileobj=sealing, mode="w|") as tar:
        for name, content, kind in ((MANIFEST, manifest, tarfile.REGTYPE), *entries):
            entry = tarfile.TarInfo(name)
            entry.size, entry.type, entry.linkname = len(content), kind, "/etc/passwd"
            tar.addfile(entry, io.BytesIO(content))
    file.seek(0)
    return file


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../evil", tarfile.REGTYPE),
        ("/evil", tarfile.REGTYPE),
        ("a/../../evil", tarfile.REGTYPE),
        ("./evil", tarfile.REGTYPE),
        ("strange", tarfile.REGTYPE),
        ("evil", tarfile.SYMTYPE),
        ("evil", tarfile.LNKTYPE),
        ("evil", tarfile.CHRTYPE),
        ("evil", tarfile.DIRTYPE),
    ],
)
def test_what_is_no_part_of_a_box_is_refused(tmp_path: Path, name: str, kind: bytes) -> None:
    with pytest.raises(BackupUnreadable, match="no part of a box"):
        read(tar_of((name, b"", kind)), PASSPHRASE, tmp_path / "there", expected=anything)
    assert not (tmp_path / "evil").exists()


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = tar_of(("a", b"1", tarfile.REGTYPE), ("a", b"2", tarfile.REGTYPE))
    with pytest.raises(FileExistsError):
        read(twice, PASSPHRASE, tmp_path / "there", expected=anything)


@pytest.mark.parametrize("manifest", [b"{}", b"[]", b"no", json.dumps({"format": 2}).encode(), b""])
def test_a_manifest_of_another_form_is_refused(tmp_path: Path, manifest: bytes) -> None:
    with pytest.raises(BackupUnreadable):
        read(tar_of(manifest=manifest), PASSPHRASE, tmp_path / "there", expected=anything)


def test_what_is_no_tar_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    with SealingWriter(file, PASSPHRASE) as sealing:
        sealing.write(b"no tar" * 1000)
    file.seek(0)
    with pytest.raises(BackupUnreadable):
        read(file, PASSPHRASE, tmp_path / "there", expected=anything)


def test_a_file_that_was_cut_off_behind_the_last_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(3 * sealed._CHUNK_BYTES))
    file = io.BytesIO()
    write(file, PASSPHRASE, {"big": tmp_path / "big"}, {})
    cut = io.BytesIO(file.getvalue()[: -sealed._TAG_BYTES - 1])
    with pytest.raises(BackupUnreadable, match="cut off"):
        read(cut, PASSPHRASE, tmp_path / "there", expected=anything)
