"""Self-reports: kept for a day, replaced whole, and only of days that are there."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from gateway.clock import Clock, LocalDays
from gateway.members.members import MemberProfile, Members, MemberUnknown
from gateway.members.wellbeing import (
    DayToCome,
    SelfReport,
    WellbeingDiary,
    WellbeingUnknown,
    load_wellbeing,
)
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from sync import outbox
from sync.pseudonym import Pseudonymiser

# In Auckland it is already the second of June.
NOW = datetime(2026, 6, 1, 20, 0, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 6, 2), date(2026, 6, 1)
RESTED = SelfReport(sleep_efficiency=0.93, stress_index=2, resting_heart_rate_bpm=51, hrv_ms=64.5)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    yield store
    store.stop()


@pytest.fixture
async def members(store: Store) -> Members:
    members = Members(store=store, pseudonym=Pseudonymiser(b"k" * 32))
    await members.put("ada", MemberProfile(display_name="Ada"))
    return members


@pytest.fixture
def diary(store: Store) -> WellbeingDiary:
    days = LocalDays(ZoneInfo("Pacific/Auckland"), Clock(utc_now=lambda: NOW))
    return WellbeingDiary(store=store, days=days)


@pytest.mark.usefixtures("members")
async def test_a_day_is_told_whole_and_read_back(store: Store, diary: WellbeingDiary) -> None:
    assert await diary.put("ada", TODAY, RESTED) == RESTED
    await diary.put("ada", YESTERDAY, SelfReport(stress_index=7))
    assert await diary.get("ada", TODAY) == RESTED
    await diary.put("ada", TODAY, SelfReport(stress_index=3))
    assert (await diary.get("ada", TODAY)).sleep_efficiency is None
    days = await store.read(lambda db: load_wellbeing(db, "ada", date.min, date.max))
    assert list(days) == [YESTERDAY, TODAY]
    assert await store.read(lambda db: outbox.depth(db.conn)) == 0, "it never leaves the box"


@pytest.mark.usefixtures("members")
async def test_a_day_to_come_cannot_be_told_of(diary: WellbeingDiary) -> None:
    with pytest.raises(DayToCome, match="2026-06-03 has not begun"):
        await diary.put("ada", date(2026, 6, 3), RESTED)
    with pytest.raises(WellbeingUnknown):
        await diary.get("ada", date(2026, 6, 3))


async def test_nobody_tells_of_strangers(store: Store, diary: WellbeingDiary) -> None:
    with pytest.raises(MemberUnknown):
        await diary.put("nobody", TODAY, RESTED)
    assert await store.read(lambda db: load_wellbeing(db, "nobody", date.min, date.max)) == {}


async def test_it_is_erased_with_the_member(store: Store, members: Members, diary: WellbeingDiary) -> None:
    await diary.put("ada", TODAY, RESTED)
    await members.delete("ada")
    with pytest.raises(WellbeingUnknown):
        await diary.get("ada", TODAY)
    assert await store.read(lambda db: load_wellbeing(db, "ada", date.min, date.max)) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"sleep_efficiency": 85},
        {"sleep_efficiency": float("nan")},
        {"stress_index": -1},
        {"stress_index": 11},
        {"resting_heart_rate_bpm": 0},
        {"hrv_ms": 5000},
        {"mood": 3},
    ],
)
def test_what_nobody_can_tell(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        SelfReport.model_validate(wrong)
