"""Into the outbox and out again: ours, plain sqlite3 that promises as much, a queue that promises nothing.

All three get the same records, turn by turn. Ours and sqlite3 write to one disk, and have each record there
before they say so. Plain sqlite3 commits each record by itself, as somebody would write it; ours commits what
came while it wrote the last ones together, which helps when several callers wait at once.
"""

from __future__ import annotations

import queue
import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS
from sync import outbox
from sync.pseudonym import Pseudonymiser
from sync.record import new_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sync.record import Record

OURS, SQLITE, MEMORY = "the outbox", "plain sqlite3", "queue in memory"
BODY_BYTES: Final = 1000
"""About what one session takes."""
CALLERS: Final = 50
BATCH: Final = 100
WAIT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Rates:
    """Records a second, medians of all turns.

    Attributes:
        who: held them.
        put: when one caller waits for each.
        put_together: when fifty callers wait at once.
        drain: read and dropped in batches of a hundred.
    """

    who: str
    put: float
    put_together: float
    drain: float


def measure(records: int, turns: int) -> list[Rates]:
    """Put and drain so many, by each of the three, turn by turn.

    Raises:
        sqlite3.Error: the disk does not take them.
    """
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for _ in range(turns):
        for who, opened in ((OURS, _ours), (SQLITE, _sqlite), (MEMORY, _memory)):
            with opened() as held:
                found[who].append(_rates(held, records))
    return [Rates(who, *map(statistics.median, zip(*rates, strict=True))) for who, rates in found.items()]


def ratios(found: Sequence[Rates]) -> dict[str, float]:
    """How many times as fast as plain sqlite3 the outbox is."""
    by = {each.who: each for each in found}
    ours, peer = by[OURS], by[SQLITE]
    return {
        "put": ours.put / peer.put,
        "put_together": ours.put_together / peer.put_together,
        "drain": ours.drain / peer.drain,
    }


def table(found: Sequence[Rates]) -> Iterable[str]:
    """For people."""
    yield f"{'records a second':20} {'put':>12} {'put, 50 at once':>16} {'drain':>12}"
    for each in found:
        yield f"{each.who:20} {each.put:12,.0f} {each.put_together:16,.0f} {each.drain:12,.0f}"
    times = ratios(found)
    yield (
        f"beside plain sqlite3 the outbox takes {times['put']:.2f} x as many from one caller, "
        f"{times['put_together']:.2f} x from fifty, and gives {times['drain']:.2f} x"
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """What can hold records: `put` returns when it promises to keep it, `drain` gives up to a batch away."""

    put: Callable[[Record], object]
    drain: Callable[[], int]


def _rates(held: _Held, records: int) -> tuple[float, float, float]:
    alone, together = _records(max(records // 10, 1)), _records(records)
    put = _per_s(len(alone), lambda: [held.put(each) for each in alone])
    with ThreadPoolExecutor(CALLERS) as callers:
        put_together = _per_s(len(together), lambda: list(callers.map(held.put, together, timeout=WAIT_S)))
    return put, put_together, _per_s(len(alone) + len(together), lambda: _drained(held))


def _drained(held: _Held) -> None:
    while held.drain():
        pass


def _per_s(count: int, deed: Callable[[], object]) -> float:
    begun_s = time.perf_counter()
    deed()
    return count / (time.perf_counter() - begun_s)


def _records(count: int) -> list[Record]:
    member = Pseudonymiser(bytes(range(32)))("somebody")
    return [new_record("session", {"series": "x" * BODY_BYTES}, member=member) for _ in range(count)]


@contextmanager
def _ours() -> Iterator[_Held]:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(path=Path(folder) / "store.sqlite3", migrations=MIGRATIONS)
        store.start()

        def put(record: Record) -> None:
            store.submit(lambda db: outbox.append(db.conn, record)).result(WAIT_S)

        def drain() -> int:
            batch = store.read_now(lambda db: outbox.peek_batch(db.conn, max_records=BATCH))
            ids = [each.id for each in batch]
            return store.submit(lambda db: outbox.acknowledge(db.conn, ids)).result(WAIT_S)

        try:
            yield _Held(put, drain)
        finally:
            store.stop()


@contextmanager
def _sqlite() -> Iterator[_Held]:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "plain.sqlite3", check_same_thread=False)) as connection,
        ThreadPoolExecutor(1) as writer,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE waiting (seq INTEGER PRIMARY KEY, payload TEXT NOT NULL)")

        def insert(payload: str) -> None:
            with connection:
                connection.execute("INSERT INTO waiting (payload) VALUES (?)", (payload,))

        def drain() -> int:
            rows = connection.execute("SELECT seq, payload FROM waiting ORDER BY seq LIMIT ?", (BATCH,))
            with connection:
                return connection.executemany(
                    "DELETE FROM waiting WHERE seq = ?", [(seq,) for seq, _ in rows.fetchall()]
                ).rowcount

        yield _Held(lambda record: writer.submit(insert, record.to_json()).result(WAIT_S), drain)


@contextmanager
def _memory() -> Iterator[_Held]:
    waiting: queue.Queue[str] = queue.Queue(maxsize=10_000_000)

    def drain() -> int:
        batch = 0
        while batch < BATCH and not waiting.empty():
            waiting.get_nowait()
            batch += 1
        return batch

    yield _Held(lambda record: waiting.put_nowait(record.to_json()), drain)
