"""Members by a part of their name or id."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.members.members import MemberProfile, Members
from gateway.members.search import MOST, search_members
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from sync.pseudonym import Pseudonymiser


@pytest.fixture
async def members(tmp_path: Path) -> AsyncIterator[tuple[Members, Store]]:
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    yield Members(store=store, pseudonym=Pseudonymiser(b"k" * 32)), store
    store.stop()


async def test_a_part_of_a_name_or_an_id_is_enough(members: tuple[Members, Store]) -> None:
    people, store = members
    for member_id, name in (("m-1", "Ana García"), ("m-2", "王小明"), ("ana.b", "Bo")):
        await people.put(member_id, MemberProfile(display_name=name))

    async def found(words: str) -> set[str]:
        return {each.id for each in await store.read(lambda db: search_members(db, words, 10))}

    assert await found("ana") == {"m-1", "ana.b"}
    assert await found("小明") == {"m-2"}
    assert await found("") == {"m-1", "m-2", "ana.b"}
    assert await found("nobody") == set()


async def test_wildcards_are_found_as_they_stand(members: tuple[Members, Store]) -> None:
    people, store = members
    await people.put("a", MemberProfile(display_name="100 %"))
    await people.put("b", MemberProfile(display_name="a_b"))
    for words, expected in (("%", ["a"]), ("_", ["b"]), ("\\", [])):
        rows = await store.read(lambda db, words=words: search_members(db, words, 10))  # type: ignore[misc]
        assert [each.id for each in rows] == expected


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(words=st.text(max_size=20), limit=st.integers(1, 10_000))
async def test_nothing_that_is_typed_breaks_it(
    members: tuple[Members, Store], words: str, limit: int
) -> None:
    _, store = members
    assert len(await store.read(lambda db: search_members(db, words, limit))) <= MOST
