import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sync.cloud import ingest, landing
from sync.cloud.batch import BatchRefused
from sync.cloud.database.database import DatabaseUnavailable
from sync.cloud.database.tables import Erasure, LandedRecord, RawObject
from sync.cloud.gateways import Identity
from sync.cloud.ingest import TooContended
from sync.cloud.lake.objects import StoreUnavailable
from sync.record import Record

from .cloud_parts import NOON, CloudParts, Records

Files = Callable[[], list[str]]


class Killed(BaseException):
    """The process ends here: nothing that would clean up runs."""


def ids(*records: Record) -> list[str]:
    return [record.id for record in records]


def test_a_batch_is_landed_in_its_order(parts: CloudParts, records: Records) -> None:
    box = parts.gateway()
    sent = [records.session("ben"), records.session("anna"), records.health(free_mb=5)]
    answer = parts.send(box, *sent)
    assert (list(answer.acknowledged), answer.refused) == (ids(*sent), ())
    rows = parts.landed()
    assert [row.id for row in rows] == ids(*sent)
    first = rows[0]
    assert (first.kind, first.gateway_id, first.gym_id, first.schema) == ("session", "box", "gym", 1)
    assert (first.member, first.created_at, first.received_at) == (records.pseudonym("ben"), NOON, NOON)
    assert rows[2].body == '{"free_mb":5}'
    assert rows[2].member is None


def test_an_object_says_where_it_lies_and_what_it_holds(parts: CloudParts, records: Records) -> None:
    parts.send(parts.gateway(), records.session(), records.health())
    with parts.database.read() as session:
        made = session.scalars(select(RawObject)).one()
    data = parts.objects.get(made.name)
    assert made.name.startswith("raw/gym=gym/day=2026-01-02/")
    assert (made.state, made.records, made.sessions, made.bytes) == ("landed", 2, 1, len(data))
    assert made.landed_at == NOON


def test_what_is_known_is_acknowledged_again_and_landed_once(parts: CloudParts, records: Records) -> None:
    box = parts.gateway()
    first, second = records.session(), records.session()
    parts.send(box, first)
    assert list(parts.send(box, first, second).acknowledged) == ids(first, second)
    assert list(parts.send(box, second, first).acknowledged) == ids(second, first)
    assert [row.id for row in parts.landed()] == ids(first, second)
    counted = {outcome: parts.metrics.records.labels(outcome)._value.get() for outcome in ("landed", "known")}
    assert counted == {"landed": 2.0, "known": 3.0}


def test_an_empty_batch_makes_no_object(parts: CloudParts) -> None:
    assert parts.ingest.take(parts.gateway(), b"").acknowledged == ()
    assert parts.states() == []


def test_a_refused_record_holds_up_no_other(sqlite_parts: CloudParts, records: Records) -> None:
    bad, good = records.session(sets="many"), records.session()
    answer = sqlite_parts.send(sqlite_parts.gateway(), bad, good)
    assert [each.id for each in answer.refused] == [bad.id]
    assert list(answer.acknowledged) == [good.id]
    assert [row.id for row in sqlite_parts.landed()] == [good.id]


def test_a_batch_with_a_line_without_an_id_changes_nothing(
    sqlite_parts: CloudParts, records: Records
) -> None:
    text = records.session().to_json().encode() + b"\n{]"
    with pytest.raises(BatchRefused, match="line 2"):
        sqlite_parts.ingest.take(sqlite_parts.gateway(), text)
    assert sqlite_parts.states() == []


def test_workers_with_the_same_batch_land_it_once(parts: CloudParts, records: Records, files: Files) -> None:
    box = parts.gateway()
    sent = [records.session() for _ in range(5)]
    parts.send(box, sent[0])
    at_once = threading.Barrier(4)
    workers = [parts, parts, parts.another(), parts.another()]

    def work(worker: CloudParts, batch: list[Record]) -> list[str]:
        at_once.wait(10)
        return list(worker.send(box, *batch).acknowledged)

    with ThreadPoolExecutor(4) as threads:
        batches = [sent, sent[::-1], sent[2:], sent]
        assert list(threads.map(work, workers, batches)) == [ids(*batch) for batch in batches]
    assert sorted(row.id for row in parts.landed()) == sorted(ids(*sent))
    assert len(files()) == len(parts.states())  # whoever came second has left nothing
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LandedRecord)) == len(sent)


def test_the_same_id_in_two_gyms_is_two_records(parts: CloudParts, records: Records) -> None:
    ours, theirs = parts.gateway(), parts.gateway("other-box", "other-gym", "other-tenant")
    record = records.session()
    parts.send(ours, record)
    parts.send(theirs, record)
    assert [row.gym_id for row in parts.landed("gym")] == ["gym"]
    assert [row.gym_id for row in parts.landed("other-gym")] == ["other-gym"]


