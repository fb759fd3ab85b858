import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sync.cloud.lake.objects import ObjectExists, ObjectMissing, ObjectStore, StoreUnavailable

NAME = "raw/gym=gym/day=2026-01-02/a.parquet"


def test_an_object_is_written_read_and_deleted(objects: ObjectStore) -> None:
    objects.put_new(NAME, b"first")
    assert objects.get(NAME) == b"first"
    assert objects.names("raw/gym=gym") == [NAME]
    assert objects.names("raw/gy") == []
    objects.delete(NAME)
    objects.delete(NAME)
    with pytest.raises(ObjectMissing, match=r"a\.parquet"):
        objects.get(NAME)


def test_an_object_is_never_changed(objects: ObjectStore) -> None:
    objects.put_new(NAME, b"first")
    with pytest.raises(ObjectExists):
        objects.put_new(NAME, b"second")
    assert objects.get(NAME) == b"first"


def test_it_is_found_as_a_file_in_a_folder_alone(objects: ObjectStore) -> None:
    objects.put_new(NAME, b"first")
    path = objects.path(NAME)
    assert path is not None
    assert path.read_bytes() == b"first"
    assert ObjectStore("s3://bucket/prefix").path(NAME) is None


def test_a_folder_with_a_blank_in_its_name(tmp_path: Path) -> None:
    objects = ObjectStore((tmp_path / "a b" / "ü%20").as_uri())
    objects.put_new(NAME, b"first")
    assert (tmp_path / "a b" / "ü%20" / NAME).read_bytes() == b"first"


def test_what_is_written_and_deleted_is_on_disk(
    objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    objects.put_new(NAME, b"first")
    assert synced == ["a.parquet", "day=2026-01-02", "gym=gym", "raw", "objects"]
    synced.clear()
    objects.put_new(NAME + "x", b"another")
    assert synced == ["a.parquetx", "day=2026-01-02"]  # the folders above are there to stay
    synced.clear()
    objects.delete(NAME)
    assert synced == ["day=2026-01-02"]


def test_what_a_killed_write_left_goes_with_the_object(
    objects: ObjectStore, files: Callable[[], list[str]]
) -> None:
    objects.put_new(NAME, b"first")
    objects.put_new(NAME + "x", b"another")
    path = objects.path(NAME)
    assert path is not None
    path.with_name(path.name + "#1").write_bytes(b"half")  # as obstore calls it before it has the whole
    objects.delete(NAME)
    assert files() == [NAME + "x"]


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    objects = ObjectStore((tmp_path / "store").as_uri())
    objects.ping()
    (tmp_path / "store").rmdir()
    (tmp_path / "store").write_text("a file in its place")
    with pytest.raises(StoreUnavailable):
        objects.ping()
    with pytest.raises(StoreUnavailable):
        objects.put_new(NAME, b"first")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable):
        ObjectStore((tmp_path / "file" / "store").as_uri())
