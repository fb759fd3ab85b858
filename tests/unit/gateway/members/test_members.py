"""Members: what is kept, what zones need of it, and what erasing means."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlite_utils import Database, Migrations

from devices.registry import DeviceRegistry
from gateway.members import members as members_module
from gateway.members.members import MemberProfile, Members, MemberTraining, MemberUnknown
from gateway.sessions.admission import CheckIn
from gateway.sessions.service import SessionService
from gateway.stations import Station
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from recommender.person import Person
from sync import outbox, refused
from sync.pseudonym import Pseudonymiser
from sync.record import Record, parse_record

PSEUDONYM = Pseudonymiser(b"k" * 32)
TODAY = datetime(2026, 6, 1, tzinfo=UTC)


def files_with(folder: Path, text: bytes) -> list[str]:
    return [each.name for each in folder.iterdir() if text in each.read_bytes()]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    yield store
    store.stop()


@pytest.fixture
def members(store: Store) -> Members:
    return Members(store=store, pseudonym=PSEUDONYM)


@pytest.fixture
def sessions(store: Store, members: Members) -> SessionService:
    return SessionService(
        store=store,
        stations={"mat": Station("mat", "Mat")},
        devices=DeviceRegistry(),
        members=members,
        pseudonym=PSEUDONYM,
    )


async def records(store: Store) -> list[Record]:
    pending = await store.read(lambda db: outbox.peek_batch(db.conn))
    return [parse_record(each.payload) for each in pending]


async def test_a_profile_is_written_whole_and_read_back(members: Members) -> None:
    made = await members.put("ada", MemberProfile(display_name="Ada", birth_year=1990, language="de"))
    assert (made.id, made.display_name, made.birth_year, made.language) == ("ada", "Ada", 1990, "de")
    assert await members.get("ada") == made
    changed = await members.put("ada", MemberProfile(display_name="Ada L."))
    assert (changed.birth_year, changed.language) == (None, None)
    assert changed.created_at == made.created_at
    assert changed.updated_at >= made.updated_at


async def test_what_plans_need_is_kept_too(members: Members) -> None:
    profile = MemberProfile(
        display_name="Ada",
        birth_year=1990,
        maximum_heart_rate_bpm=190,
        sex="female",
        height_cm=171.5,
        weight_kg=64,
        level="advanced",
        goal="strength",
        training_phase="deload",
        injuries=("knee", "wrist", "knee"),
        conditions=("hypertension",),
        resting_heart_rate_bpm=52,
    )
    assert profile.injuries == ("knee", "wrist")
    stored = await members.put("ada", profile)
    assert MemberProfile.model_validate(stored.model_dump(include=set(MemberProfile.model_fields))) == profile
    person = stored.person(TODAY)
    assert (person.age_years, person.level, person.goal, person.training_phase) == (
        36.0,
        "advanced",
        "strength",
        "deload",
    )
    assert person.injuries == {"knee", "wrist"}
    assert person.conditions == {"hypertension"}
    assert (person.maximum_bpm, person.resting_bpm, person.height_cm, person.weight_kg) == (
        190.0,
        52.0,
        171.5,
        64.0,
    )


def test_what_nobody_told_is_left_to_the_recommender() -> None:
    assert MemberProfile(display_name="a").person(TODAY) == Person()
    assert MemberProfile(display_name="a", birth_year=2025).person(TODAY).age_years is None


async def test_members_of_an_earlier_version_are_kept(tmp_path: Path) -> None:
    old = sqlite3.connect(store_path(tmp_path))
    with old:
        first = Migrations("gateway.members")
        first()(members_module.create_member)
        first.apply(Database(old))
        old.execute(
            "INSERT INTO member VALUES ('ada', 'Ada', 1990, NULL, 'de', ?, ?)", (TODAY.isoformat(),) * 2
        )
    old.close()
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    try:
        ada = await Members(store=store, pseudonym=PSEUDONYM).get("ada")
        assert (ada.language, ada.goal, ada.injuries) == ("de", None, ())
    finally:
        store.stop()


async def test_nothing_about_a_member_is_forgotten_when_they_are_erased(store: Store) -> None:
    def tables_about_members(db: Database) -> set[str]:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name
            for name in names
            if any(row[1] == "member_id" for row in db.execute(f"PRAGMA table_info({name})"))
        }

    assert await store.read(tables_about_members) == set(members_module.TABLES)


async def test_a_stranger_is_not_found(members: Members) -> None:
    assert await members.find("nobody") is None
    with pytest.raises(MemberUnknown):
        await members.get("nobody")
    with pytest.raises(MemberUnknown):
        await members.delete("nobody")


async def test_erasing_takes_the_profile_and_the_sessions_and_tells_the_cloud(
    store: Store, members: Members, sessions: SessionService
) -> None:
    for name in ("ada", "bob"):
        await members.put(name, MemberProfile(display_name=name.title()))
        await sessions.end((await sessions.start(CheckIn("mat", name))).id)
    await members.delete("ada")
    assert [(each.kind, each.member) for each in await records(store)] == [
        ("erase", PSEUDONYM("ada")),
        ("session", PSEUDONYM("bob")),  # ada's own had not left yet, so it never does
    ]
    left = await store.read(lambda db: db.execute("SELECT member_id FROM session").fetchall())
    assert left == [("bob",)]
    with pytest.raises(MemberUnknown):
        await members.delete("ada")


async def test_erasing_takes_what_the_cloud_refused_too(
    store: Store, members: Members, sessions: SessionService
) -> None:
    for name in ("ada", "bob"):
        await members.put(name, MemberProfile(display_name=name.title()))
        await sessions.end((await sessions.start(CheckIn("mat", name))).id)
    reasons = {each.id: "not wanted" for each in await records(store)}
    await store.write(lambda db: refused.set_aside(db.conn, reasons, now=TODAY))
    await members.delete("ada")
    left = await store.read(lambda db: db.execute("SELECT member FROM outbox_refused").fetchall())
    assert left == [(PSEUDONYM("bob"),)]


async def test_a_member_with_only_an_id_can_be_erased_too(
    store: Store, members: Members, sessions: SessionService
) -> None:
    await sessions.end((await sessions.start(CheckIn("mat", "guest"))).id)
    await members.delete("guest")
    assert [each.kind for each in await records(store)] == ["erase"]


async def test_nobody_is_erased_in_the_middle_of_a_session(
    store: Store, members: Members, sessions: SessionService
) -> None:
    await members.put("ada", MemberProfile(display_name="Ada"))
    started = await sessions.start(CheckIn("mat", "ada"))
    with pytest.raises(MemberTraining):
        await members.delete("ada")
    assert await records(store) == []
    await sessions.end(started.id)
    await members.delete("ada")


async def test_what_was_erased_is_not_in_the_files(tmp_path: Path, store: Store, members: Members) -> None:
    await members.put("ada", MemberProfile(display_name="Augusta-Ada-Marker"))
    await members.delete("ada")
    store.stop()
    assert files_with(tmp_path, b"Augusta-Ada-Marker") == []
    check = sqlite3.connect(store_path(tmp_path))
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (MemberProfile(display_name="a"), None),
        (MemberProfile(display_name="a", birth_year=1986), 180.0),
        (MemberProfile(display_name="a", birth_year=1986, maximum_heart_rate_bpm=201), 201.0),
        (MemberProfile(display_name="a", birth_year=2030), None),
    ],
)
def test_the_maximum_heart_rate_is_measured_or_expected_or_unknown(
    profile: MemberProfile, expected: float | None
) -> None:
    assert profile.maximum_bpm(TODAY) == expected


@given(st.integers(1900, 2100), st.integers(2020, 2100))
def test_any_birth_year_gives_a_believable_maximum_or_none(birth_year: int, year: int) -> None:
    maximum = MemberProfile(display_name="a", birth_year=birth_year).maximum_bpm(TODAY.replace(year=year))
    assert maximum is None or 120 < maximum < 210


@pytest.mark.parametrize(
    "wrong",
    [
        {"display_name": ""},
        {"display_name": "a" * 81},
        {"display_name": "a", "birth_year": 1800},
        {"display_name": "a", "maximum_heart_rate_bpm": 300},
        {"display_name": "a", "language": "english"},
        {"display_name": "a", "shoe_size": 44},
        {"display_name": "a", "weight_kg": 7},
        {"display_name": "a", "height_cm": float("nan")},
        {"display_name": "a", "goal": "glory"},
        {"display_name": "a", "injuries": ["tail"]},
        {"display_name": "a", "resting_heart_rate_bpm": 5},
    ],
)
def test_what_a_profile_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MemberProfile.model_validate(wrong)
