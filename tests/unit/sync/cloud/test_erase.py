from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from sync.cloud import landing
from sync.cloud.database.database import Database
from sync.cloud.database.tables import (
    Dataset,
    DatasetObject,
    Erasure,
    LandedRecord,
    ModelDataset,
    ModelVersion,
    RawObject,
)
from sync.cloud.lake import parquet
from sync.cloud.lake.objects import StoreUnavailable
from sync.cloud.landing import ObjectDamaged

from .cloud_parts import NOON, CloudParts, Records

Files = Callable[[], list[str]]
LATER = timedelta(hours=1)


def members(parts: CloudParts, gym: str = "gym") -> list[str | None]:
    return [row.member for row in parts.landed(gym)]


def everywhere(parts: CloudParts, files: Files) -> set[str | None]:
    """Everybody of whom there are bytes, whether they count or not."""
    return {row.member for name in files() for row in parquet.read(parts.objects.get(name))}


def done(parts: CloudParts) -> list[bool]:
    with parts.database.read() as session:
        return [each is not None for each in session.scalars(select(Erasure.done_at).order_by(Erasure.id))]


def test_a_member_is_removed_from_every_object_and_nobody_else(
    parts: CloudParts, records: Records, files: Files
) -> None:
    box = parts.gateway()
    ben, carl = records.session("ben"), records.session("carl")
    parts.send(box, records.session("anna"), ben, records.session("anna"))
    parts.send(box, carl)
    parts.send(box, records.session("anna"))
    parts.clock.advance(hours=2)
    parts.send(box, records.erase("anna", at=NOON + LATER))
    assert parts.eraser.work() == 0
    assert sorted(row.id for row in parts.landed()) == sorted([ben.id, carl.id])
    assert everywhere(parts, files) == {records.pseudonym("ben"), records.pseudonym("carl")}
    assert parts.states() == ["retired", "landed", "retired", "landed"]  # nobody was left in the third
    assert done(parts) == [True]
    with parts.database.read() as session:
        kept = session.scalars(select(LandedRecord.member)).all()
        purged = session.scalars(select(RawObject.purged_at).where(RawObject.state == "retired")).all()
        new = session.scalars(select(RawObject).order_by(RawObject.id.desc())).first()
    assert set(kept) == {records.pseudonym("ben"), records.pseudonym("carl")}
    assert None not in purged
    assert new is not None
    assert (new.records, new.sessions, new.bytes) == (1, 1, len(parts.objects.get(new.name)))


def test_what_the_member_does_after_coming_back_stays(parts: CloudParts, records: Records) -> None:
    box = parts.gateway()
    before, after = records.session(at=NOON), records.session(at=NOON + 2 * LATER)
    parts.clock.advance(days=1)
    parts.send(box, before, after)
    parts.send(box, records.erase(at=NOON + LATER))
    parts.eraser.work()
    assert [row.id for row in parts.landed()] == [after.id]
    parts.send(box, before)
    assert [row.id for row in parts.landed()] == [after.id]


def test_an_erasure_reaches_no_other_gym(parts: CloudParts, records: Records) -> None:
    ours, theirs = parts.gateway(), parts.gateway("other-box", "other-gym", "other-tenant")
    for box in (ours, theirs):
        parts.send(box, records.session("anna"))
    parts.send(ours, records.erase("anna"))
    parts.eraser.work()
    assert members(parts) == []
    assert members(parts, "other-gym") == [records.pseudonym("anna")]


def test_doing_it_again_changes_nothing(parts: CloudParts, records: Records) -> None:
    box, erase = parts.gateway(), records.erase("anna")
    parts.send(box, records.session("anna"), records.session("ben"))
    parts.send(box, erase)
    parts.eraser.work()
    states, rows = parts.states(), parts.landed()
    parts.send(box, erase)
    parts.send(box, records.erase("anna"))
    parts.send(box, records.erase("nobody"))
    assert parts.eraser.work() == 0
    assert (parts.states(), parts.landed()) == (states, rows)
    assert done(parts) == [True, True, True]


