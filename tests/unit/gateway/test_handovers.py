"""Tickets for phones: two minutes, one use, one station, and nothing left once somebody has checked in."""

from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.handovers import MOST_AT_A_STATION, RENEW_S, VALID_S, HandoverOver, Handovers
from gateway.tokens import Principal

KIOSK = Principal("kiosk", "mat", "token")


@dataclass
class Hall:
    """Handovers whose time is moved by hand."""

    now_s: float = 1000.0
    handovers: Handovers = field(init=False)

    def __post_init__(self) -> None:
        self.handovers = Handovers(lambda: self.now_s)

    def holds(self, ticket: str) -> bool:
        try:
            self.handovers.look(ticket)
        except HandoverOver:
            return False
        return True


def session_at(station_id: str) -> Any:
    return SimpleNamespace(station=SimpleNamespace(id=station_id))


def test_it_says_where_and_for_whom_and_is_never_the_same() -> None:
    hall = Hall()
    tickets = {hall.handovers.issue("mat", KIOSK) for _ in range(MOST_AT_A_STATION)}
    assert len(tickets) == MOST_AT_A_STATION
    assert all(len(ticket) >= 20 for ticket in tickets)
    found = hall.handovers.look(tickets.pop())
    assert (found.station_id, found.by, hall.handovers.left_s(found)) == ("mat", KIOSK, VALID_S)


def test_it_ends_after_two_minutes_and_what_is_shown_holds_as_long_as_until_the_next() -> None:
    hall = Hall()
    ticket = hall.handovers.issue("mat", KIOSK)
    hall.now_s += RENEW_S
    assert hall.handovers.left_s(hall.handovers.look(ticket)) == RENEW_S
    hall.now_s += VALID_S - RENEW_S - 0.1
    assert hall.holds(ticket)
    hall.now_s += 0.1
    assert not hall.holds(ticket)
    hall.handovers.issue("mat", KIOSK)
    assert len(hall.handovers) == 1, "what is over is forgotten"


def test_it_is_used_once_and_a_refusal_leaves_it() -> None:
    hall = Hall()
    ticket = hall.handovers.issue("mat", KIOSK)
    with pytest.raises(LookupError), hall.handovers.use(ticket):
        raise LookupError("no such band")
    with hall.handovers.use(ticket):
        assert not hall.holds(ticket), "nobody else may use it meanwhile"
        with pytest.raises(HandoverOver), hall.handovers.use(ticket):
            pytest.fail("used twice")
    assert not hall.holds(ticket)


def test_a_check_in_ends_those_of_its_station_alone() -> None:
    hall = Hall()
    mat, other, run = (hall.handovers.issue(name, KIOSK) for name in ("mat", "mat", "run"))
    with hall.handovers.use(mat):
        hall.handovers.session_started(session_at("mat"))
    assert [hall.holds(each) for each in (mat, other, run)] == [False, False, True]
    hall.handovers.session_ended(session_at("run"))
    assert hall.holds(run)


def test_one_that_was_refused_after_somebody_else_checked_in_stays_over() -> None:
    hall = Hall()
    ticket = hall.handovers.issue("mat", KIOSK)
    with suppress(LookupError), hall.handovers.use(ticket):
        hall.handovers.session_started(session_at("mat"))
        raise LookupError("busy")
    assert not hall.holds(ticket)


def test_a_screen_that_asks_and_asks_has_the_newest_few() -> None:
    hall = Hall()
    tickets = [hall.handovers.issue("mat", KIOSK) for _ in range(3 * MOST_AT_A_STATION)]
    run = hall.handovers.issue("run", KIOSK)
    assert [each for each in tickets if hall.holds(each)] == tickets[-MOST_AT_A_STATION:]
    assert hall.holds(run)
    assert len(hall.handovers) == MOST_AT_A_STATION + 1


@pytest.mark.parametrize("never", ["", "x", "\N{SNOWMAN}" * 20])
def test_what_never_was_one_is_told_the_same(never: str) -> None:
    hall = Hall()
    used = hall.handovers.issue("mat", KIOSK)
    hall.now_s += VALID_S
    said = set()
    for ticket in (never, used):
        with pytest.raises(HandoverOver, match="Scan the code") as caught:
            hall.handovers.look(ticket)
        said.add(str(caught.value))
    assert len(said) == 1
