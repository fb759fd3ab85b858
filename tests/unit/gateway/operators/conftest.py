"""Accounts in a real store; hashing as cheap as argon2 allows."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from gateway.operators.accounts import Operators
from gateway.operators.passwords import Passwords
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    yield store
    store.stop()


@pytest.fixture
def operators(store: Store, passwords: Passwords) -> Operators:
    return Operators(store=store, passwords=passwords)
