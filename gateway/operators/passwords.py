"""Passwords: what may be one, and how one is kept (argon2id, RFC 9106)."""

import asyncio
import unicodedata
from collections.abc import Callable
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST: Final = 10
LONGEST: Final = 128
# One check takes 64 MiB and a core for a moment: who floods the login gets an answer, not all memory.
_AT_ONCE: Final = 2
_MOST_WAITING: Final = 16

T = TypeVar("T")


class PasswordRefused(ValueError):  # noqa: N818 - named by what happened
    """This cannot be a password; the text says why."""


class TooManyLogins(Exception):  # noqa: N818 - named by what happened
    """More passwords wait to be looked at than the box takes on."""


def demand_strength(password: str, *, name: str) -> None:
    """Refuse a password that is guessed first (NIST SP 800-63B: length counts, rules of composition do not).

    Raises:
        PasswordRefused: it is too short, too long, hardly more than one character, or is the account's name.
    """
    said = _normal(password)
    if not SHORTEST <= len(said) <= LONGEST:
        raise PasswordRefused(f"A password has {SHORTEST} to {LONGEST} characters.")
    if len(set(said)) < SHORTEST // 2:
        raise PasswordRefused("This password repeats itself; take one with more different characters.")
    if name.casefold() == said.casefold():
        raise PasswordRefused("A password must not be the account's name.")


class Passwords:
    """Hashes and checks on threads, a few at a time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Return what may be stored of a password: its argon2id hash with parameters and salt.

        Raises:
            TooManyLogins: too many others wait.
        """
        return await self._in_turn(lambda: self._hasher.hash(_normal(password)))

    async def fits(self, password: str, stored: str | None) -> bool:
        """Tell whether this is the password; without an account it takes as long, and is always wrong.

        Raises:
            TooManyLogins: too many others wait.
        """
        said = _normal(password)
        if stored is None:
            await self._in_turn(lambda: self._hasher.hash(said))
            return False
        return await self._in_turn(lambda: self._is(said, stored))

    def _is(self, said: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, said)
        except (Argon2Error, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= _MOST_WAITING:
            raise TooManyLogins("Too many logins at once. Try again in a moment.")
        self._waiting += 1
        try:
            async with self._room:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def _normal(password: str) -> str:
    """One form for what looks the same, whichever keyboard typed it (RFC 8265)."""
    return unicodedata.normalize("NFC", password)
