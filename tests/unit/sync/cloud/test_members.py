"""One member in the cloud: everything to take along, nothing left after erasing, read from the disk."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from sync.cloud import audit
from sync.cloud.database.tables import Dataset, DatasetObject, RawObject
from sync.cloud.lake import parquet
from sync.cloud.landing import ObjectDamaged
from sync.cloud.members import Members, MemberUnknown

from .cloud_parts import NOON, CloudParts, Records


def members_of(parts: CloudParts) -> Members:
    return Members(parts.database, parts.objects, clock=parts.clock)


def audited(parts: CloudParts) -> list[tuple[str, str, str]]:
    with parts.database.read() as session:
        return [(line.action, line.actor, line.subject) for _, line in audit.read(session)]


def test_a_member_takes_everything_along_and_nothing_of_others(parts: CloudParts, records: Records) -> None:
    box = parts.gateway()
    mine = [records.session("anna"), records.session("anna")]
    parts.send(box, mine[0], records.session("ben"))
    parts.send(box, mine[1])
    anna = str(records.pseudonym("anna"))
    with parts.database.write() as session:
        first = session.scalars(select(RawObject.id).order_by(RawObject.id)).first()
        session.add(Dataset(id="d" * 64, manifest="m", records=1, sessions=1, members=1, created_at=NOON))
        session.flush()
        session.add(DatasetObject(dataset_id="d" * 64, object_id=first))
    found = members_of(parts).export("gym", anna, by="operator ann")
    assert {each["id"] for each in found["records"]} == {each.id for each in mine}
    assert [each["body"]["sets"][0]["reps"] for each in found["records"]] == [8, 8]
    assert (found["datasets"], found["erasures"]) == (["d" * 64], [])
    assert str(records.pseudonym("ben")) not in json.dumps(found)
    assert ("member.export", "operator ann", anna) in audited(parts)


def test_after_erasing_disk_and_database_have_nothing_of_the_member_but_the_order(
    sqlite_parts: CloudParts, records: Records, tmp_path: Path
) -> None:
    parts = sqlite_parts
    box = parts.gateway()
    mark = "a-mark-in-the-body-4711"
    parts.send(box, records.session("anna", note=mark), records.session("ben"))
    parts.send(box, records.session("anna", note=mark))
    anna = str(records.pseudonym("anna"))
    assert mark in _rows(tmp_path)
    parts.clock.advance(hours=1)
    members_of(parts).erase("gym", anna, by="operator ann")
    assert parts.eraser.work() == 0
    lake = _rows(tmp_path)
    assert (mark in lake, anna in lake, str(records.pseudonym("ben")) in lake) == (False, False, True)
    assert _tables_with(parts, anna) == {"erasure", "audit"}
    assert _tables_with(parts, mark) == set()
    with pytest.raises(MemberUnknown):
        members_of(parts).export("gym", anna, by="operator ann")
    assert ("member.erase", "operator ann", anna) in audited(parts)


def test_what_an_operator_erased_does_not_come_back(parts: CloudParts, records: Records) -> None:
    box = parts.gateway()
    parts.send(box, records.session("anna"))
    parts.clock.advance(hours=1)
    members_of(parts).erase("gym", str(records.pseudonym("anna")), by="operator ann")
    parts.send(box, records.session("anna", at=NOON))  # from the outbox of a box that was offline
    parts.eraser.work()
    assert parts.landed() == []


@pytest.mark.parametrize(("gym", "member"), [("gym", "nobody"), ("elsewhere", "anna")])
def test_who_is_not_known_is_not_known(parts: CloudParts, records: Records, gym: str, member: str) -> None:
    parts.send(parts.gateway(), records.session("anna"))
    who = str(records.pseudonym(member))
    for wish in (members_of(parts).export, members_of(parts).erase):
        with pytest.raises(MemberUnknown):
            wish(gym, who, by="operator ann")
    assert not any(action.startswith("member.") for action, _, _ in audited(parts))


def test_a_copy_that_is_not_whole_is_none(sqlite_parts: CloudParts, records: Records) -> None:
    parts = sqlite_parts
    parts.send(parts.gateway(), records.session("anna"))
    with parts.database.read() as session:
        name = session.scalars(select(RawObject.name)).one()
    parts.objects.delete(name)
    with pytest.raises(ObjectDamaged, match=name):
        members_of(parts).export("gym", str(records.pseudonym("anna")), by="operator ann")


def _rows(tmp_path: Path) -> str:
    """Every row of every object whose bytes are there."""
    objects = (tmp_path / "objects").rglob("*.parquet")
    return repr([parquet.read(path.read_bytes()) for path in objects])


def _tables_with(parts: CloudParts, mark: str) -> set[str]:
    """The tables of which some row holds this."""
    found: set[str] = set()
    with parts.database.read() as session:
        names: list[Any] = list(session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
        for name in names:
            if any(mark in str(row) for row in session.execute(text(f'SELECT * FROM "{name}"'))):  # noqa: S608
                found.add(name)
    return found
