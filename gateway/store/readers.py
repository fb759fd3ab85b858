"""Connections that only read: one per thread, renewed when the file was replaced."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from gateway.store.file import explain, is_storage_fault, open_for_reading

T = TypeVar("T")


class Readers:
    """A few reader threads beside the event loop, and a connection for any thread that asks."""

    def __init__(self, *, path: Path, threads: int) -> None:
        self._path = path
        self._threads = threads
        self._executor: ThreadPoolExecutor | None = None
        self._mine = threading.local()
        self._open: set[sqlite3.Connection] = set()
        self._lock = threading.Lock()
        self._generation = 0

    def start(self) -> None:
        """Be ready for reads."""
        self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix="store-read")

    def stop(self) -> None:
        """Finish the reads that run and close every connection."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            connections, self._open = self._open, set()
            self._generation += 1
        for connection in connections:
            connection.close()

    def renew(self) -> None:
        """Have every thread open the file anew before its next read."""
        with self._lock:
            self._generation += 1

    async def run(self, job: Callable[[Database], T]) -> T:
        """Read on one of the reader threads."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self.run_now, job)

    def run_now(self, job: Callable[[Database], T]) -> T:
        """Read on the calling thread."""
        try:
            return job(self._connection())
        except sqlite3.Error as error:
            if not is_storage_fault(error):
                raise
            raise explain(error, self._path) from error

    def _connection(self) -> Database:
        held: tuple[int, Database] | None = getattr(self._mine, "held", None)
        generation = self._generation
        if held is not None and held[0] == generation:
            return held[1]
        if held is not None:
            with self._lock:
                self._open.discard(held[1].conn)
            held[1].close()
        db = open_for_reading(self._path)
        with self._lock:
            self._open.add(db.conn)
        self._mine.held = (generation, db)
        return db
