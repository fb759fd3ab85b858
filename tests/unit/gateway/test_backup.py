"""A box into a file and back, and nothing of it left: read from the disk afterwards."""

import asyncio
import contextlib
import io
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from gateway import backup
from gateway.data_folder import ENTRIES, IN_BACKUPS, LOCAL_CONFIG, entry_of
from gateway.events import chain
from gateway.events.rows import EventFilter, load
from gateway.members.key import MemberKey
from gateway.members.members import MemberProfile, Members
from gateway.store.file import StoreBroken, open_for_reading
from gateway.store.store import Store, StoreInUse
from gateway.store.tables import FILE_NAME, MIGRATIONS, store_path
from provisioning.backup import archive, erase, swap
from provisioning.backup.sealed import BackupUnreadable, SealingWriter

PASSPHRASE = "correct horse battery"  # noqa: S105 - of the tests
SECRETS = {
    "secrets/front": "cam-Pa55word",
    "identity/a/key.pem": "PRIVATE-KEY-OF-THE-BOX",
    "models/phase/cpu.onnx": "weights",
    "config/local.json": '{"box": {"language": "de"}}',
    "config/cloud.json": "desired yesterday",
    "setup-code": "SETUP-C0DE",
    "broker/login.json": "embedded-l0gin",
    "log/gymbox.jsonl": "a line of the log",
}


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SealingWriter.__init__, "__kwdefaults__", {"log2_n": 2})


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Store]:
    store = Store(path=store_path(folder), migrations=MIGRATIONS)
    store.start()
    try:
        yield store
    finally:
        store.stop()


def put_member(store: Store, folder: Path, member_id: str, name: str) -> str:
    """Write a member; returns their pseudonym."""
    key = MemberKey(folder / "pseudonym.key")
    members = Members(store=store, pseudonym=key)
    asyncio.run(members.put(member_id, MemberProfile(display_name=name)))
    return str(key(member_id))


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    for name, text in SECRETS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    with running(folder) as store:
        put_member(store, folder, "m-1", "Anna Karenina")
    return folder


def texts(folder: Path) -> dict[str, bytes]:
    return {
        each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()
    }


def members(folder: Path) -> list[str]:
    db = open_for_reading(store_path(folder))
    try:
        return [row[0] for row in db.execute("SELECT display_name FROM member").fetchall()]
    finally:
        db.close()


