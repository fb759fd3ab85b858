"""What watchers are told: news at once, silence never, and none of them can hold up the box."""

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gateway.clock import Clock
from gateway.config.change import between
from gateway.config.model import BoxConfig
from gateway.health import Health, PartState
from gateway.live.board import (
    GATHER_S,
    MAX_WATCHERS,
    LiveBoard,
    TooManyWatchers,
)
from gateway.live.snapshot import ControlState, StepState
from gateway.live.subscription import QUEUE_EVENTS, Event, Subscription
from gateway.stations import Station, Stations
from tests.waiting import until

if TYPE_CHECKING:
    from tests.unit.gateway.conftest import Gym

BELT, BAND = "aa:00:00:00:00:01", "aa:00:00:00:00:02"
MAT = Station("mat", "Mat", camera="cam1", exercises=("pushup", "squat"))
RUN = Station("run", "Treadmill 1", treadmill="belt")
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


async def drain(subscription: Subscription, within_s: float = 0.01) -> list[Event]:
    """Take what waits, and what else comes in so short a time."""
    events: list[Event] = []
    try:
        while True:
            events.append(await asyncio.wait_for(anext(subscription), within_s))
    except (TimeoutError, StopAsyncIteration):
        return events


async def test_a_watcher_gets_the_whole_state_at_once(gym: "Gym") -> None:
    (event,) = await drain(gym.board.subscribe("mat"))
    assert event.name == "state"
    assert json.loads(event.data)["station"]["id"] == "mat"


async def test_nothing_new_is_told_once_a_second_and_news_at_once(gym: "Gym") -> None:
    gym.session(MAT)
    watcher = gym.board.subscribe("mat")
    gym.board.tick()
    await drain(watcher)
    told = []
    for tick in range(30):  # three seconds
        gym.now_s += 0.1
        gym.board.tick()
        told += [tick] * len(await drain(watcher))
    assert len(told) == 3
    assert told[1] - told[0] == told[2] - told[1] == 10
    gym.view()
    gym.board.tick()
    (event,) = await drain(watcher)
    assert json.loads(event.data)["phase"] == "down"


async def test_a_rep_is_told_at_once_with_its_number(gym: "Gym") -> None:
    session = gym.session(MAT)
    watcher = gym.board.subscribe("mat")
    await drain(watcher)
    gym.rep(session)
    gym.rep(session)
    gym.rep(session, partial=True)
    told = [json.loads(event.data) for event in await drain(watcher)]
    assert [(each["number"], each["partial"]) for each in told] == [(1, False), (2, False), (1, True)]
    assert told[0]["tempo_s"] == 2.1
    assert set(told[0]) == {
        "exercise", "number", "partial", "started_s", "turned_s", "ended_s", "tempo_s", "depth", "form"
    }  # fmt: skip


async def test_what_a_machine_says_is_told_without_waiting_for_a_tick(gym: "Gym") -> None:
    watcher = gym.board.subscribe("run")
    await drain(watcher)
    gym.frame(BELT, speed_kmh=9.5)
    for device_id in ("belt", "belt", "band", "nobody"):  # two of a moment are one message
        gym.board.on_device(device_id)
    (event,) = await drain(watcher, 3 * GATHER_S)
    assert json.loads(event.data)["treadmill"]["speed_kmh"] == 9.5
    gym.board.on_device("belt")
    assert await drain(watcher, 3 * GATHER_S) == []  # no news


async def test_a_band_is_told_of_where_it_is_worn_and_while_it_is(gym: "Gym") -> None:
    session = gym.session(MAT)
    watcher = gym.board.subscribe("mat")
    await drain(watcher)
    gym.frame(BAND, heart_rate_bpm=120.0)
    gym.board.on_device("band")
    (event,) = await drain(watcher, 3 * GATHER_S)
    assert json.loads(event.data)["heart_rate"]["bpm"] == 120
    gym.board.session_ended(session)
    gym.board.on_device("band")
    assert await drain(watcher, 3 * GATHER_S) == []


