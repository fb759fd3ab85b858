"""Hearts in the store: a row a week, a season of them, and no damaged one."""

import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from gateway.hearts.rows import COMPARED_DAYS, SaveHeart, load_heart, load_hearts
from recommender.heart_response.heart_json import KeptHeartError
from recommender.heart_response.known_heart import KnownHeart, UnknownUnitError, unknown_heart

if TYPE_CHECKING:
    from .conftest import Desk

MONDAY = date(2026, 3, 2)


def heart(day: date | None, sessions: int = 1, unit: str = "km/h") -> KnownHeart:
    return replace(unknown_heart(unit), sessions=sessions, last_day=day)


async def save(desk: "Desk", session_id: str, *hearts: KnownHeart) -> list[bool]:
    return [await desk.store.write(SaveHeart(session_id, "ada", each)) for each in hearts]


async def kept(desk: "Desk", unit: str = "km/h") -> list[tuple[date | None, int]]:
    hearts = await desk.store.read(lambda db: load_hearts(db, "ada", unit))
    return [(each.last_day, each.sessions) for each in hearts]


async def test_the_newest_of_each_week_is_kept(desk: "Desk") -> None:
    days = [MONDAY + timedelta(days=each) for each in (0, 2, 6, 7, 20)]
    hearts = [heart(day, number) for number, day in enumerate(days, start=1)]
    assert await save(desk, await desk.begin(), *hearts, heart(days[0], unit="W")) == [True] * 6
    assert await kept(desk) == [(days[2], 3), (days[3], 4), (days[4], 5)]
    assert await kept(desk, "W") == [(days[0], 1)]
    assert (await desk.store.read(lambda db: load_heart(db, "ada", "km/h"))).sessions == 5


async def test_a_season_of_them_is_kept(desk: "Desk") -> None:
    session_id = await desk.begin()
    weeks = [MONDAY + timedelta(weeks=each) for each in range(30)]
    await save(desk, session_id, *map(heart, weeks))
    assert [day for day, _ in await kept(desk)] == [
        each for each in weeks if (weeks[-1] - each).days <= COMPARED_DAYS
    ]


async def test_what_cannot_be_read_is_left_out(desk: "Desk", caplog: pytest.LogCaptureFixture) -> None:
    session_id = await desk.begin()
    await save(desk, session_id, heart(MONDAY, 3), heart(MONDAY + timedelta(weeks=1), 4))

    def damage(db: Database) -> None:
        db.execute(
            "UPDATE heart SET known = json_set(known, '$.mean[1]', 1e9) WHERE week > ?", ("2026-03-05",)
        )

    await desk.store.write(damage)
    assert await kept(desk) == [(MONDAY, 3)]
    assert "in the week of 2026-03-09 is left out" in caplog.text
    await desk.store.write(lambda db: db.execute("UPDATE heart SET known = '{}'"))
    assert await kept(desk) == []
    found = await desk.store.read(lambda db: load_heart(db, "ada", "km/h"))
    assert (found.sessions, found.last_day) == (0, None)
    await save(desk, session_id, heart(MONDAY))
    assert await kept(desk) == [(MONDAY, 1)]


async def test_text_that_is_no_json_never_gets_in(desk: "Desk") -> None:
    await save(desk, await desk.begin(), heart(MONDAY))
    with pytest.raises(sqlite3.IntegrityError):
        await desk.store.write(lambda db: db.execute("UPDATE heart SET known = 'broken'"))


async def test_nobody_has_such_a_heart(desk: "Desk") -> None:
    known = heart(MONDAY)
    mean = known.belief.mean.copy()
    mean[1] = 1e9
    with pytest.raises(KeptHeartError, match="nobody has such a log_gain"):
        await save(desk, await desk.begin(), replace(known, belief=replace(known.belief, mean=mean)))
    assert await kept(desk) == []


async def test_without_a_session_nothing_is_kept(desk: "Desk") -> None:
    assert await save(desk, "gone", heart(MONDAY)) == [False]
    assert await save(desk, await desk.begin(), heart(None)) == [False]
    assert await kept(desk) == []


async def test_of_a_unit_that_there_is_not_nothing_is_known(desk: "Desk") -> None:
    with pytest.raises(UnknownUnitError, match="furlongs"):
        await desk.store.read(lambda db: load_heart(db, "ada", "furlongs"))
