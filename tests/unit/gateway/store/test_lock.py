"""One owner of a folder at a time, and the lock is gone with its owner."""

from pathlib import Path

import pytest

from gateway.store.lock import FolderLock


def test_one_owner_at_a_time(tmp_path: Path) -> None:
    first, second = (FolderLock(tmp_path / "new" / "db.lock") for _ in range(2))
    assert first.take()
    assert first.take(), "taking what is held changes nothing"
    assert not second.take()
    first.release()
    assert second.take()
    assert not first.take()
    second.release()
    second.release()


def test_the_lock_is_the_owners_alone(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path / "db.lock")
    lock.take()
    assert (tmp_path / "db.lock").stat().st_mode & 0o777 == 0o600
    lock.release()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        FolderLock(tmp_path / "file" / "db.lock").take()