async def test_who_left_meanwhile_is_told_nothing(gym: "Gym") -> None:
    watcher = gym.board.subscribe("run")
    gym.board.on_device("belt")
    gym.board.unsubscribe("run", watcher)
    await asyncio.sleep(2 * GATHER_S)
    assert gym.board.watchers == 0


async def test_an_alert_is_told_when_it_comes_changes_and_goes(gym: "Gym") -> None:
    gym.health.set("store", "degraded", "set aside")  # before anybody looked: it stands in the first state
    watcher = gym.board.subscribe("mat")
    gym.board.tick()
    await drain(watcher)
    told = []
    for part, state, reason in (
        ("vision", "failed", "it died"),
        ("cloud", "failed", "not ours"),
        ("vision", "degraded", "it starts"),
        ("vision", "ok", ""),
        ("store", "ok", ""),
    ):
        gym.health.set(part, state, reason)  # type: ignore[arg-type]  # the literals above are states
        gym.now_s += 0.1
        gym.board.tick()
        alerts = [json.loads(e.data) for e in await drain(watcher) if e.name == "alert"]
        told += [(each["part"], each["level"], each["reason"]) for each in alerts]
    assert told == [
        ("vision", "failed", "it died"),
        ("vision", "degraded", "it starts"),
        ("vision", "ok", ""),
        ("store", "ok", ""),
    ]


async def test_every_watcher_is_told_the_same_under_rising_ids(gym: "Gym") -> None:
    first, second = gym.board.subscribe("mat"), gym.board.subscribe("mat")
    for watcher in (first, second):
        await drain(watcher)
    for _ in range(3):
        gym.rep()
    one, other = await drain(first), await drain(second)
    assert one == other
    assert [event.id for event in one] == sorted({event.id for event in one})


async def test_a_slow_watcher_misses_the_oldest_and_is_counted(gym: "Gym") -> None:
    slow = gym.board.subscribe("mat")
    for _ in range(QUEUE_EVENTS + 9):
        gym.rep()
    assert (slow.dropped, gym.board.dropped) == (10, 10)
    events = await drain(slow)
    assert len(events) == QUEUE_EVENTS
    assert json.loads(events[-1].data)["number"] == QUEUE_EVENTS + 9
    gym.board.unsubscribe("mat", slow)
    assert gym.board.dropped == 10


async def test_only_so_many_may_watch(gym: "Gym") -> None:
    watchers = [gym.board.subscribe("mat") for _ in range(MAX_WATCHERS)]
    with pytest.raises(TooManyWatchers, match="Close one"):
        gym.board.subscribe("mat")
    gym.board.subscribe("run")
    gym.board.unsubscribe("mat", watchers[0])
    gym.board.subscribe("mat")
    assert gym.board.watchers == MAX_WATCHERS + 1


async def test_close_ends_every_stream_and_refuses_new_ones(gym: "Gym") -> None:
    watcher = gym.board.subscribe("mat")
    await drain(watcher)
    waiting = asyncio.create_task(anext(watcher, None))
    await asyncio.sleep(0)
    gym.board.close()
    assert await asyncio.wait_for(waiting, 1) is None
    assert await drain(gym.board.subscribe("mat")) == []
    gym.board.unsubscribe("mat", watcher)
    gym.board.unsubscribe("mat", watcher)


async def test_a_station_that_nobody_watches_costs_nothing(gym: "Gym") -> None:
    class Costly(Health):
        looked = 0

        def snapshot(self) -> dict[str, PartState]:
            self.looked += 1
            return super().snapshot()

    health = Costly()
    gym.board = LiveBoard(stations={"mat": MAT}, devices=gym.registry, health=health, started_at=START)
    gym.board.tick()
    gym.rep()
    assert health.looked == 0


