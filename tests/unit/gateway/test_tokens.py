"""Tokens: shown once, kept as a hash, ended at once."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from gateway.tokens import Principal, Role, Tokens, TokenUnknown, migrations


def files_with(folder: Path, text: bytes) -> list[str]:
    return [each.name for each in folder.iterdir() if text in each.read_bytes()]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    yield store
    store.stop()


@pytest.fixture
def tokens(store: Store) -> Tokens:
    return Tokens(store=store)


async def test_a_token_stands_for_its_role(tokens: Tokens) -> None:
    kiosk = await tokens.create("kiosk", "mat")
    operator = await tokens.create("operator")
    assert await tokens.verify(kiosk.token) == Principal("kiosk", "mat", kiosk.info.id)
    assert await tokens.verify(operator.token) == Principal("operator", None, operator.info.id)


async def test_tokens_are_long_and_all_different(tokens: Tokens) -> None:
    made = {(await tokens.create("operator")).token for _ in range(20)}
    assert len(made) == 20
    assert all(token.startswith("gtk_") and len(token) == 4 + 43 for token in made)  # 256 bits


@pytest.mark.parametrize("wrong", ["", "gtk_", "gtk_" + "A" * 43, "Bearer x", "gtk_\x00", "ü" * 50])
async def test_a_wrong_token_stands_for_nobody(tokens: Tokens, wrong: str) -> None:
    await tokens.create("operator")
    assert await tokens.verify(wrong) is None


async def test_a_revoked_token_ends_at_once_and_for_good(tokens: Tokens) -> None:
    made = await tokens.create("operator")
    other = await tokens.create("operator")
    await tokens.revoke(made.info.id)
    first = (await tokens.all())[0].revoked_at
    await tokens.revoke(made.info.id)
    assert await tokens.verify(made.token) is None
    assert await tokens.verify(other.token) is not None
    listed = await tokens.all()
    assert [each.revoked_at for each in listed] == [first, None]
    with pytest.raises(TokenUnknown):
        await tokens.revoke("nope")


async def test_a_fleet_token_reaches_no_station(tokens: Tokens) -> None:
    made = await tokens.create("fleet")
    principal = await tokens.verify(made.token)
    assert principal == Principal("fleet", None, made.info.id)
    assert not principal.may_use("mat")


async def test_a_token_stands_until_it_is_revoked(tokens: Tokens) -> None:
    made = await tokens.create("kiosk", "mat")
    assert await tokens.stands(made.info.id)
    await tokens.revoke(made.info.id)
    assert not await tokens.stands(made.info.id)
    assert not await tokens.stands("nope")


def test_tokens_from_before_there_was_a_fleet_stay_as_they_were() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        db = Database(connection)
        migrations.apply(db, stop_before="add_fleet")
        rows = [("1", "kiosk", "mat", "h1", "then", None), ("2", "operator", None, "h2", "then", "now")]
        db.conn.executemany("INSERT INTO api_token VALUES (?, ?, ?, ?, ?, ?)", rows)
        migrations.apply(db)
        assert db.execute("SELECT * FROM api_token ORDER BY id").fetchall() == rows
        with pytest.raises(sqlite3.IntegrityError):
            db.execute("INSERT INTO api_token VALUES ('3', 'fleet', 'mat', 'h3', 'now', NULL)")


@pytest.mark.parametrize(("role", "station"), [("kiosk", None), ("operator", "mat"), ("fleet", "mat")])
async def test_a_kiosk_has_a_station_and_an_operator_has_none(
    tokens: Tokens, role: Role, station: str | None
) -> None:
    with pytest.raises(ValueError, match="station"):
        await tokens.create(role, station)


async def test_a_token_is_never_stored_listed_or_printed(tokens: Tokens, tmp_path: Path) -> None:
    made = await tokens.create("kiosk", "mat")
    assert made.token not in repr(made)
    assert made.token not in str(await tokens.all())
    secret = made.token.removeprefix("gtk_").encode()
    assert files_with(tmp_path, secret) == []


async def test_a_command_beside_the_box_makes_tokens_that_work_at_once(
    tokens: Tokens, tmp_path: Path
) -> None:
    beside = Store(path=store_path(tmp_path), migrations=MIGRATIONS, shared=True)
    beside.start()
    made = await Tokens(store=beside).create("operator")
    beside.stop()
    assert await tokens.verify(made.token) is not None


def test_a_kiosk_may_use_its_own_station_only() -> None:
    assert Principal("kiosk", "mat", "1").may_use("mat")
    assert not Principal("kiosk", "mat", "1").may_use("run")
    assert Principal("operator", None, "2").may_use("run")
