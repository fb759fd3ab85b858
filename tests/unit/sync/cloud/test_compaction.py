from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url, select

from sync.cloud import landing
from sync.cloud.compaction import LEAST_OBJECTS, SMALL_BYTES, Compactor
from sync.cloud.database.database import Database
from sync.cloud.database.tables import Dataset, DatasetObject, LandedRecord, RawObject
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.landing import ObjectDamaged
from sync.cloud.retraining import datasets, history

from .cloud_parts import NOON, CloudParts, Records

if TYPE_CHECKING:
    from sync.record import Record

Files = Callable[[], list[str]]


def compactor(parts: CloudParts) -> Compactor:
    return Compactor(database=parts.database, objects=parts.objects, clock=parts.clock)


def a_day(parts: CloudParts, records: Records, *, batches: int = LEAST_OBJECTS, gym: str = "gym") -> None:
    """A day of a gym, two members in each batch; two days later it is over."""
    box = parts.gateway(f"box-{gym}", gym)
    for _ in range(batches):
        parts.send(box, records.session("anna"), records.session("ben"))
        parts.clock.advance(minutes=1)
    parts.clock.advance(days=2)


def test_a_past_day_becomes_one_object_with_the_same_records(
    parts: CloudParts, records: Records, files: Files
) -> None:
    a_day(parts, records)
    before = parts.landed()
    assert compactor(parts).work() == LEAST_OBJECTS
    assert parts.landed() == before
    assert parts.states() == ["retired"] * LEAST_OBJECTS + ["landed"]
    with parts.database.read() as session:
        one = session.scalars(select(RawObject).where(RawObject.state == "landed")).one()
        assert (one.records, one.sessions, one.day) == (16, 16, NOON.date())
        assert "day=2026-01-02" in one.name
        assert set(session.scalars(select(LandedRecord.object_id))) == {one.id}
    assert compactor(parts).work() == 0
    assert len(files()) == LEAST_OBJECTS + 1  # whoever reads the old ones may go on
    parts.clock.advance(days=1, seconds=1)
    assert landing.sweep(parts.database, parts.objects, now=parts.clock.now) == LEAST_OBJECTS
    assert files() == [one.name]


def test_what_is_joined_is_not_counted_as_new(parts: CloudParts, records: Records) -> None:
    a_day(parts, records)
    since = parts.clock.now - timedelta(days=1)
    compactor(parts).work()
    with parts.database.read() as session:
        assert history.new_sessions(session, since) == 0
        assert history.new_sessions(session, None) == 2 * LEAST_OBJECTS


def test_a_day_that_is_not_over_and_a_few_objects_are_left_alone(
    sqlite_parts: CloudParts, records: Records
) -> None:
    parts = sqlite_parts
    a_day(parts, records, batches=LEAST_OBJECTS - 1)
    a_day(parts, records, gym="other")
    parts.clock.now -= timedelta(days=1)
    assert compactor(parts).work() == 0


def test_a_large_object_stays_as_it_is(sqlite_parts: CloudParts, records: Records) -> None:
    parts = sqlite_parts
    a_day(parts, records, batches=LEAST_OBJECTS + 1)
    with parts.database.write() as session:
        large = session.scalars(select(RawObject).order_by(RawObject.id)).first()
        assert large is not None
        large.bytes = SMALL_BYTES
    assert compactor(parts).work() == LEAST_OBJECTS
    assert parts.states()[0] == "landed"


def test_an_erasure_still_marks_the_sets_that_were_made_before(
    parts: CloudParts, records: Records, files: Files
) -> None:
    a_day(parts, records)
    with parts.database.write() as session:
        manifest = datasets.gather(session)
        datasets.record(session, manifest, "datasets/x/manifest.json")
    compactor(parts).work()
    parts.send(parts.gateway("another"), records.erase("anna", at=NOON + timedelta(days=1)))
    assert parts.eraser.work() == 0
    with parts.database.read() as session:
        assert session.scalars(select(Dataset.stale_since)).one() is not None
    assert {row.member for row in parts.landed()} == {records.pseudonym("ben")}
    assert len(files()) == 1  # the old objects hold her too: their bytes are gone at once


def test_a_set_of_two_of_them_is_noted_once(sqlite_parts: CloudParts, records: Records) -> None:
    parts = sqlite_parts
    a_day(parts, records)
    with parts.database.write() as session:
        datasets.record(session, datasets.gather(session), "datasets/x/manifest.json")
    compactor(parts).work()
    with parts.database.read() as session:
        one = session.scalars(select(RawObject.id).where(RawObject.state == "landed")).one()
        assert len(session.scalars(select(DatasetObject).where(DatasetObject.object_id == one)).all()) == 1


