"""Layers and secrets on the disk: whole after a power cut, for the box alone, set aside when damaged."""

import os
import stat
from pathlib import Path

import pytest

from gateway.reconfiguration.files import CLOUD, FOLDER, LOCAL, ConfigFiles, SecretRefused


@pytest.fixture
def files(tmp_path: Path) -> ConfigFiles:
    return ConfigFiles(tmp_path)


def test_what_was_written_is_read(files: ConfigFiles, tmp_path: Path) -> None:
    assert files.read(LOCAL) == {}
    files.write(LOCAL, {"box": {"language": "zh"}, "text": "é"})
    files.write(CLOUD, {})
    assert files.read(LOCAL) == {"box": {"language": "zh"}, "text": "é"}
    path = tmp_path / FOLDER / LOCAL
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(each.name for each in path.parent.iterdir()) == [CLOUD, LOCAL]


@pytest.mark.parametrize("damage", [b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_what_is_damaged_is_set_aside(files: ConfigFiles, tmp_path: Path, damage: bytes) -> None:
    files.write(LOCAL, {"a": 1})
    (tmp_path / FOLDER / LOCAL).write_bytes(damage)
    assert files.read(LOCAL) == {}
    assert (tmp_path / FOLDER / "local.damaged").read_bytes() == damage
    files.write(LOCAL, {"a": 2})
    assert files.read(LOCAL) == {"a": 2}


def test_a_write_that_fails_leaves_what_was_there(
    files: ConfigFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write(LOCAL, {"a": 1})

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            files.write(LOCAL, {"a": 2})
    assert files.read(LOCAL) == {"a": 1}
    files.write(LOCAL, {"a": 3})
    assert files.read(LOCAL) == {"a": 3}


def test_a_secret_lies_in_a_file_of_its_own(files: ConfigFiles, tmp_path: Path) -> None:
    path = files.keep_secret("camera-1", "p@ss wörd")
    assert path == Path("secrets/camera-1")
    kept = tmp_path / path
    assert kept.read_text("utf-8") == "p@ss wörd\n"
    assert (stat.S_IMODE(kept.stat().st_mode), stat.S_IMODE(kept.parent.stat().st_mode)) == (0o600, 0o700)


@pytest.mark.parametrize(
    ("name", "text"), [("../x", "a"), ("", "a"), ("A", "a"), ("a/b", "a"), ("a", ""), ("a", "b\nc")]
)
def test_what_is_no_secret(files: ConfigFiles, tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(SecretRefused):
        files.keep_secret(name, text)
    assert list(tmp_path.iterdir()) == []
