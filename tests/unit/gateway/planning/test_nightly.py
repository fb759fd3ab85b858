"""The hour of the plans: kept by the gym's clock, caught up with after a night off, never given up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.interval import IntervalTrigger

from gateway.clock import Clock, LocalDays
from gateway.config.change import between
from gateway.config.model import BoxConfig
from gateway.planning import nightly as nightly_module
from gateway.planning.nightly import Nightly
from gateway.store.store import StoreFull
from tests.waiting import until

BERLIN = ZoneInfo("Europe/Berlin")
NOON, SOON_AFTER_MIDNIGHT = datetime(2026, 3, 2, 11, 0, tzinfo=UTC), datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


class Work:
    """What is done every night: counted, and made to fail or to last by the test."""

    def __init__(self, *moods: Exception | None) -> None:
        self.begun = 0
        self._moods = list(moods)
        self.lasts: Callable[[], Awaitable[object]] | None = None

    async def refresh(self) -> None:
        self.begun += 1
        if self.lasts is not None:
            await self.lasts()
        mood = self._moods.pop(0) if self._moods else None
        if mood is not None:
            raise mood


def nightly(work: Work, now: datetime, *, every_s: float | None = None) -> Nightly:
    days = LocalDays(BERLIN, Clock(utc_now=lambda: now))
    trigger = None if every_s is None else IntervalTrigger(seconds=every_s)
    return Nightly(planner=work, hour=3, days=days, trigger=trigger)


@asynccontextmanager
async def running(part: Nightly) -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    task = asyncio.create_task(part.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0)
    assert task.cancelled()
    assert asyncio.all_tasks() == before


async def test_a_box_that_was_off_at_the_hour_makes_plans_when_it_starts() -> None:
    work = Work()
    async with running(part := nightly(work, NOON)):
        await until(lambda: part.runs == 1)
        await asyncio.sleep(0.05)
    assert work.begun == 1


async def test_before_the_hour_there_is_nothing_to_catch_up_with() -> None:
    work = Work()
    async with running(nightly(work, SOON_AFTER_MIDNIGHT)):
        await asyncio.sleep(0.05)
    assert work.begun == 0


async def test_it_is_done_again_whenever_it_is_due() -> None:
    work = Work()
    async with running(part := nightly(work, SOON_AFTER_MIDNIGHT, every_s=0.02)):
        await until(lambda: part.runs >= 3)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (SOON_AFTER_MIDNIGHT, datetime(2026, 3, 2, 3, 0, tzinfo=BERLIN)),
        (NOON, datetime(2026, 3, 3, 3, 0, tzinfo=BERLIN)),
        # The night in which there is no 02:30, and the one that has it twice.
        (datetime(2026, 3, 28, 20, 0, tzinfo=UTC), datetime(2026, 3, 29, 3, 0, tzinfo=BERLIN)),
        (datetime(2026, 10, 24, 20, 0, tzinfo=UTC), datetime(2026, 10, 25, 3, 0, tzinfo=BERLIN)),
    ],
)
def test_the_hour_is_the_gyms(now: datetime, due: datetime) -> None:
    trigger = nightly(Work(), now)._trigger
    assert trigger.get_next_fire_time(None, now.astimezone(BERLIN)) == due


async def test_a_store_that_cannot_be_used_is_tried_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly_module, "RETRY_S", 0.01)
    work = Work(StoreFull("full"), StoreFull("full"))
    async with running(part := nightly(work, NOON)):
        await until(lambda: part.runs == 1)
    assert (work.begun, part.failed) == (3, 2)


async def test_whatever_goes_wrong_in_one_night_the_next_one_comes(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(ZeroDivisionError())
    async with running(part := nightly(work, SOON_AFTER_MIDNIGHT, every_s=0.02)):
        await until(lambda: part.runs == 1)
    assert part.failed == 1
    assert "could not do its nightly work" in caplog.text


async def test_what_falls_due_while_it_is_done_waits_for_it() -> None:
    work, go_on = Work(), asyncio.Event()
    work.lasts = go_on.wait
    async with running(part := nightly(work, SOON_AFTER_MIDNIGHT, every_s=0.01)):
        await until(lambda: work.begun == 1)
        await asyncio.sleep(0.1)
        assert (work.begun, part.runs) == (1, 0)
        go_on.set()
        await until(lambda: part.runs >= 2)


async def test_it_can_be_stopped_in_the_middle() -> None:
    work = Work()
    work.lasts = asyncio.Event().wait
    async with running(nightly(work, NOON)):
        await until(lambda: work.begun == 1)


async def test_another_hour_holds_from_the_next_night_on() -> None:
    work = Work()
    part = nightly(work, NOON.replace(hour=0))
    new = BoxConfig.model_validate({"gym": {"plans_hour": 5}, "box": {"timezone": "Asia/Tokyo"}})
    async with running(part):
        await asyncio.sleep(0)
        await part.reconfigure(new, between(BoxConfig(), new))
        scheduler = part._scheduler
        assert scheduler is not None
        (job,) = scheduler.get_jobs()
        due = job.next_run_time
        assert (due.hour, str(due.tzinfo)) == (5, "Asia/Tokyo")
        await part.reconfigure(new, between(new, new))
        assert scheduler.get_jobs()[0].next_run_time == due
    await part.reconfigure(BoxConfig(), between(new, BoxConfig()))