async def test_a_mistake_in_a_tick_does_not_end_the_telling(
    gym: "Gym", monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ArithmeticError

    monkeypatch.setattr(gym.board, "tick", fail)
    runner = asyncio.create_task(gym.board.run())
    await until(lambda: gym.board.failed_ticks >= 2)
    assert caplog.text.count("could not tell") == 1
    monkeypatch.undo()
    watcher = gym.board.subscribe("mat")
    await drain(watcher)
    assert (await asyncio.wait_for(anext(watcher), 5)).name == "state"
    runner.cancel()
    await asyncio.gather(runner, return_exceptions=True)


async def test_the_ticker_runs_until_it_is_cancelled(gym: "Gym") -> None:
    watcher = gym.board.subscribe("mat")
    await drain(watcher)
    runner = asyncio.create_task(gym.board.run())
    assert (await asyncio.wait_for(anext(watcher), 5)).name == "state"
    runner.cancel()
    with pytest.raises(asyncio.CancelledError):
        await runner


async def test_a_step_that_runs_is_no_news_and_a_machine_that_yields_is(gym: "Gym") -> None:
    step = StepState(number=0, count=2, remaining_s=60.0, targets={"speed_kmh": 7.0}, heart_rate_zone=None)
    control = ControlState(drives=True, hold=None, confirmable=False, step=step)

    def control_of(device_id: str, now_s: float) -> ControlState:
        assert (device_id, now_s) == ("belt", gym.now_s)
        return control

    gym.board = LiveBoard(
        stations={"run": RUN, "mat": MAT},
        devices=gym.registry,
        health=gym.health,
        started_at=START,
        control_of=control_of,
        clock=Clock(lambda: gym.now_s, lambda: START),
    )
    assert gym.mat().control is None, "no machine stands there"
    watcher = gym.board.subscribe("run")
    gym.board.tick()
    await drain(watcher)
    control = control.model_copy(update={"step": step.model_copy(update={"remaining_s": 59.9})})
    gym.board.tick()
    assert await drain(watcher) == []
    control = control.model_copy(update={"hold": "stopped_by_person", "confirmable": True})
    gym.board.tick()
    (event,) = await drain(watcher)
    assert json.loads(event.data)["control"] == {
        "drives": True,
        "hold": "stopped_by_person",
        "confirmable": True,
        "step": {
            "number": 0,
            "count": 2,
            "remaining_s": 59.9,
            "targets": {"speed_kmh": 7.0},
            "heart_rate_zone": None,
        },
    }


async def test_pages_follow_the_stations_of_another_configuration(gym: "Gym") -> None:
    def config(*stations: dict[str, str]) -> BoxConfig:
        device = {"id": "belt", "profile": "ble-treadmill", "address": BELT}
        return BoxConfig.model_validate({"station": list(stations), "device": [device]})

    old = config({"id": "mat"}, {"id": "run", "treadmill": "belt"})
    new = config({"id": "mat", "name": "Blue mat"}, {"id": "door", "treadmill": "belt"})
    stations = Stations(old)
    board = LiveBoard(stations=stations, devices=gym.registry, health=gym.health, started_at=START)
    gone, stays = board.subscribe("run"), board.subscribe("mat")
    for follower in (stations, board):
        await follower.reconfigure(new, between(old, new))
    await drain(gone)
    with pytest.raises(StopAsyncIteration):
        await anext(gone)
    board.unsubscribe("run", gone)
    assert [board.snapshot(each).station.name for each in ("mat", "door")] == ["Blue mat", "door"]
    with pytest.raises(KeyError):
        board.snapshot("run")
    await drain(stays)
    board.tick()
    (event,) = await drain(stays)
    assert json.loads(event.data)["station"]["name"] == "Blue mat"
    watcher = board.subscribe("door")
    await drain(watcher)
    board.on_device("belt")
    assert await drain(watcher, 3 * GATHER_S), "a machine that moved is told at its new station"
