"""The box's SQLite store: one writer, group commit, and an answer only after the commit.

Every write is a small function on the connection. The writer thread takes what came while it wrote the last
group, runs each under its own savepoint, commits once with `synchronous=FULL`, and only then lets the callers
go on: a lone caller waits for nobody, and a slow disk makes larger groups by itself. A function may run
again when the commit of its group failed, so it must touch the connection only.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from sqlite_utils import Database, Migrations

from gateway.clock import Clock
from gateway.store.condition import Condition, Listener, StoreCounts, StoreState
from gateway.store.file import (
    StoreBroken,
    StoreError,
    StoreFull,
    StoreInUse,
    StoreReadOnly,
    empty_log,
    explain,
    is_damage,
    needs_reopening,
    open_for_writing,
)
from gateway.store.group import Job, Outcome, Ticket, TransactionLost, commit_group
from gateway.store.lock import FolderLock
from gateway.store.readers import Readers

__all__ = [
    "Job",
    "Store",
    "StoreBroken",
    "StoreBusy",
    "StoreCounts",
    "StoreError",
    "StoreFull",
    "StoreInUse",
    "StoreReadOnly",
    "StoreSettings",
    "StoreState",
]

T = TypeVar("T")

# Written to find out whether a full disk has room again: about what a long session takes.
_PROBE_BYTES: Final = 32_768


class StoreBusy(StoreError):  # noqa: N818 - named by what happened
    """More writes wait than the store takes on."""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """How much the writer takes on, and how it waits."""

    queue_size: int = 1000
    group_jobs: int = 50
    retry_s: float = 2.0
    reader_threads: int = 2


class Store:
    """One file, one writer thread, read-only connections beside it."""

    def __init__(
        self,
        *,
        path: Path,
        migrations: Sequence[Migrations],
        settings: StoreSettings | None = None,
        clock: Clock | None = None,
        shared: bool = False,
    ) -> None:
        """Describe the store; nothing is opened yet.

        Args:
            path: the database file; its folder is made when it is missing.
            migrations: applied in this order at the start.
            settings: how writes are gathered.
            clock: the stamp of a file that is moved aside.
            shared: a command beside a running box: takes the file as it is instead of refusing.
        """
        self.path = path
        self.counts = StoreCounts()
        self._migrations = migrations
        self._settings = settings or StoreSettings()
        self._clock = clock or Clock()
        self._shared = shared
        self._queue: queue.Queue[Ticket | None] = queue.Queue(maxsize=self._settings.queue_size)
        self._readers = Readers(path=path, threads=self._settings.reader_threads)
        self._thread: threading.Thread | None = None
        self._lock = FolderLock(path.with_name(path.name + ".lock"))
        self._db: Database | None = None
        self._suspect = False
        self._closing = False
        self._condition = Condition()

    @property
    def state(self) -> StoreState:
        """How the store is doing now."""
        return self._condition.state

    @property
    def waiting(self) -> int:
        """Writes that wait for the writer."""
        return self._queue.qsize()

    def subscribe(self, listener: Listener) -> None:
        """Call the listener with the present state and on every change, on the thread that made it."""
        self._condition.subscribe(listener)

    def start(self) -> StoreState:
        """Open the file and start the writer.

        A disk that cannot be written is no exception: the state says so and the writer keeps trying.

        Raises:
            StoreInUse: another box process owns the folder.
        """
        self._closing = False
        self._try_open()
        if isinstance(error := self._condition.error, StoreInUse):
            raise error
        self._readers.start()
        self._thread = threading.Thread(target=self._run, name="store-write", daemon=True)
        self._thread.start()
        return self.state

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Commit what waits and close; False when the disk did not answer in time."""
        self._closing = True
        thread, self._thread = self._thread, None
        if thread is not None:
            with suppress(queue.Full):
                self._queue.put(None, timeout=timeout_s)
            thread.join(timeout_s)
            if thread.is_alive():
                return False
        self._readers.stop()
        self._close_file()
        self._lock.release()
        return True

    def submit(self, job: Job[T]) -> "Future[T]":
        """Queue a write; the future is done after the commit.

        Raises:
            StoreBusy: too many writes wait, or the store is stopping.
        """
        if self._closing or self._thread is None:
            raise StoreBusy("The box is stopping; nothing more is stored.")
        ticket = Ticket(job, Future())
        try:
            self._queue.put_nowait(ticket)
        except queue.Full:
            self.counts.refused += 1
            raise StoreBusy("The disk is too slow for what is to be stored. Try again in a moment.") from None
        return ticket.future

    async def write(self, job: Job[T]) -> T:
        """Run a write and return its result after the commit."""
        return await asyncio.wrap_future(self.submit(job))

    async def read(self, job: Job[T]) -> T:
        """Run a read on a connection that cannot write, beside the event loop."""
        self._refuse_when_closed()
        return await self._readers.run(job)

    async def scrub(self) -> bool:
        """Leave nothing of what was deleted in the write-ahead log; False when that has to wait."""
        try:
            return await asyncio.to_thread(empty_log, self.path)
        except sqlite3.Error:  # the deletion itself is committed; the store's own state tells of the disk
            return False

    def read_now(self, job: Job[T]) -> T:
        """Run a read on the calling thread."""
        self._refuse_when_closed()
        return self._readers.run_now(job)

    def _refuse_when_closed(self) -> None:
        if self._thread is None:
            raise StoreBroken("The store is not started.")
        if self._db is None and (error := self._condition.error) is not None:
            raise error

    # The writer thread.

    def _run(self) -> None:
        stopping = False
        while not stopping:
            batch, stopping = self._gather(self._settings.retry_s)
            if batch:
                self._settle(batch)
            elif self._condition.error is not None and not stopping:
                self._settle([Ticket(_probe, Future())])
        while batch := self._gather(0.0)[0]:  # what came in beside the call to stop
            self._settle(batch)

    def _gather(self, wait_s: float) -> tuple[list[Ticket], bool]:
        """Wait for the first; of the rest only what is there already. True when the store is to stop."""
        batch: list[Ticket] = []
        while len(batch) < self._settings.group_jobs:
            try:
                ticket = self._queue.get(timeout=0.0 if batch else wait_s)
            except queue.Empty:
                break
            if ticket is None:
                return batch, True
            batch.append(ticket)
        return batch, False

    def _settle(self, batch: list[Ticket]) -> None:
        outcomes = self._outcomes([each for each in batch if each.future.set_running_or_notify_cancel()])
        self._condition.note(
            next((each.error for each in outcomes if isinstance(each.error, StoreError)), None)
        )
        self.counts.jobs += len(outcomes)
        self.counts.failed += sum(each.error is not None for each in outcomes)
        for outcome in outcomes:
            outcome.tell()

    def _outcomes(self, tickets: list[Ticket]) -> list[Outcome]:
        if self._db is None:
            self._try_open()
        if self._db is None:
            return [Outcome(ticket, error=self._condition.error) for ticket in tickets]
        try:
            outcomes = commit_group(self._db, tickets, self.path)
        except (sqlite3.Error, TransactionLost) as error:
            cause = (error.__cause__ or error) if isinstance(error, TransactionLost) else error
            if len(tickets) == 1 or needs_reopening(cause):
                return self._give_up(tickets, cause)
        else:
            self.counts.commits += 1
            return outcomes
        # One job too many for the disk must not take its neighbours along: each gets its own transaction.
        return [outcome for ticket in tickets for outcome in self._outcomes([ticket])]

    def _give_up(self, tickets: list[Ticket], cause: BaseException) -> list[Outcome]:
        if needs_reopening(cause):
            self._suspect = self._suspect or is_damage(cause)
            self._close_file()
        told = explain(cause, self.path) if isinstance(cause, sqlite3.Error) else cause
        return [Outcome(ticket, error=told) for ticket in tickets]

    # Opening, closing and saying how it is.

    def _try_open(self) -> None:
        try:
            opened = open_for_writing(
                self.path,
                self._migrations,
                now=self._clock.utc_now(),
                check=self._suspect,
                owner=self._own(),
            )
        except StoreInUse as error:
            self._condition.note(error)
            return
        except (sqlite3.Error, OSError) as error:
            self._condition.note(explain(error, self.path))
            return
        self._db = opened.db
        self._suspect = False
        self._readers.renew()
        self._condition.note(None, moved_aside=opened.moved_aside)

    def _own(self) -> bool:
        if self._lock.take():
            return True
        if self._shared:
            return False
        raise StoreInUse(
            "Another box already runs on this data folder. Stop it or choose another --data-dir."
        )

    def _close_file(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            with suppress(sqlite3.Error):  # a broken disk may not let go; the next start checks the file
                db.close()


def _probe(db: Database) -> None:
    db.conn.execute("CREATE TABLE IF NOT EXISTS store_probe (id INTEGER PRIMARY KEY, room BLOB)")
    db.conn.execute("INSERT OR REPLACE INTO store_probe VALUES (1, zeroblob(?))", (_PROBE_BYTES,))
