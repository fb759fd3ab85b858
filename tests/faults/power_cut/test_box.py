"""The power goes while the box writes: what it said to keep is kept, whatever the disk made of the rest."""

import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from tests.conftest import compiler
from tests.faults.power_cut import trace

RECORDS = 400
# In the long form 500: `make soak`.
CUTS = int(os.environ.get("GYMBOX_POWER_CUTS", "30"))

# Puts records in, hands some of them to a cloud, and notes each only when the store has answered.
WRITER = """
import random, sys
from pathlib import Path
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from sync import outbox
from sync.pseudonym import Pseudonymiser
from sync.record import new_record

folder, count = Path(sys.argv[1]), int(sys.argv[2])
store = Store(path=store_path(folder), migrations=MIGRATIONS)
assert store.start().level == "ok"
pseudonym = Pseudonymiser(bytes(range(32)))
random_ = random.Random(1)
with (folder / "kept").open("a") as kept, (folder / "handed").open("a") as handed:
    for _ in range(count // 8):
        waiting = []
        for _ in range(8):
            member = pseudonym(f"member-{random_.randrange(5)}")
            record = new_record("session", {"series": "x" * random_.randrange(6000)}, member=member)
            waiting.append((record, store.submit(lambda db, record=record: outbox.append(db.conn, record))))
        for record, done in waiting:
            done.result(20)
            print(record.id, record.member, file=kept, flush=True)
        if random_.random() < 0.4:
            batch = [each.id for each in store.read_now(lambda db: outbox.peek_batch(db.conn, max_records=9))]
            print(*batch, sep="\\n", file=handed, flush=True)
            store.submit(lambda db: outbox.acknowledge(db.conn, batch)).result(20)
store.stop()
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[trace.Note]]:
    """A box's folder and all that was done to it."""
    folder = tmp_path_factory.mktemp("box")
    traced = folder / "data"
    traced.mkdir()
    library = trace.build(folder, compiler())
    watched = trace.environment(library, traced, folder / "trace")
    subprocess.run(
        [sys.executable, "-c", WRITER, str(traced), str(RECORDS)], env=watched, check=True, timeout=100
    )
    return traced, trace.read(folder / "trace")


def test_the_notes_tell_the_whole_story(written: tuple[Path, list[trace.Note]]) -> None:
    """Replayed to the end they give every file as it lies there, or no other test here means anything."""
    folder, notes = written
    disk = trace.Disk(folder, notes)
    for path in folder.iterdir():
        if not path.name.endswith("-shm"):  # shared memory: never asked to be kept
            assert disk.read(path) == path.read_bytes(), path.name


@pytest.mark.parametrize("chance", [0.0, 0.2, 0.9])
def test_what_was_kept_is_there_after_a_power_cut(
    written: tuple[Path, list[trace.Note]], tmp_path: Path, chance: float
) -> None:
    folder, notes = written
    random_ = random.Random(f"cut {chance}")  # noqa: S311 - which moments
    for seed in range(CUTS):
        disk = trace.Disk(folder, notes[: random_.randrange(len(notes) + 1)])
        left = tmp_path / str(seed)
        left.mkdir()
        disk.cut(left, chance=chance, seed=seed)
        kept = [line.split() for line in disk.read(folder / "kept").decode().splitlines()]
        handed = set(disk.read(folder / "handed").decode().split())
        found = _outbox(left)
        assert {identifier for identifier, _ in kept} - handed <= {identifier for identifier, _ in found}
        _assert_same_order(kept, found)


def _outbox(folder: Path) -> list[tuple[str, str]]:
    """Id and member of what waits after the box has started again, in the order it will go."""
    path = store_path(folder)
    store = Store(path=path, migrations=MIGRATIONS)
    state = store.start()
    store.stop()
    assert state.level == "ok", state.reason
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = connection.execute(
            "SELECT id, json_extract(payload, '$.member') FROM outbox ORDER BY priority, seq"
        )
        return rows.fetchall()


def _assert_same_order(kept: list[list[str]], found: list[tuple[str, str]]) -> None:
    for member in {member for _, member in kept}:
        order = [identifier for identifier, whose in kept if whose == member]
        again = [identifier for identifier, whose in found if whose == member and identifier in set(order)]
        assert again == [identifier for identifier in order if identifier in set(again)]
