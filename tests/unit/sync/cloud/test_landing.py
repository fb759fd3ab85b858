"""How an object comes to count, whoever is killed between, and what is swept away after."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, true

from sync.cloud.database.tables import RawObject
from sync.cloud.lake.objects import ObjectStore, StoreUnavailable
from sync.cloud.landing import (
    ABANDONED_AFTER,
    READ_UNTIL,
    begin,
    give_up,
    land,
    lock_gyms,
    purge,
    sweep,
    write,
)
from tests.unit.sync.cloud.cloud_parts import NOON, CloudParts

DAY = date(2026, 1, 2)
Files = Callable[[], list[str]]


class Broken(ObjectStore):
    """Takes nothing, or lets nothing go."""

    def __init__(self, url: str, *, takes: bool, lets_go: bool) -> None:
        super().__init__(url)
        self._takes, self._lets_go = takes, lets_go

    def put_new(self, name: str, data: bytes) -> None:
        if not self._takes:
            raise StoreUnavailable("no room")
        super().put_new(name, data)

    def delete(self, name: str) -> None:
        if not self._lets_go:
            raise StoreUnavailable("it is away")
        super().delete(name)


@pytest.fixture
def parts(sqlite_parts: CloudParts) -> CloudParts:
    sqlite_parts.gateway()
    return sqlite_parts


def announce(parts: CloudParts, *, now: datetime = NOON) -> tuple[int, str]:
    with parts.database.write() as session:
        row = begin(session, gym_id="gym", day=DAY, records=3, sessions=2, now=now)
        return row.id, row.name


def landed(parts: CloudParts, data: bytes = b"bytes", *, now: datetime = NOON) -> tuple[int, str]:
    object_id, name = announce(parts, now=now)
    write(parts.database, parts.objects, name, data)
    with parts.database.write() as session:
        assert land(session, object_id, data, landed_at=now)
    return object_id, name


def retire(parts: CloudParts, object_id: int, at: datetime) -> None:
    with parts.database.write() as session:
        row = session.get(RawObject, object_id)
        assert row is not None
        row.state, row.retired_at = "retired", at


def kept(parts: CloudParts) -> dict[str, RawObject]:
    with parts.database.read() as session:
        return {row.name: row for row in session.scalars(select(RawObject))}


def test_an_object_counts_when_its_bytes_are_there_and_its_row_says_so(
    parts: CloudParts, files: Files
) -> None:
    object_id, name = announce(parts)
    assert parts.states() == ["writing"]
    assert files() == []
    write(parts.database, parts.objects, name, b"bytes")
    assert (parts.states(), files()) == (["writing"], [name])
    with parts.database.write() as session:
        assert land(session, object_id, b"bytes", landed_at=NOON)
    row = kept(parts)[name]
    assert (row.state, row.landed_at, row.bytes) == ("landed", NOON, 5)
    assert row.sha256 == hashlib.sha256(b"bytes").hexdigest()
    assert (row.records, row.sessions, row.day) == (3, 2, DAY)


def test_names_say_gym_and_day_and_are_never_used_again(parts: CloudParts) -> None:
    names = [announce(parts)[1] for _ in range(20)]
    assert len(set(names)) == 20
    assert all(name.startswith("raw/gym=gym/day=2026-01-02/") and name.endswith(".parquet") for name in names)
    assert names == sorted(names), "in the order of their making"


def test_what_was_given_up_meanwhile_does_not_land(parts: CloudParts, files: Files) -> None:
    object_id, name = announce(parts)
    write(parts.database, parts.objects, name, b"bytes")
    give_up(parts.database, parts.objects, name)
    with parts.database.write() as session:
        assert not land(session, object_id, b"bytes", landed_at=NOON)
    assert (kept(parts), files()) == ({}, [])


def test_what_has_landed_lands_no_second_time_and_is_not_given_up(parts: CloudParts) -> None:
    object_id, name = landed(parts)
    with parts.database.write() as session:
        assert not land(session, object_id, b"other", landed_at=NOON + timedelta(days=1))
        assert not land(session, object_id + 1, b"other", landed_at=NOON)
    assert kept(parts)[name].sha256 == hashlib.sha256(b"bytes").hexdigest()


@pytest.mark.parametrize("lets_go", [True, False])
def test_bytes_that_cannot_be_written_are_told_and_the_row_goes_or_waits_for_the_sweep(
    parts: CloudParts, tmp_path: Path, *, lets_go: bool
) -> None:
    _, name = announce(parts)
    broken = Broken((tmp_path / "objects").as_uri(), takes=False, lets_go=lets_go)
    with pytest.raises(StoreUnavailable, match="no room"):
        write(parts.database, broken, name, b"bytes")
    assert parts.states() == ([] if lets_go else ["writing"])
    assert sweep(parts.database, parts.objects, now=NOON + ABANDONED_AFTER) == 0, "perhaps still at it"
    swept = sweep(parts.database, parts.objects, now=NOON + ABANDONED_AFTER + timedelta(seconds=1))
    assert (swept, parts.states()) == (0 if lets_go else 1, [])


def test_a_row_is_kept_while_its_bytes_cannot_be_deleted(
    parts: CloudParts, files: Files, tmp_path: Path
) -> None:
    _, name = announce(parts)
    write(parts.database, parts.objects, name, b"bytes")
    broken = Broken((tmp_path / "objects").as_uri(), takes=True, lets_go=False)
    late = NOON + ABANDONED_AFTER + timedelta(hours=1)
    for clean in (give_up, lambda *told: sweep(*told[:2], now=late)):
        with pytest.raises(StoreUnavailable, match="away"):
            clean(parts.database, broken, name)
        assert (parts.states(), files()) == (["writing"], [name])
    assert sweep(parts.database, parts.objects, now=late) == 1
    assert (parts.states(), files()) == ([], [])


def test_what_others_stand_for_is_kept_for_its_readers_and_then_its_bytes_go(
    parts: CloudParts, files: Files
) -> None:
    object_id, name = landed(parts)
    _, stays = landed(parts, b"other")
    retire(parts, object_id, NOON)
    assert sweep(parts.database, parts.objects, now=NOON + READ_UNTIL) == 0
    assert files() == sorted([name, stays])
    now = NOON + READ_UNTIL + timedelta(seconds=1)
    assert sweep(parts.database, parts.objects, now=now) == 1
    assert files() == [stays]
    assert (kept(parts)[name].purged_at, kept(parts)[name].state) == (now, "retired"), "the row stays"
    assert sweep(parts.database, parts.objects, now=now + READ_UNTIL) == 0, "once"


def test_an_erasure_does_not_wait_for_readers(parts: CloudParts, files: Files) -> None:
    one, name = landed(parts)
    two, other = landed(parts)
    for object_id in (one, two):
        retire(parts, object_id, NOON)
    assert purge(parts.database, parts.objects, RawObject.id == one, now=NOON) == 1
    assert files() == [other]
    assert kept(parts)[name].purged_at == NOON
    assert purge(parts.database, parts.objects, true(), now=NOON) == 1
    assert purge(parts.database, parts.objects, true(), now=NOON) == 0


def test_locks_of_gyms_are_taken_in_one_order_and_of_those_that_there_are(parts: CloudParts) -> None:
    parts.gateway("b2", gym="a-gym")
    with parts.database.write() as session:
        lock_gyms(session, {"gym", "a-gym", "nothing"})
        lock_gyms(session, set())


DEEDS = ("begin", "write", "land", "give up", "sweep", "retire")


def do(parts: CloudParts, deed: str, each: tuple[int, str], now: datetime, *, written: bool) -> None:
    """What a worker may do with an object; whoever is too late finds that it is."""
    object_id, name = each
    row = kept(parts).get(name)
    state = None if row is None else row.state
    if deed == "write" and state == "writing" and not written:
        write(parts.database, parts.objects, name, name.encode())
    elif deed == "land" and written:  # nobody lands what was not written
        with parts.database.write() as session:
            land(session, object_id, name.encode(), landed_at=now)
    elif deed == "give up" and state == "writing":
        give_up(parts.database, parts.objects, name)
    elif deed == "retire" and state == "landed":
        retire(parts, object_id, now)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 3)), min_size=4, max_size=14))
def test_whatever_happens_in_whatever_order_what_counts_has_its_bytes(
    parts: CloudParts, files: Files, deeds: list[tuple[str, int]]
) -> None:
    now = NOON + timedelta(days=len(kept(parts)))
    known = [announce(parts, now=now)]
    for deed, place in deeds:
        now += timedelta(minutes=4)
        if deed == "begin":
            known.append(announce(parts, now=now))
        elif deed == "sweep":
            sweep(parts.database, parts.objects, now=now)
        else:
            each = known[place % len(known)]
            do(parts, deed, each, now, written=each[1] in files())
        there = set(files())
        for name, row in kept(parts).items():
            if row.state == "landed":
                assert hashlib.sha256(parts.objects.get(name)).hexdigest() == row.sha256
            assert row.purged_at is None or name not in there
        assert there <= set(kept(parts)), "no bytes without a row"