class Killed(BaseException):
    """The process ends here: nothing that would clean up runs."""


@pytest.mark.parametrize("step", ["get", "put_new", "write"])
def test_killed_anywhere_nobody_is_missed_nor_doubled(
    sqlite_parts: CloudParts, records: Records, files: Files, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Killed at the first, the second, … of these calls, before it and after it."""
    parts = sqlite_parts
    a_day(parts, records)
    expected = parts.landed()
    place: Any = parts.database if step == "write" else parts.objects
    real, kills = getattr(place, step), 0
    for kill_at in range(1, 8):
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
            compactor(parts).work()
        except Killed:
            kills += 1
        monkeypatch.setattr(place, step, real)
        assert parts.landed() == expected
    compactor(parts).work()
    parts.clock.advance(days=2)
    landing.sweep(parts.database, parts.objects, now=parts.clock.now)
    assert kills > 0
    assert parts.landed() == expected
    assert len(files()) == 1


def test_an_erasure_that_was_faster_is_not_undone(
    parts: CloudParts, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_day(parts, records)
    parts.send(parts.gateway("another"), records.erase("anna", at=NOON + timedelta(days=1)))
    get, raced = parts.objects.get, [True]

    def get_slowly(name: str) -> bytes:
        data = get(name)
        if raced and raced.pop():
            parts.eraser.work()
        return data

    monkeypatch.setattr(parts.objects, "get", get_slowly)
    assert compactor(parts).work() == 0
    assert {row.member for row in parts.landed()} == {records.pseudonym("ben")}
    assert compactor(parts).work() == LEAST_OBJECTS
    assert parts.eraser.work() == 0
    assert {row.member for row in parts.landed()} == {records.pseudonym("ben")}


def test_a_damaged_object_holds_up_no_other_gym(
    sqlite_parts: CloudParts, records: Records, files: Files
) -> None:
    parts = sqlite_parts
    a_day(parts, records, gym="a-gym")
    parts.clock.now = NOON
    a_day(parts, records, gym="b-gym")
    damaged = next(name for name in files() if "a-gym" in name)
    parts.objects.delete(damaged)
    parts.objects.put_new(damaged, b"no Parquet")
    with pytest.raises(ObjectDamaged, match="a-gym"):
        compactor(parts).work()
    assert len(parts.landed("b-gym")) == 2 * LEAST_OBJECTS
    assert parts.states().count("landed") == LEAST_OBJECTS + 1


@pytest.fixture(scope="module")
def stage(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], CloudParts]:
    """Makes parts of their own for each example."""

    def made() -> CloudParts:
        folder = tmp_path_factory.mktemp("stage")
        path = folder / "cloud.sqlite"
        path.write_bytes(sqlite_template.read_bytes())
        return CloudParts(Database(make_url(f"sqlite:///{path}")), ObjectStore((folder / "objects").as_uri()))

    return made


@settings(max_examples=12)
@given(
    deeds=st.lists(
        st.sampled_from(["anna", "ben", "carl", "erase", "compact", "tomorrow", "sweep"]),
        min_size=5,
        max_size=40,
    )
)
def test_whatever_happens_in_whatever_order_everybody_is_there_once(
    stage: Callable[[], CloudParts], deeds: list[str]
) -> None:
    parts, records = stage(), Records()
    expected: list[Record] = []
    box = parts.gateway()
    for deed in deeds:
        now = parts.clock.now
        match deed:
            case "erase":
                parts.send(box, records.erase("anna", at=now))
                expected = [each for each in expected if each.member != records.pseudonym("anna")]
                parts.eraser.work()
            case "compact":
                compactor(parts).work()
            case "tomorrow":
                parts.clock.advance(days=1)
            case "sweep":
                landing.sweep(parts.database, parts.objects, now=now)
            case member:
                sent = [records.session(member, at=now) for _ in range(LEAST_OBJECTS // 2)]
                for each in sent:
                    parts.send(box, each)
                    parts.clock.advance(seconds=1)
                expected += sent
        parts.clock.advance(seconds=1)
    assert sorted(row.id for row in parts.landed()) == sorted(each.id for each in expected)
    parts.close()
    parts.database.close()
