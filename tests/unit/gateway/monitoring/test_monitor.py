"""When plans are no longer right it is told, once when it begins and once when it is over."""

import asyncio
from typing import Any

import pytest

from gateway.events.rows import EventFilter
from gateway.monitoring import monitor as module
from gateway.monitoring.monitor import EVENT, PART
from gateway.store.store import StoreBroken

MEMBERS = 60


async def fill(gym: Any, *, now_bmi: float) -> None:
    """A gym whose members weigh what they weigh, and in the last weeks `now_bmi` more."""
    bmi = [20.0 + number / 10 for number in range(MEMBERS)]
    before = (gym.plan(f"m{n}", 60, accepted=True, bmi=bmi[n]) for n in range(MEMBERS))
    now = (
        gym.plan(f"m{n}", 5, accepted=n % 4 > 0, performed=(30.0,), bmi=bmi[n] + now_bmi)
        for n in range(MEMBERS)
    )
    await asyncio.gather(*before, *now)


async def events(gym: Any) -> list[tuple[str, str]]:
    found = await gym.events.read(EventFilter(kind=EVENT), 100)
    return [(event.subject, event.outcome) for event in reversed(found)]


async def test_a_gym_without_plans_is_well(gym: Any) -> None:
    monitor = gym.monitor()
    await monitor.refresh()
    assert gym.health.get(PART).state == "ok"
    assert monitor.review.alerts == ()
    assert monitor.review.segments == ()
    assert await events(gym) == []


async def test_a_shift_is_told_once_also_across_a_restart_and_so_is_its_end(gym: Any) -> None:
    await fill(gym, now_bmi=20.0)
    monitor = gym.monitor()
    await monitor.refresh()
    part = gym.health.get(PART)
    assert part.state == "degraded"
    assert "bmi of all members has shifted: population stability index" in part.reason
    assert ("bmi of all members", "found") in await events(gym)
    told = len(await events(gym))
    await monitor.refresh()
    await gym.monitor().refresh()
    assert len(await events(gym)) == told
    await gym.store.write(lambda db: db.execute("DELETE FROM plan WHERE day > '2026-05-01'"))
    await gym.monitor().refresh()
    assert gym.health.get(PART).state == "ok"
    assert len(await events(gym)) == 2 * told
    assert ("bmi of all members", "over") in await events(gym)
    await fill(gym, now_bmi=20.0)
    await gym.monitor().refresh()
    assert len(await events(gym)) == 3 * told, "what comes back is told again"


async def test_a_gym_that_stays_as_it_is_raises_no_alarm(gym: Any) -> None:
    await fill(gym, now_bmi=0.0)
    monitor = gym.monitor()
    await monitor.refresh()
    assert gym.health.get(PART).state == "ok"
    everybody = monitor.review.segments[0]
    assert everybody.adoption_rate.value == pytest.approx(0.75)
    assert everybody.completion_deviation.value == pytest.approx(0.25)


async def test_it_looks_again_and_again_and_survives_a_store_that_fails(
    gym: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_SETTLE_S", 0.0)
    monkeypatch.setattr(module, "EVERY_S", 0.001)
    monitor = gym.monitor()
    troubles: list[Exception] = [StoreBroken("gone"), ValueError("odd")]
    looked = asyncio.Event()

    async def look() -> None:
        if troubles:
            raise troubles.pop(0)
        looked.set()

    monkeypatch.setattr(monitor, "refresh", look)
    task = asyncio.create_task(monitor.run())
    await asyncio.wait_for(looked.wait(), 10)
    task.cancel()
    assert monitor.failed == 2
    assert [record.message for record in caplog.records if record.exc_info] == [
        "the plans of the last weeks could not be reviewed"
    ]