@pytest.mark.parametrize("step", ["put_new", "land"])
def test_a_crash_between_object_and_row_shows_nobody_anything(
    parts: CloudParts, records: Records, files: Files, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    box, record = parts.gateway(), records.session()

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(parts.objects if step == "put_new" else ingest, step, killed)
        with pytest.raises(Killed):
            parts.send(box, record)
    assert parts.landed() == []
    assert parts.states() == ["writing"]
    assert list(parts.send(box, record).acknowledged) == [record.id]
    assert [row.id for row in parts.landed()] == [record.id]
    assert landing.sweep(parts.database, parts.objects, now=parts.clock.now) == 0  # it may still be at work
    parts.clock.advance(hours=1)
    assert landing.sweep(parts.database, parts.objects, now=parts.clock.now) == 1
    assert parts.states() == ["landed"]
    assert len(files()) == 1


def test_a_store_that_is_full_is_no_acknowledgement_and_keeps_nothing(
    parts: CloudParts, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_name: str, _data: bytes) -> None:
        raise StoreUnavailable("no space left")

    box = parts.gateway()
    monkeypatch.setattr(parts.objects, "put_new", full)
    with pytest.raises(StoreUnavailable):
        parts.send(box, records.session())
    assert parts.states() == []


def test_an_object_that_was_given_up_meanwhile_is_not_landed(
    parts: CloudParts, records: Records, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep of another worker, while this one hung for an hour."""
    box, record = parts.gateway(), records.session()
    put_new, hung = parts.objects.put_new, [True]

    def put_late(name: str, data: bytes) -> None:
        if hung.pop() if hung else False:
            parts.clock.advance(hours=1)
            assert landing.sweep(parts.database, parts.objects, now=parts.clock.now) == 1
        put_new(name, data)

    monkeypatch.setattr(parts.objects, "put_new", put_late)
    assert list(parts.send(box, record).acknowledged) == [record.id]
    assert [row.id for row in parts.landed()] == [record.id]
    assert len(files()) == 1


def test_somebody_who_always_comes_first_ends_in_an_error(
    sqlite_parts: CloudParts, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = sqlite_parts.gateway()
    monkeypatch.setattr("sync.cloud.ingest.land", lambda *_, **__: False)
    with pytest.raises(TooContended):
        sqlite_parts.send(box, records.session())
    assert sqlite_parts.states() == []


def test_an_erase_record_is_kept_as_a_tombstone_and_not_landed(parts: CloudParts, records: Records) -> None:
    box, erase = parts.gateway(), records.erase()
    for _ in range(2):
        assert list(parts.send(box, erase).acknowledged) == [erase.id]
    assert parts.landed() == []
    with parts.database.read() as session:
        kept = session.scalars(select(Erasure)).one()
    assert (kept.member, kept.until, kept.done_at) == (records.pseudonym("anna"), NOON, None)


def test_what_was_made_before_an_erasure_and_comes_late_is_not_landed(
    parts: CloudParts, records: Records
) -> None:
    box, theirs = parts.gateway(), parts.gateway("other-box", "other-gym", "tenant")
    before, at, after = (records.session(at=NOON + timedelta(hours=hours)) for hours in (-1, 0, 1))
    someone = records.session("ben", at=NOON - timedelta(hours=1))
    parts.clock.advance(days=1)
    sent = [records.erase(at=NOON), before]
    assert list(parts.send(box, *sent).acknowledged) == ids(*sent)
    assert list(parts.send(box, at, after, someone).acknowledged) == ids(at, after, someone)
    assert [row.id for row in parts.landed()] == ids(after, someone)
    parts.send(theirs, before)  # a pseudonym is one gym's: another's erasure says nothing
    assert [row.id for row in parts.landed("other-gym")] == [before.id]


def test_an_erasure_from_a_clock_that_is_ahead_swallows_nothing_to_come(
    parts: CloudParts, records: Records
) -> None:
    box = parts.gateway()
    parts.send(box, records.erase(at=NOON + timedelta(days=365)))
    parts.clock.advance(hours=1)
    back = records.session(at=parts.clock.now)
    parts.send(box, back)
    assert [row.id for row in parts.landed()] == [back.id]


def test_an_erasure_that_comes_while_a_batch_is_written_keeps_the_member_out(
    parts: CloudParts, records: Records, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = parts.gateway()
    anna, ben = records.session("anna"), records.session("ben")
    put_new, came, other = parts.objects.put_new, [records.erase("anna")], parts.another()

    def put_after_the_erasure(name: str, data: bytes) -> None:
        if came:
            other.send(box, came.pop())
        put_new(name, data)

    monkeypatch.setattr(parts.objects, "put_new", put_after_the_erasure)
    assert list(parts.send(box, anna, ben).acknowledged) == ids(anna, ben)
    assert [row.id for row in parts.landed()] == [ben.id]
    assert len(files()) == 1


def test_a_database_that_is_gone_is_no_acknowledgement(
    parts: CloudParts, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise DatabaseUnavailable("gone")

    box = parts.gateway()
    monkeypatch.setattr("sync.cloud.ingest.lock_gyms", gone)
    with pytest.raises(DatabaseUnavailable):
        parts.send(box, records.session())


def together(parts: CloudParts, monkeypatch: pytest.MonkeyPatch, *batches: list[Record]) -> list[object]:
    """Send a first batch, and while it is at work the others, each from a box of a gym of its own."""
    go, apply, sizes = threading.Event(), parts.ingest._together._work, []

    def work(jobs: list[Any]) -> None:
        sizes.append(len(jobs))
        assert go.wait(10)
        apply(jobs)

    monkeypatch.setattr(parts.ingest._together, "_work", work)
    boxes = [parts.gateway(f"box-{number}", f"gym-{number}") for number in range(len(batches))]

    def send(box: Identity, batch: list[Record]) -> object:
        try:
            return list(parts.send(box, *batch).acknowledged)
        except (StoreUnavailable, DatabaseUnavailable, IntegrityError) as error:
            return error

    with ThreadPoolExecutor(len(batches)) as threads:
        first = threads.submit(send, boxes[0], batches[0])
        while not sizes:
            time.sleep(0.001)
        others = [threads.submit(send, *each) for each in zip(boxes[1:], batches[1:], strict=True)]
        while len(parts.ingest._together._waiting) < len(others):
            time.sleep(0.001)
        go.set()
        answers = [each.result(20) for each in (first, *others)]
    assert sizes == [1, len(others)]
    return answers


def test_batches_that_wait_share_their_transactions(
    parts: CloudParts, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = [[records.session()] for _ in range(5)]
    write, transactions = parts.database.write, []

    def counted() -> Any:
        transactions.append(1)
        return write()

    monkeypatch.setattr(parts.database, "write", counted)
    assert together(parts, monkeypatch, *batches) == [ids(*batch) for batch in batches]
    let_in = len(batches)
    assert len(transactions) == let_in + 2 * 2  # of five batches
    assert [row.id for number in range(5) for row in parts.landed(f"gym-{number}")] == [
        b[0].id for b in batches
    ]


def test_one_whose_object_cannot_be_written_takes_no_neighbour_along(
    parts: CloudParts, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_new = parts.objects.put_new

    def full_for_one(name: str, data: bytes) -> None:
        if "gym-2" in name:
            raise StoreUnavailable("no space left")
        put_new(name, data)

    monkeypatch.setattr(parts.objects, "put_new", full_for_one)
    batches = [[records.session()] for _ in range(4)]
    answers = together(parts, monkeypatch, *batches)
    assert isinstance(answers.pop(2), StoreUnavailable)
    assert answers == [ids(*batches[number]) for number in (0, 1, 3)]
    assert parts.states() == ["landed"] * 3


def test_one_whose_values_are_refused_takes_no_neighbour_along(
    parts: CloudParts, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    land = landing.land

    def refused_for_one(session: Session, object_id: int, data: bytes, **options: Any) -> bool:
        if session.get_one(RawObject, object_id).gym_id == "gym-1":
            session.add(
                Erasure(gym_id="gym-1", record_id="x", member="x" * 255, until=NOON, received_at=NOON)
            )
            session.flush()
            session.execute(insert(LandedRecord), [{**vars_of("gym-1", object_id), "gateway_id": "nobody"}])
        return land(session, object_id, data, **options)

    monkeypatch.setattr(ingest, "land", refused_for_one)
    batches = [[records.session()] for _ in range(4)]
    answers = together(parts, monkeypatch, *batches)
    assert isinstance(answers.pop(1), IntegrityError)
    assert answers == [ids(*batches[number]) for number in (0, 2, 3)]
    with parts.database.read() as session:
        assert session.scalars(select(Erasure.id)).all() == []  # what it had done was taken back


def vars_of(gym_id: str, object_id: int) -> dict[str, object]:
    """A row of the table `record`."""
    moments = {"created_at": NOON, "received_at": NOON}
    return {"gym_id": gym_id, "id": "x", "object_id": object_id, "kind": "health", "member": None, **moments}


def test_a_transaction_that_fails_acknowledges_nobody(
    parts: CloudParts, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    land, landings = landing.land, []

    def gone_after_two(*arguments: Any, **options: Any) -> bool:
        landings.append(1)
        if len(landings) == 3:
            raise DatabaseUnavailable("gone")
        return land(*arguments, **options)

    monkeypatch.setattr(ingest, "land", gone_after_two)
    batches = [[records.session()] for _ in range(4)]
    first, *others = together(parts, monkeypatch, *batches)
    assert first == ids(*batches[0])
    assert all(isinstance(each, DatabaseUnavailable) for each in others)
    assert parts.states() == ["landed", "writing", "writing", "writing"]


def test_whoever_is_killed_at_it_leaves_no_neighbour_with_a_false_answer(
    sqlite_parts: CloudParts, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_parts.ingest._together, "do", lambda _job: None)
    with pytest.raises(TooContended):
        sqlite_parts.send(sqlite_parts.gateway(), records.session())
