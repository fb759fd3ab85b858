"""Whoever changes, removes or adds a line of the audit is found out."""

import threading
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from sync.cloud import audit
from sync.cloud.audit import Line
from sync.cloud.database.database import Database
from sync.cloud.database.tables import Tenant
from tests.unit.sync.cloud.simulated_fleet import Fleet


def line(fleet: Fleet, number: int, **facts: Any) -> Line:
    told: dict[str, Any] = {
        "at": fleet.now,
        "tenant_id": None,
        "actor": "operator ann",
        "action": "thing.deed",
        "subject": f"thing {number % 2}",
        "detail": {"number": number, "said": "grüß"},
    }
    return Line(**{**told, **facts})


@pytest.fixture
def fleet(database: Database) -> Fleet:
    fleet = Fleet(database)
    with database.write() as session:
        session.add(Tenant(id="tenant-of-north", created_at=fleet.now))
    for number in range(4):
        with fleet.database.write() as session:
            audit.append(session, line(fleet, number))
    return fleet


def told(fleet: Fleet, **wanted: Any) -> list[object]:
    with fleet.database.read() as session:
        return [each.detail["number"] for _, each in audit.read(session, **wanted)]


def test_lines_are_read_in_their_order(fleet: Fleet) -> None:
    assert told(fleet) == [0, 1, 2, 3]
    assert told(fleet, after=2) == [2, 3]
    assert told(fleet, subject="thing 1") == [1, 3]
    with fleet.database.read() as session:
        assert [each for _, each in audit.read(session)][3] == line(fleet, 3)
    assert fleet.chain() is None


def test_an_empty_audit_is_whole(database: Database) -> None:
    assert Fleet(database).chain() is None


def test_a_line_stands_only_with_what_it_tells_of(fleet: Fleet) -> None:
    with fleet.database.write() as session:
        audit.append(session, line(fleet, 4))
        session.rollback()
    assert told(fleet) == [0, 1, 2, 3]
    assert fleet.chain() is None


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_a_line(fleet: Fleet, statement: str) -> None:
    with pytest.raises(DBAPIError, match="never changed"), fleet.database.write() as session:
        session.execute(text(statement))
    assert told(fleet) == [0, 1, 2, 3]


BEHIND_ITS_BACK = {
    "UPDATE audit SET actor = 'nobody' WHERE number = 2": 2,
    "UPDATE audit SET detail = '{}' WHERE number = 3": 3,
    "UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE number = 1": 1,
    "UPDATE audit SET tenant_id = 'tenant-of-north' WHERE number = 1": 1,
    "UPDATE audit SET hash = '0' WHERE number = 2": 2,
    "DELETE FROM audit WHERE number = 2": 2,
    "DELETE FROM audit WHERE number = 4": 4,
    "DELETE FROM audit": 1,
    "UPDATE audit_head SET number = 3": 5,
    "INSERT INTO audit SELECT 5, at, tenant_id, actor, action, subject, detail, hash FROM audit"
    " WHERE number = 4": 5,
}
"""What who owns the database can do without the triggers, and where the chain shows it."""


def without_triggers(session: Session) -> None:
    names = ["audit_no_update", "audit_no_delete"]
    if session.get_bind().dialect.name == "postgresql":
        names = ["audit_no_change ON audit"]
    for name in names:
        session.execute(text(f"DROP TRIGGER {name}"))


def test_who_goes_behind_its_back_is_found_out(fleet: Fleet, subtests: pytest.Subtests) -> None:
    with fleet.database.write() as session:
        without_triggers(session)
    for statement, number in BEHIND_ITS_BACK.items():
        with subtests.test(statement), fleet.database.write() as session:
            session.execute(text(statement))
            broken = audit.verify(session)
            assert broken is not None
            assert broken.number == number
            session.rollback()


def test_many_writers_make_one_chain(fleet: Fleet) -> None:
    def write(begin: int) -> None:
        for number in range(begin, begin + 5):
            with fleet.database.write() as session:
                audit.append(session, line(fleet, number), line(fleet, number))

    threads = [threading.Thread(target=write, args=(begin,)) for begin in (10, 20, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(told(fleet)) == 4 + 30
    assert fleet.chain() is None
