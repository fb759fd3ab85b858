"""Logins of operators: known to this process alone, so that a restart ends them and no disk holds one."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.operators.accounts import Account, Operators
from gateway.tokens import Principal

# Long enough to walk to a machine and back; a stream that is merely open does not prolong it.
IDLE_S: Final = 30 * 60.0
LONGEST_S: Final = 12 * 3600.0
# A gym has a handful of operators; of more logins than this the one unused for longest ends.
MOST: Final = 64
_SECRET_BYTES: Final = 32


@dataclass(slots=True)
class _Login:
    id: str
    account: Account
    began_s: float
    used_s: float


class Logins:
    """Who is logged in. What the browser holds is a random word; the box keeps only its hash."""

    def __init__(
        self,
        *,
        operators: Operators,
        now_s: Callable[[], float],
        idle_s: float = IDLE_S,
        longest_s: float = LONGEST_S,
    ) -> None:
        """`now_s` is a clock that only goes forward, in seconds."""
        self._operators = operators
        self._now_s = now_s
        self._idle_s = idle_s
        self._longest_s = longest_s
        self._logins: dict[str, _Login] = {}

    def __len__(self) -> int:
        return len(self._logins)

    def open(self, account: Account) -> str:
        """Begin a login and return the word for the browser's cookie."""
        self._drop_ended()
        while len(self._logins) >= MOST:
            del self._logins[min(self._logins, key=lambda key: self._logins[key].used_s)]
        word, now_s = secrets.token_urlsafe(_SECRET_BYTES), self._now_s()
        # Another random name than the cookie's, so that it may stand in a log.
        self._logins[_hash(word)] = _Login(secrets.token_hex(8), account, now_s, now_s)
        return word

    async def use(self, word: str) -> Principal | None:
        """Return who shows this cookie, and count the login as used; None when it has ended.

        Raises:
            StoreError: the account cannot be looked up.
        """
        login = self._logins.get(_hash(word))
        if login is None or not await self._stands(login):
            return None
        login.used_s = self._now_s()
        return Principal("operator", None, None, login_id=login.id, name=login.account.name)

    async def stands(self, login_id: str) -> bool:
        """Tell whether a login still holds, without using it.

        Raises:
            StoreError: the account cannot be looked up.
        """
        login = next((each for each in self._logins.values() if each.id == login_id), None)
        return login is not None and await self._stands(login)

    def touch(self, login_id: str) -> None:
        """Count a login as used, where a person's deed comes by another way than a request."""
        for login in self._logins.values():
            if login.id == login_id and not self._is_over(login):
                login.used_s = self._now_s()

    def close(self, login_id: str) -> None:
        """End a login; one that has ended stays so."""
        self._logins = {key: each for key, each in self._logins.items() if each.id != login_id}

    async def _stands(self, login: _Login) -> bool:
        if self._is_over(login) or not await self._operators.is_current(login.account):
            self.close(login.id)
            return False
        return True

    def _is_over(self, login: _Login) -> bool:
        now_s = self._now_s()
        return now_s - login.used_s > self._idle_s or now_s - login.began_s > self._longest_s

    def _drop_ended(self) -> None:
        self._logins = {key: each for key, each in self._logins.items() if not self._is_over(each)}


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