def test_a_backup_shows_nothing_and_never_holds_the_boxs_identity(box: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    made = backup.make(box, file, PASSPHRASE, by="operator ann")
    data = file.read_bytes()
    assert (made.bytes, file.stat().st_mode & 0o077) == (len(data), 0)
    for text in (*SECRETS.values(), "Anna", "SQLite"):
        assert text.encode() not in data
    with file.open("rb") as source:
        _, names = archive.read(source, PASSPHRASE, tmp_path / "opened", expected=lambda _: True)
    assert sorted(names) == sorted(
        [FILE_NAME, "pseudonym.key", "models/phase/cpu.onnx", "secrets/front", LOCAL_CONFIG]
    )
    assert b"PRIVATE-KEY-OF-THE-BOX" not in b"".join(texts(tmp_path / "opened").values())
    assert [each for each in box.iterdir() if each.name.startswith(".backup")] == []


def test_a_box_that_runs_is_backed_up_whole(box: Path, tmp_path: Path) -> None:
    with running(box) as store:
        put_member(store, box, "m-2", "Boris")  # in the write-ahead log, not yet in the file
        backup.make(box, tmp_path / "file", PASSPHRASE, by="operator ann")
        put_member(store, box, "m-3", "Clara")
    backup.restore(tmp_path / "new", tmp_path / "file", PASSPHRASE, by="operator ann")
    assert members(tmp_path / "new") == ["Anna Karenina", "Boris"]
    assert members(box) == ["Anna Karenina", "Boris", "Clara"]


def test_on_a_new_box_members_keep_their_pseudonyms(box: Path, tmp_path: Path) -> None:
    backup.make(box, tmp_path / "file", PASSPHRASE, by="operator ann")
    backup.restore(tmp_path / "new", tmp_path / "file", PASSPHRASE, by="operator ann")
    one, other = (MemberKey(folder / "pseudonym.key")("m-1") for folder in (box, tmp_path / "new"))
    assert one == other
    assert (tmp_path / "new" / "secrets" / "front").read_text() == "cam-Pa55word"
    assert not (tmp_path / "new" / "identity").exists()


def test_a_restore_brings_everything_back_and_leaves_the_identity(box: Path, tmp_path: Path) -> None:
    backup.make(box, tmp_path / "file", PASSPHRASE, by="operator ann")
    with running(box) as store:
        put_member(store, box, "m-2", "Boris")
    (box / "models" / "phase" / "cpu.onnx").write_text("broken")
    (box / "models" / "worse").mkdir()
    (box / "identity" / "a" / "key.pem").write_text("RENEWED")
    (box / "config" / "local.json").unlink()
    facts = backup.restore(box, tmp_path / "file", PASSPHRASE, by="operator bob")
    assert datetime.fromisoformat(facts["made_at"]).tzinfo == UTC
    assert members(box) == ["Anna Karenina"]
    assert (box / "models" / "phase" / "cpu.onnx").read_text() == "weights"
    assert not (box / "models" / "worse").exists()
    assert (box / "identity" / "a" / "key.pem").read_text() == "RENEWED"
    assert (box / LOCAL_CONFIG).read_text() == SECRETS[LOCAL_CONFIG]
    assert not (box / "config" / "cloud.json").exists()
    assert not (box / swap.FOLDER).exists()


def test_the_log_tells_of_backup_and_restore_and_its_chain_holds(box: Path, tmp_path: Path) -> None:
    backup.make(box, tmp_path / "one", PASSPHRASE, by="operator ann")
    backup.make(box, tmp_path / "two", PASSPHRASE, by="operator ann")
    backup.restore(box, tmp_path / "two", PASSPHRASE, by="operator bob")
    db = open_for_reading(store_path(box))
    assert [(each.kind, each.actor) for each in load(db, EventFilter(), 10)] == [
        ("restore", "operator bob"),
        ("backup", "operator ann"),
    ]
    assert chain.verify(db) is None
    db.close()


@pytest.mark.parametrize("harm", ["passphrase", "cut", "flip", "store", "strange", "empty"])
def test_what_cannot_be_restored_touches_nothing(box: Path, tmp_path: Path, harm: str) -> None:
    file = tmp_path / "file"
    backup.make(box, file, PASSPHRASE, by="operator ann")
    passphrase = "another passphrase" if harm == "passphrase" else PASSPHRASE
    data = bytearray(file.read_bytes())
    if harm == "cut":
        del data[-1000:]
    elif harm == "flip":
        data[len(data) // 2] ^= 1
    elif harm == "empty":
        data.clear()
    elif harm in {"store", "strange"}:
        (tmp_path / "bad").write_bytes(b"SQLite format 3\0" + bytes(5000))
        content = {FILE_NAME: tmp_path / "bad"} if harm == "store" else {"identity": box / "identity"}
        whole = io.BytesIO()
        archive.write(whole, PASSPHRASE, content, {"made_at": "now"})
        data = bytearray(whole.getvalue())
    file.write_bytes(data)
    before = texts(box)
    with pytest.raises((BackupUnreadable, StoreBroken)):
        backup.restore(box, file, passphrase, by="operator eve")
    after = texts(box)
    assert after == before
    assert not (box / swap.FOLDER).exists()


def test_a_running_box_is_neither_restored_nor_reset(box: Path, tmp_path: Path) -> None:
    backup.make(box, tmp_path / "file", PASSPHRASE, by="operator ann")
    with running(box):
        before = texts(box)
        for wish in (
            lambda: backup.restore(box, tmp_path / "file", PASSPHRASE, by="x"),
            lambda: backup.factory_reset(box),
        ):
            with pytest.raises(StoreInUse, match="Stop it first"):
                wish()
        assert texts(box) == before


def test_a_backup_never_replaces_a_file(box: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(FileExistsError):
        backup.make(box, tmp_path / "file", PASSPHRASE, by="operator ann")
    assert (tmp_path / "file").read_text() == "precious"


def test_a_backup_that_fails_leaves_no_half_file(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "write", full)
    with pytest.raises(OSError, match="No space"):
        backup.make(box, tmp_path / "file", PASSPHRASE, by="operator ann")
    assert not (tmp_path / "file").exists()


def test_jobs_are_not_done_again_by_a_restored_box(box: Path, tmp_path: Path) -> None:
    db = sqlite3.connect(store_path(box))
    db.execute("INSERT INTO job VALUES ('j1', NULL, 'QUEUED', '', '{}', 0)")
    db.commit()
    db.close()
    backup.make(box, tmp_path / "file", PASSPHRASE, by="operator ann")
    backup.restore(box, tmp_path / "file", PASSPHRASE, by="operator ann")
    restored = Database(store_path(box))
    assert restored.execute("SELECT count(*) FROM job").fetchone() == (0,)
    restored.close()


def test_factory_reset_leaves_nothing_on_the_disk(box: Path) -> None:
    backup.factory_reset(box)
    assert list(box.iterdir()) == []


def test_an_ordered_reset_and_a_committed_restore_are_finished_at_the_next_start(
    box: Path, tmp_path: Path
) -> None:
    backup.make(box, tmp_path / "file", PASSPHRASE, by="operator ann")
    new = swap.staging(box)
    (new / "secrets").mkdir()
    (new / "secrets" / "front").write_text("restored")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(swap, "finish", lambda _: None)  # the power is cut here
        swap.commit(box, put=["secrets"])
    backup.finish(box)
    assert (box / "secrets" / "front").read_text() == "restored"
    erase.order(box)
    backup.finish(box)
    assert list(box.iterdir()) == []
    backup.finish(tmp_path / "nowhere")


def test_every_name_is_one_thing_and_secrets_never_leave_unless_sealed() -> None:
    names = [each.name for each in ENTRIES]
    assert len(set(names)) == len(names)
    assert "identity" not in IN_BACKUPS
    assert entry_of("gymbox.sqlite3-wal") is not None
    assert entry_of("gymbox.sqlite3.corrupt.2026") is not None
    assert entry_of("something") is None
