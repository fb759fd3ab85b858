"""Accounts: none at first, the first only once, never the last one gone."""

import asyncio
import re
from pathlib import Path

import pytest

from gateway.operators.accounts import (
    NAME_PATTERN,
    AlreadyClaimed,
    LastOperator,
    NameRefused,
    NameTaken,
    Operators,
    OperatorUnknown,
    same_name,
)
from gateway.operators.passwords import PasswordRefused, Passwords
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path

GOOD = "correct horse battery"
OTHER = "staple of another kind"


def files_with(folder: Path, text: str) -> list[str]:
    return [each.name for each in folder.iterdir() if text.encode() in each.read_bytes()]


async def test_a_fresh_box_has_no_account_and_no_default_password(operators: Operators) -> None:
    assert not await operators.exist()
    assert await operators.all() == []
    for name, password in [("admin", "admin"), ("gymbox", "gymbox"), ("root", "")]:
        assert await operators.verify(name, password) is None


async def test_name_and_password_open_the_account(operators: Operators) -> None:
    made = await operators.create("Ana", GOOD)
    assert await operators.exist()
    assert await operators.verify("Ana", GOOD) == made
    assert await operators.verify("ana", GOOD) == made  # a phone's keyboard begins with a capital
    assert await operators.verify("Ana", OTHER) is None
    assert await operators.verify("Bo", GOOD) is None


async def test_of_two_who_claim_a_box_at_once_one_gets_it(operators: Operators) -> None:
    claims = [operators.create(name, GOOD, first=True) for name in ("Ana", "Bo")]
    answers = await asyncio.gather(*claims, return_exceptions=True)
    assert sum(isinstance(each, AlreadyClaimed) for each in answers) == 1
    assert len(await operators.all()) == 1


async def test_a_name_is_taken_once_however_it_is_written(operators: Operators) -> None:
    await operators.create("Straße", GOOD)
    with pytest.raises(NameTaken):
        await operators.create("STRASSE", OTHER)
    assert [each.name for each in await operators.all()] == ["Straße"]


async def test_a_weak_password_makes_no_account(operators: Operators) -> None:
    with pytest.raises(PasswordRefused):
        await operators.create("Ana", "short")
    assert not await operators.exist()


async def test_another_password_ends_what_the_one_before_opened(operators: Operators) -> None:
    before = await operators.create("Ana", GOOD)
    after = await operators.set_password("ana", OTHER)
    assert await operators.verify("Ana", GOOD) is None
    assert await operators.verify("Ana", OTHER) == after
    assert not await operators.is_current(before)
    assert await operators.is_current(after)
    with pytest.raises(OperatorUnknown):
        await operators.set_password("Bo", OTHER)


async def test_the_last_account_stays(operators: Operators) -> None:
    ana = await operators.create("Ana", GOOD)
    with pytest.raises(LastOperator):
        await operators.remove("ana")
    await operators.create("Bo", OTHER)
    await operators.remove("ana")
    assert not await operators.is_current(ana)
    with pytest.raises(OperatorUnknown):
        await operators.remove("ana")
    with pytest.raises(LastOperator):
        await operators.remove("Bo")


async def test_an_account_made_anew_is_not_the_one_before(operators: Operators) -> None:
    ana = await operators.create("Ana", GOOD)
    await operators.create("Bo", OTHER)
    await operators.remove("Ana")
    await operators.create("Ana", GOOD)
    assert not await operators.is_current(ana)


async def test_the_list_tells_when_somebody_was_last_here(operators: Operators) -> None:
    ana = await operators.create("Ana", GOOD)
    assert [each.last_login_at for each in await operators.all()] == [None]
    await operators.logged_in(ana)
    [listed] = await operators.all()
    assert listed.last_login_at is not None
    assert listed.last_login_at >= listed.created_at


async def test_no_password_lies_on_the_disk(operators: Operators, tmp_path: Path) -> None:
    await operators.create("Ana", GOOD)
    assert files_with(tmp_path, GOOD) == []
    assert files_with(tmp_path, "$argon2id$") != []


async def test_a_command_beside_the_box_changes_what_the_box_sees(
    operators: Operators, passwords: Passwords, tmp_path: Path
) -> None:
    ana = await operators.create("Ana", GOOD)
    beside = Store(path=store_path(tmp_path), migrations=MIGRATIONS, shared=True)
    beside.start()
    try:
        await Operators(store=beside, passwords=passwords).set_password("Ana", OTHER)
    finally:
        beside.stop()
    assert not await operators.is_current(ana)


@pytest.mark.parametrize("name", ["a", "Ana", "张伟", "front desk", "ana@gym.example", "x" * 40])
def test_names_of_people_are_names(name: str) -> None:
    assert re.fullmatch(NAME_PATTERN, name)


async def test_what_is_no_name_makes_no_account(operators: Operators) -> None:
    with pytest.raises(NameRefused, match="1 to 40"):
        await operators.create("a\nb", GOOD)
    assert not await operators.exist()


@pytest.mark.parametrize("name", ["", " ", "ana ", "-ana", "a/b", "a\nb", "x" * 41, "<b>", "a\x00"])
def test_what_no_address_or_log_could_hold_is_no_name(name: str) -> None:
    assert not re.fullmatch(NAME_PATTERN, name)


def test_names_are_compared_as_people_read_them() -> None:
    assert same_name("Ana", "ANA")
    assert same_name("\uff21na", "Ana")  # a full-width A
    assert not same_name("Ana", "Anna")
