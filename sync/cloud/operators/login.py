"""Logging in: a name and a password, and few tries."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sync.cloud.operators.accounts import Accounts
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.sessions import Sessions
from sync.cloud.throttle import FailureThrottle


class LoginRefused(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """No account has this name and this password."""


@dataclass(slots=True)
class TooManyTries(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """Too many were wrong within a minute.

    Attributes:
        wait_s: until the next may be tried.
    """

    wait_s: float


class Login:
    """The only door for passwords.

    Args:
        accounts: whose passwords they are.
        sessions: where who is let in gets a session.
        monotonic: seconds that only go up.
    """

    def __init__(
        self, accounts: Accounts, sessions: Sessions, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._monotonic = monotonic
        self._throttle = FailureThrottle()

    def begin(self, name: str, password: str, *, client: str) -> tuple[Principal, str]:
        """Let somebody in; returns who it is and the session's key.

        Raises:
            LoginRefused: name and password do not belong together.
            TooManyTries: the account or the client was wrong too often; nothing was looked at.
        """
        self.count(f"account {name}", f"client {client}")
        principal = self._accounts.verify(name, password)
        self._accounts.note_login(name, right=principal is not None, client=client)
        if principal is None:
            raise LoginRefused
        self.forgive(f"account {name}", f"client {client}")
        return principal, self._sessions.begin(name)

    def count(self, *keys: str) -> None:
        """Count a try before it is known whether it is right.

        Raises:
            TooManyTries: one of the keys has none left.
        """
        now_s = self._monotonic()
        wait_s = max(self._throttle.wait_s(key, now_s) for key in keys)
        if wait_s > 0:
            raise TooManyTries(wait_s)
        for key in keys:
            self._throttle.failed(key, now_s)

    def forgive(self, *keys: str) -> None:
        """Take a try back that was right."""
        for key in keys:
            self._throttle.succeeded(key)
