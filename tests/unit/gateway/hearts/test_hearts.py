"""The whole way: a machine and a band speak, a session ends, the next day more is known."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.hearts import watch as watch_module
from gateway.hearts.rows import load_heart
from gateway.members.members import MemberUnknown

from .conftest import ADA, BAND, BELT, run_of

if TYPE_CHECKING:
    from .conftest import Desk


async def test_a_session_is_watched_learned_and_told(desk: "Desk") -> None:
    before = await desk.hearts.of("ada")
    assert (before.member_id, before.day, before.maximum_bpm) == ("ada", desk.today, 186.0)
    assert [(each.machine, each.sessions) for each in before.machines] == [("treadmill", 0)]
    await desk.train(run_of(ADA))
    await desk.settled(1)
    desk.later(days=1.0)
    (now,) = (await desk.hearts.of("ada")).machines
    assert (now.sessions, now.last_day) == (1, desk.days.of(desk.began))
    (was,) = before.machines
    assert now.zones is not None
    assert was.zones is not None
    assert all(new.spread_bpm < old.spread_bpm for new, old in zip(now.zones, was.zones, strict=True))
    assert max(each.load for each in now.zones) <= 12.0, "the operator's limit"
    gain = (await desk.store.read(lambda db: load_heart(db, "ada", "km/h"))).belief.response.gain
    assert gain == pytest.approx(ADA.gain, rel=0.15)


async def test_a_restart_loses_no_more_than_what_was_seen_before_it(desk: "Desk") -> None:
    session_id = await desk.begin()
    session = desk.sessions.active_at("run")
    assert session is not None
    desk.hearts.watch.session_started(session)  # as `resume` tells it
    for _ in range(60):
        desk.hear(BELT, "ble-treadmill", speed_kmh=9.0)
        desk.hear(BAND, "ble-heart-rate", heart_rate_bpm=140.0)
        desk.hearts.watch.sample()
        desk.later(seconds=5.0)
    await desk.sessions.end(session_id)
    await desk.settled(1)
    assert desk.hearts.learner.learned == 1


async def test_at_the_mat_or_without_a_band_nobody_is_watched(desk: "Desk") -> None:
    for station, band in (("mat", "band"), ("run", None)):
        session_id = await desk.begin(station, band=band)
        for _ in range(60):
            desk.hear(BELT, "ble-treadmill", speed_kmh=9.0)
            desk.hear(BAND, "ble-heart-rate", heart_rate_bpm=140.0)
            desk.hearts.watch.sample()
            desk.later(seconds=5.0)
        await desk.sessions.end(session_id)
    await desk.train(run_of(ADA))
    await desk.settled(1)
    assert (await desk.store.read(lambda db: load_heart(db, "ada", "km/h"))).sessions == 1


async def test_a_guest_has_a_heart_and_no_zones(desk: "Desk") -> None:
    await desk.members.delete("ada")
    with pytest.raises(MemberUnknown):
        await desk.hearts.of("ada")
    await desk.train(run_of(ADA))
    await desk.settled(1)
    found = await desk.hearts.of("ada")
    assert (found.maximum_bpm, found.machines[0].sessions, found.machines[0].zones) == (None, 1, None)


async def test_watching_and_learning_end_together(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "SAMPLE_S", 0.001)
    session_id = await desk.begin()
    running = asyncio.create_task(desk.hearts.run())
    await asyncio.sleep(0.02)
    await desk.sessions.end(session_id)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
