"""Passwords: Argon2id (RFC 9106, the second recommended parameters), slow on purpose."""

from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST_LENGTH: Final = 12
MOST_LENGTH: Final = 256
_HASHER: Final = PasswordHasher()  # its defaults are those parameters: 3 passes over 64 MiB


class PasswordRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """It is no password that an account may have; the text says why."""


def hash_password(password: str, *, name: str) -> str:
    """The hash to keep, with its own salt.

    Raises:
        PasswordRefused: it is too short, too long, or the account's name.
    """
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        raise PasswordRefused(f"a password has {LEAST_LENGTH} to {MOST_LENGTH} characters")
    if password.casefold() == name.casefold():
        raise PasswordRefused("a password must not be the account's name")
    return _HASHER.hash(password)


def is_right(kept: str | None, password: str) -> bool:
    """Whether the password is the one whose hash was kept; an account without one takes as long to refuse."""
    try:
        _HASHER.verify(kept or _nobodys(), password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
    return kept is not None


@cache
def _nobodys() -> str:
    return _HASHER.hash("the password of nobody")
