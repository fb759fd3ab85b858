"""After a factory reset nothing is left, also when the power was cut in the middle."""

import os
from pathlib import Path

import pytest

from provisioning.backup import erase
from provisioning.backup.erase import MARKER, EraseIncomplete


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    for name in ("gymbox.sqlite3", "models/phase/cpu.onnx", ".restore/old/key", "deep/er/still"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"secret" * 1000)
    (folder / "empty").mkdir()
    return folder


def test_nothing_is_left(box: Path) -> None:
    erase.order(box)
    assert erase.carry_out(box)
    assert list(box.iterdir()) == []


def test_nothing_is_erased_without_an_order(box: Path) -> None:
    assert not erase.carry_out(box)
    assert (box / "gymbox.sqlite3").exists()


def test_what_a_file_held_is_overwritten_before_its_name_goes(box: Path, tmp_path: Path) -> None:
    os.link(box / "gymbox.sqlite3", tmp_path / "the same blocks")
    erase.order(box)
    erase.carry_out(box)
    assert (tmp_path / "the same blocks").read_bytes() == bytes(6000)


def test_a_link_is_removed_and_not_followed(box: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("not ours")
    (box / "link").symlink_to(outside)
    (box / "file").symlink_to(outside / "file")
    erase.order(box)
    erase.carry_out(box)
    assert (outside / "file").read_text() == "not ours"
    assert list(box.iterdir()) == []


def test_a_reset_goes_on_after_a_power_cut_at_any_file(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    erase.order(box)
    unlink = Path.unlink
    cuts = 0
    while True:
        left = 1

        def cut(path: Path) -> None:
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            unlink(path)

        with monkeypatch.context() as patched:
            patched.setattr(Path, "unlink", cut)
            try:
                erase.carry_out(box)
                break
            except KeyboardInterrupt:
                cuts += 1
                assert (box / MARKER).exists()
    assert cuts == 4
    assert list(box.iterdir()) == []


def test_what_cannot_be_removed_is_named_and_the_order_stands(
    box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    erase.order(box)
    with monkeypatch.context() as patched:
        patched.setattr(erase, "_overwrite", refuse)
        with pytest.raises(EraseIncomplete, match="Permission denied"):
            erase.carry_out(box)
    assert erase.carry_out(box)
    assert list(box.iterdir()) == []
