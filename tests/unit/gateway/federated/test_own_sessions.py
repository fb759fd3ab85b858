from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from gateway.federated import own_sessions as module
from gateway.federated.own_sessions import SINCE_DAYS, own_sessions
from gateway.store.store import Store
from recommender.training.columns import COLUMNS

from .gym import NOW, AddSession, fill, plan_report

TODAY = NOW.date()


async def rows(store: Store, *sessions: AddSession) -> list[dict[str, Any]]:
    await fill(store, sessions)
    return await store.read(partial(own_sessions, now=NOW))


async def test_a_session_by_plan_is_a_row_that_training_takes(store: Store) -> None:
    plan = plan_report("p", TODAY)
    (row,) = await rows(store, AddSession("anna", plan, rpe=8))
    assert row.keys() <= {column.name for column in COLUMNS}
    assert row["day"] == TODAY
    assert (row["rpe"], row["prescribed_minutes"]) == (8, plan["duration_minutes"])
    assert row["age_years"] == plan["features"]["age_years"]


async def test_what_the_member_said_of_the_plan_counts_more(store: Store) -> None:
    said = {"accepted": False, "rpe": 3}
    (row,) = await rows(store, AddSession("anna", plan_report("p", TODAY), rpe=8, said=said))
    assert (row["accepted"], row["rpe"]) == (0.0, 3)


async def test_sessions_of_one_plan_are_one_workout(store: Store) -> None:
    first = plan_report("p", TODAY, performed_minutes=10.0, performed_intensity=2.0, completion=0.25)
    second = plan_report("p", TODAY, performed_minutes=30.0, performed_intensity=4.0, completion=1.0)
    third = plan_report("p", TODAY, performed_minutes=5.0, performed_intensity=None, completion=1.0)
    (row,) = await rows(
        store,
        AddSession("anna", first, rpe=None, at=NOW - timedelta(hours=2)),
        AddSession("anna", second, rpe=6, at=NOW - timedelta(hours=1)),
        AddSession("anna", third, rpe=None, at=NOW),
    )
    assert (row["performed_minutes"], row["performed_intensity"]) == (45.0, 3.5)
    assert (row["completion"], row["rpe"]) == (1.0, 6.0)


async def test_others_are_left_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    old = NOW - timedelta(days=SINCE_DAYS + 1)
    found = await rows(
        store,
        AddSession("without-plan", None),
        AddSession("old", plan_report("q", old.date()), at=old),
        *(AddSession("anna", plan_report(f"p{n}", TODAY), at=NOW - timedelta(days=n)) for n in range(3)),
    )
    assert [row["member"] for row in found] == ["anna"] * 3
    monkeypatch.setattr(module, "MOST_SESSIONS", 2)
    assert len(await store.read(partial(own_sessions, now=NOW))) == 2
