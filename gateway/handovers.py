"""Tickets with which a phone checks in for a kiosk: one station, two minutes, one use; in memory alone."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.tokens import Principal

if TYPE_CHECKING:
    from gateway.sessions.active import ActiveSession

VALID_S: Final = 120.0
# A kiosk asks for the next one so soon, so that what it shows holds for as long again.
RENEW_S: Final = 60.0
# What a station may have about; the oldest goes first.
MOST_AT_A_STATION: Final = 4
_SECRET_BYTES: Final = 16  # short enough for a code that is read across a room


class HandoverOver(Exception):  # noqa: N818 - named by what happened
    """A ticket was used, is too old, or never was one."""


@dataclass(slots=True)
class Ticket:
    """What one ticket is good for.

    Attributes:
        station_id: where it checks in.
        by: whose screen shows it; without them it is worth nothing.
        ends_s: the monotonic second after which it holds no more.
        taken: somebody checks in with it at this moment.
    """

    station_id: str
    by: Principal
    ends_s: float
    taken: bool = False


class Handovers:
    """The tickets that hold; lives on the event loop."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        """`now_s` tells monotonic seconds."""
        self._now_s = now_s
        self._tickets: dict[str, Ticket] = {}

    def __len__(self) -> int:
        return len(self._tickets)

    def issue(self, station_id: str, by: Principal) -> str:
        """Return a new ticket; this is the only time that it can be read."""
        self._forget(lambda ticket: ticket.ends_s <= self._now_s())
        here = [key for key, ticket in self._tickets.items() if ticket.station_id == station_id]
        if len(here) >= MOST_AT_A_STATION:
            del self._tickets[here[0]]
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        self._tickets[_key(secret)] = Ticket(station_id, by, self._now_s() + VALID_S)
        return secret

    def look(self, secret: str) -> Ticket:
        """Return what a ticket is good for.

        Raises:
            HandoverOver: nothing any more.
        """
        ticket = self._tickets.get(_key(secret))
        if ticket is None or ticket.taken or ticket.ends_s <= self._now_s():
            raise HandoverOver("This code was used or is too old. Scan the code on the screen again.")
        return ticket

    def left_s(self, ticket: Ticket) -> float:
        """Return for how many seconds a ticket still holds."""
        return max(0.0, ticket.ends_s - self._now_s())

    @contextmanager
    def use(self, secret: str) -> Iterator[Ticket]:
        """Use a ticket up; when the block raises, it is good for another try.

        Raises:
            HandoverOver: it is good for nothing any more.
        """
        ticket = self.look(secret)
        ticket.taken = True
        try:
            yield ticket
        except BaseException:
            ticket.taken = False
            raise
        self._tickets.pop(_key(secret), None)

    def session_started(self, session: "ActiveSession") -> None:
        """Somebody checked in, with a ticket or otherwise: what the station's screen showed is over."""
        self._forget(lambda ticket: ticket.station_id == session.station.id)

    def session_ended(self, session: "ActiveSession") -> None:
        """Take no notice: the screen asks for a ticket when it wants one."""

    def _forget(self, is_over: Callable[[Ticket], bool]) -> None:
        self._tickets = {key: ticket for key, ticket in self._tickets.items() if not is_over(ticket)}


def _key(secret: str) -> str:
    # A lookup by the hash takes the same time however much of the secret was guessed.
    return hashlib.sha256(secret.encode()).hexdigest()
