"""The box's store as the upload sees it: bare connections, and one kind of trouble."""

from collections.abc import Callable
from sqlite3 import Connection
from typing import TypeVar

from gateway.store.store import Store, StoreError
from sync.upload.ports import OutboxUnavailable

T = TypeVar("T")


class StoreDesk:
    """Hands jobs to the store's own threads, from whichever event loop asks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(self, job: Callable[[Connection], T]) -> T:
        """Run a read.

        Raises:
            OutboxUnavailable: the store cannot be read now.
        """
        try:
            return await self._store.read(lambda db: job(db.conn))
        except StoreError as error:
            raise OutboxUnavailable(str(error)) from error

    async def write(self, job: Callable[[Connection], T]) -> T:
        """Run a write; returns after the commit.

        Raises:
            OutboxUnavailable: the store cannot be written now; nothing changed.
        """
        try:
            return await self._store.write(lambda db: job(db.conn))
        except StoreError as error:
            raise OutboxUnavailable(str(error)) from error
