import threading
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, Root, TargetFile

from provisioning.staging import exclusive
from sync.cloud.signing import repository as module
from sync.cloud.signing.repository import Repository, RepositoryTrouble
from tests.unit.sync.releases.signed_cloud import Cloud


def test_an_empty_folder_is_no_repository(tmp_path: Path) -> None:
    book = Repository(tmp_path)
    assert not book.exists
    assert (book.snapshot(), book.timestamp()) == (None, None)
    with pytest.raises(RepositoryTrouble, match="gymbox cloud keys make"):
        book.root()


def test_the_newest_version_counts_by_number(cloud: Cloud) -> None:
    for version in (9, 10, 2):
        metadata: Metadata[Root] = cloud.repository.root()
        metadata.signed.version = version
        cloud.repository.write("root", metadata)
    assert cloud.repository.root().signed.version == 10
    (cloud.folder / "metadata" / "0x20.root.json").touch()
    (cloud.folder / "metadata" / ".11.root.json.abc.part").touch()
    assert cloud.repository.root().signed.version == 10


def test_only_what_boxes_read_lies_there(cloud: Cloud) -> None:
    cloud.release("1")
    files = [path for path in cloud.folder.rglob("*") if path.is_file()]
    assert len(files) == 10 + 2
    for path in files:
        assert path.suffix in {".json", ".toml", ".tflite"}
        assert path.stat().st_mode & 0o777 == 0o644


def test_a_target_is_put_once(cloud: Cloud, tmp_path: Path) -> None:
    source = tmp_path / "file"
    source.write_bytes(b"content")
    target = TargetFile.from_file("models/toy/1/cpu.tflite", str(source), ["sha256"])
    cloud.repository.put_target(target, source)
    (served,) = (cloud.folder / "targets" / "models" / "toy" / "1").iterdir()
    assert (served.name, served.read_bytes()) == (f"{target.hashes['sha256']}.cpu.tflite", b"content")
    source.unlink()
    cloud.repository.put_target(target, source)  # there already


def test_a_full_disk_leaves_nothing_half_written(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    before = cloud.saved()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "copyfileobj", full)
    with pytest.raises(RepositoryTrouble, match="No space left on device"):
        cloud.release("1")
    assert cloud.saved() == before
    assert not [path for path in cloud.folder.rglob("*") if path.is_file() and "toy" in path.parts]


def test_two_do_not_change_it_at_once(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOCK_TIMEOUT_S", 0.05)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with exclusive(cloud.folder / "metadata", timeout_s=5, on_wait=lambda: None):
            held.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(10)
    try:
        with pytest.raises(RepositoryTrouble, match="another process"), cloud.repository.alone():
            pytest.fail("two had it")
    finally:
        done.set()
        thread.join(timeout=10)
    with cloud.repository.alone():
        pass
