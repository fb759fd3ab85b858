"""Passwords: kept as argon2id, checked in bounds, refused when they are guessed first."""

import asyncio

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type
from hypothesis import given
from hypothesis import strategies as st

from gateway.operators.passwords import PasswordRefused, Passwords, TooManyLogins, demand_strength

GOOD = "correct horse battery"


async def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own(passwords: Passwords) -> None:
    one, other = await passwords.hash(GOOD), await passwords.hash(GOOD)
    assert one.startswith("$argon2id$")
    assert one != other
    assert GOOD not in one


async def test_what_a_gym_gets_is_as_hard_as_rfc_9106_wants_it() -> None:
    parameters = extract_parameters(await Passwords().hash(GOOD))
    assert (parameters.type, parameters.memory_cost, parameters.time_cost) == (Type.ID, 65_536, 3)


async def test_only_the_password_itself_fits(passwords: Passwords) -> None:
    stored = await passwords.hash(GOOD)
    assert await passwords.fits(GOOD, stored)
    assert not await passwords.fits(GOOD + " ", stored)
    assert not await passwords.fits("", stored)
    assert not await passwords.fits(GOOD, None)
    assert not await passwords.fits(GOOD, "no hash at all")


async def test_keyboards_that_write_a_letter_differently_write_the_same_password(
    passwords: Passwords,
) -> None:
    stored = await passwords.hash("Fitnessstudio Müller")
    assert await passwords.fits("Fitnessstudio Mu\u0308ller", stored)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "10 to 128"),
        ("x" * 129, "10 to 128"),
        ("", "10 to 128"),
        ("aaaaaaaaaaaa", "repeats itself"),
        ("abababababab", "repeats itself"),
        ("Front Desk", "account's name"),
    ],
)
def test_what_is_guessed_first_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(PasswordRefused, match=reason):
        demand_strength(password, name="front desk")


@given(st.text(min_size=10, max_size=100).filter(lambda text: len(set(text)) >= 10))
def test_any_script_and_any_character_will_do(password: str) -> None:
    try:
        demand_strength(password, name="front desk")
    except PasswordRefused as error:  # two characters of the text may be one in the form that is compared
        assert "characters" in str(error)  # noqa: PT017 - it may be refused, but only for this


class SlowHasher(PasswordHasher):
    """Hashes when the test lets it."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.running = self.most = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return super().hash(password, salt=salt)
        finally:
            self.running -= 1


async def test_a_flood_of_logins_is_turned_away_and_never_fills_the_memory() -> None:
    hasher = SlowHasher()
    passwords = Passwords(hasher)
    flood = await asyncio.gather(*(passwords.fits(GOOD, None) for _ in range(40)), return_exceptions=True)
    assert hasher.most <= 2
    assert sum(isinstance(each, TooManyLogins) for each in flood) == 24
    assert await passwords.fits(GOOD, await passwords.hash(GOOD))
