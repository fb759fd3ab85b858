"""Logins: end by themselves, end with the password, never leave the process."""

import re
from dataclasses import dataclass, field

import pytest

from gateway.operators.accounts import Account, Operators
from gateway.operators.logins import IDLE_S, LONGEST_S, MOST, Logins

GOOD = "correct horse battery"


@dataclass
class Time:
    """A clock that only a test moves."""

    s: float = field(default=100.0)

    def now_s(self) -> float:
        return self.s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def logins(operators: Operators, time: Time) -> Logins:
    return Logins(operators=operators, now_s=time.now_s)


@pytest.fixture
async def ana(operators: Operators) -> Account:
    return await operators.create("Ana", GOOD)


async def test_a_login_stands_for_its_operator(logins: Logins, ana: Account) -> None:
    principal = await logins.use(logins.open(ana))
    assert principal is not None
    assert (principal.role, principal.name, principal.token_id) == ("operator", "Ana", None)
    assert principal.label == "operator Ana"


@pytest.mark.parametrize("word", ["", "x", "A" * 43, "ü"])
async def test_a_made_up_cookie_stands_for_nobody(logins: Logins, ana: Account, word: str) -> None:
    logins.open(ana)
    assert await logins.use(word) is None


async def test_a_login_without_a_request_ends(logins: Logins, ana: Account, time: Time) -> None:
    word = logins.open(ana)
    time.s += IDLE_S - 1
    assert await logins.use(word) is not None
    time.s += IDLE_S - 1
    assert await logins.use(word) is not None
    time.s += IDLE_S + 1
    assert await logins.use(word) is None
    assert len(logins) == 0


async def test_a_login_that_is_used_all_day_ends_too(logins: Logins, ana: Account, time: Time) -> None:
    word, began_s = logins.open(ana), time.s
    while await logins.use(word) is not None:
        time.s += IDLE_S / 2
    assert LONGEST_S < time.s - began_s <= LONGEST_S + IDLE_S


async def test_watching_is_no_use(logins: Logins, ana: Account, time: Time) -> None:
    word = logins.open(ana)
    principal = await logins.use(word)
    assert principal is not None
    assert principal.login_id is not None
    time.s += IDLE_S - 1
    assert await logins.stands(principal.login_id)
    time.s += 2
    assert not await logins.stands(principal.login_id)


async def test_a_deed_that_is_no_request_counts(logins: Logins, ana: Account, time: Time) -> None:
    principal = await logins.use(logins.open(ana))
    assert principal is not None
    assert principal.login_id is not None
    for _ in range(3):
        time.s += IDLE_S - 1
        logins.touch(principal.login_id)
    assert await logins.stands(principal.login_id)
    time.s += IDLE_S + 1
    logins.touch(principal.login_id)  # what is over stays so
    assert not await logins.stands(principal.login_id)


async def test_logging_out_ends_this_login_alone(logins: Logins, ana: Account) -> None:
    here, there = logins.open(ana), logins.open(ana)
    principal = await logins.use(here)
    assert principal is not None
    logins.close(str(principal.login_id))
    assert await logins.use(here) is None
    assert await logins.use(there) is not None


async def test_another_password_ends_every_login(logins: Logins, operators: Operators, ana: Account) -> None:
    words = [logins.open(ana) for _ in range(3)]
    await operators.set_password("Ana", "staple of another kind")
    assert [await logins.use(word) for word in words] == [None, None, None]


async def test_a_removed_account_is_out_at_once(logins: Logins, operators: Operators, ana: Account) -> None:
    word = logins.open(ana)
    await operators.create("Bo", GOOD)
    await operators.remove("Ana")
    assert await logins.use(word) is None


async def test_more_logins_than_a_gym_needs_end_the_one_unused_for_longest(
    logins: Logins, ana: Account, time: Time
) -> None:
    first, second = logins.open(ana), logins.open(ana)
    time.s += 1
    await logins.use(first)
    for _ in range(MOST - 1):
        time.s += 1
        logins.open(ana)
    assert len(logins) == MOST
    assert await logins.use(second) is None
    assert await logins.use(first) is not None


async def test_the_word_in_the_browser_is_nowhere_else(logins: Logins, ana: Account) -> None:
    word = logins.open(ana)
    assert re.fullmatch(r"[\w-]{43}", word)  # 256 bits
    assert word not in repr(vars(logins))
    assert word not in repr(await logins.use(word))


async def test_a_restart_ends_logins(operators: Operators, logins: Logins, ana: Account, time: Time) -> None:
    word = logins.open(ana)
    assert await Logins(operators=operators, now_s=time.now_s).use(word) is None