def test_two_members_of_one_object_go_in_one_round(sqlite_parts: CloudParts, records: Records) -> None:
    box = sqlite_parts.gateway()
    sqlite_parts.send(box, *(records.session(name) for name in ("anna", "ben", "carl")))
    sqlite_parts.send(box, records.erase("anna"), records.erase("ben"))
    sqlite_parts.eraser.work()
    assert members(sqlite_parts) == [records.pseudonym("carl")]
    assert sqlite_parts.states() == ["retired", "landed"]


class Killed(BaseException):
    """The process ends here: nothing that would clean up runs."""


STEPS = ("get", "put_new", "delete", "write")


@pytest.mark.parametrize("step", STEPS)
def test_killed_anywhere_it_goes_on(
    sqlite_parts: CloudParts, records: Records, files: Files, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Killed at the first, the second, … of these calls, before it and after it, until none is left."""
    parts, box = sqlite_parts, sqlite_parts.gateway()
    for _ in range(2):
        parts.send(box, records.session("anna"), records.session("ben"))
    parts.send(box, records.erase("anna"))
    place: Any = parts.database if step == "write" else parts.objects
    real, kills = getattr(place, step), 0
    for kill_at in range(1, 20):
        calls = 0

        def dying(*arguments: Any, last: int = (kill_at + 1) // 2, before: bool = kill_at % 2 == 1) -> Any:
            nonlocal calls
            calls += 1
            if calls == last and before:
                raise Killed
            answer = real(*arguments)
            if calls == last and step != "write":
                raise Killed
            return answer

        monkeypatch.setattr(place, step, dying)
        try:
            parts.eraser.work()
        except Killed:
            kills += 1
        monkeypatch.setattr(place, step, real)
        assert members(parts).count(records.pseudonym("ben")) == 2  # readers never miss anybody
    parts.clock.advance(hours=1)
    landing.sweep(parts.database, parts.objects, now=parts.clock.now)
    assert parts.eraser.work() == 0
    assert kills > 0
    assert members(parts) == [records.pseudonym("ben")] * 2
    assert everywhere(parts, files) == {records.pseudonym("ben")}
    assert set(parts.states()) == {"retired", "landed"}


def test_it_is_not_done_while_a_batch_from_before_may_still_lie_there(
    parts: CloudParts, records: Records, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = parts.gateway()

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("sync.cloud.ingest.land", killed)
        with pytest.raises(Killed):
            parts.send(box, records.session("anna"))
    assert everywhere(parts, files) == {records.pseudonym("anna")}
    parts.send(box, records.erase("anna"))
    assert parts.eraser.work() == 1
    parts.clock.advance(hours=1)
    landing.sweep(parts.database, parts.objects, now=parts.clock.now)
    assert parts.eraser.work() == 0
    assert files() == []


@pytest.mark.parametrize("before", [True, False], ids=["before it is read", "after it was read"])
def test_another_worker_that_was_faster_is_not_undone(
    parts: CloudParts, records: Records, files: Files, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    box = parts.gateway()
    parts.send(box, records.session("anna"), records.session("ben"))
    parts.send(box, records.erase("anna"))
    get, raced = parts.objects.get, [True]

    def get_slowly(name: str) -> bytes:
        data = b"" if before else get(name)
        if raced and raced.pop():
            parts.eraser._clean("gym")
        return get(name) if before else data

    monkeypatch.setattr(parts.objects, "get", get_slowly)
    assert parts.eraser.work() == 0
    assert members(parts) == [records.pseudonym("ben")]
    assert len(files()) == 1


def test_a_damaged_object_holds_up_no_other_gym(parts: CloudParts, records: Records, files: Files) -> None:
    boxes = [parts.gateway("box", "a-gym"), parts.gateway("other-box", "b-gym")]
    for box in boxes:
        parts.send(box, records.session("anna"), records.session("ben"))
    damaged = next(name for name in files() if "a-gym" in name)
    parts.objects.delete(damaged)
    parts.objects.put_new(damaged, b"no Parquet")
    for box in boxes:
        parts.send(box, records.erase("anna"))
    with pytest.raises(ObjectDamaged, match="a-gym"):
        parts.eraser.work()
    assert done(parts) == [False, True]
    assert members(parts, "b-gym") == [records.pseudonym("ben")]


def test_an_object_that_holds_something_else_is_not_replaced(
    sqlite_parts: CloudParts, records: Records, files: Files
) -> None:
    parts = sqlite_parts
    box = parts.gateway()
    parts.send(box, records.session("anna"), records.session("ben"))
    (name,) = files()
    rows = parts.landed()
    parts.objects.delete(name)
    parts.objects.put_new(name, parquet.write(rows[:1]))
    parts.send(box, records.erase("anna"))
    with pytest.raises(ObjectDamaged, match="the database says 1"):
        parts.eraser.work()
    assert parts.states()[0] == "landed"


def test_a_store_that_is_gone_is_told_and_tried_again(
    sqlite_parts: CloudParts, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_name: str) -> bytes:
        raise StoreUnavailable("gone")

    parts, box = sqlite_parts, sqlite_parts.gateway()
    parts.send(box, records.session("anna"), records.session("ben"))
    parts.send(box, records.erase("anna"))
    with monkeypatch.context() as patch:
        patch.setattr(parts.objects, "get", gone)
        with pytest.raises(StoreUnavailable):
            parts.eraser.work()
    assert parts.eraser.work() == 0


def remember(database: Database) -> None:
    """Two datasets, of one object each; a model of each, a child of the first model and a child of that."""
    with database.write() as session:
        for place, object_id in enumerate(session.scalars(select(RawObject.id).order_by(RawObject.id)).all()):
            dataset = Dataset(id=str(place), manifest="-", records=1, sessions=1, members=1, created_at=NOON)
            session.add_all([dataset, model(place, parent_id=None)])
            session.flush()
            session.add(DatasetObject(dataset_id=str(place), object_id=object_id))
            session.add(ModelDataset(model_id=place, dataset_id=str(place)))
        session.add(model(10, parent_id=0))
        session.flush()
        session.add(model(11, parent_id=10))


def model(number: int, *, parent_id: int | None) -> ModelVersion:
    return ModelVersion(
        id=number,
        name="intensity",
        version=str(number),
        status="READY",
        source="-",
        parent_id=parent_id,
        code_version="-",
        created_at=NOON,
    )


def test_datasets_and_models_that_have_seen_somebody_are_marked(parts: CloudParts, records: Records) -> None:
    box = parts.gateway()
    parts.send(box, records.session("anna"), records.session("ben"))
    parts.send(box, records.session("ben"))
    remember(parts.database)
    parts.clock.advance(hours=1)
    parts.send(box, records.erase("anna"))
    parts.eraser.work()
    with parts.database.read() as session:
        datasets = dict(session.execute(select(Dataset.id, Dataset.stale_since)).all())
        models = dict(session.execute(select(ModelVersion.id, ModelVersion.stale_since)).all())
    marked = NOON + LATER
    assert datasets == {"0": marked, "1": None}
    assert models == {0: marked, 1: None, 10: marked, 11: marked}
    parts.clock.advance(hours=1)
    parts.send(box, records.erase("ben", at=parts.clock.now))
    parts.eraser.work()
    with parts.database.read() as session:
        fresh = select(func.count()).select_from(ModelVersion).where(ModelVersion.stale_since.is_(None))
        assert session.scalar(fresh) == 0
        assert session.scalar(select(ModelVersion.stale_since).where(ModelVersion.id == 11)) == marked
