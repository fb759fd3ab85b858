"""Sessions from check-in to check-out, with the real store and the real registry."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from devices.profile import load_profiles
from devices.reading import UNITS, Metric, Reading
from devices.registry import DeviceRegistry, KnownDevice
from gateway.clock import Clock
from gateway.members.members import MemberProfile, Members
from gateway.sessions.active import ActiveSession
from gateway.sessions.admission import (
    BandInUse,
    CheckIn,
    StationBusy,
    StationUnknown,
)
from gateway.sessions.report import ModelVersions
from gateway.sessions.service import SessionService, SessionSettings, SessionUnknown
from gateway.stations import Station
from gateway.store.store import Store, StoreBroken, StoreBusy, StoreFull, StoreSettings
from gateway.store.tables import MIGRATIONS, store_path
from sync import outbox
from sync.pseudonym import Pseudonymiser
from sync.record import Record, parse_record
from vision.counting.reps import Rep

STATIONS = {
    "mat": Station("mat", "Mat", exercises=("pushup", "squat")),
    "run": Station("run", "Treadmill 1", treadmill="belt"),
}
BANDS = [
    KnownDevice("band1", "ble-heart-rate", "aa:00:00:00:00:01"),
    KnownDevice("band2", "ble-heart-rate", "aa:00:00:00:00:02"),
]
PSEUDONYM = Pseudonymiser(b"k" * 32)


@dataclass
class Time:
    """Both clocks, moved by hand."""

    now_s: float = 1000.0
    wall: datetime = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

    def pass_s(self, seconds: float) -> None:
        self.now_s += seconds
        self.wall += timedelta(seconds=seconds)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now_s, lambda: self.wall)


@dataclass
class Heard:
    """A listener that remembers."""

    events: list[tuple[str, str]] = field(default_factory=list)

    def session_started(self, session: ActiveSession) -> None:
        self.events.append(("started", session.station.id))

    def session_ended(self, session: ActiveSession) -> None:
        self.events.append(("ended", session.station.id))


@dataclass
class Box:
    """A store, members and sessions on one data folder; `again` is the box after a restart."""

    data_dir: Path
    time: Time
    store: Store = field(init=False)
    members: Members = field(init=False)
    sessions: SessionService = field(init=False)
    heard: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        settings = StoreSettings(retry_s=0.05)
        self.store = Store(path=store_path(self.data_dir), migrations=MIGRATIONS, settings=settings)
        self.store.start()
        self.members = Members(store=self.store, pseudonym=PSEUDONYM, clock=self.time.clock)
        self.sessions = SessionService(
            store=self.store,
            stations=STATIONS,
            devices=DeviceRegistry(BANDS, profiles=load_profiles()),
            members=self.members,
            pseudonym=PSEUDONYM,
            models=lambda: ModelVersions(pose="blazepose", phase="range-1"),
            settings=SessionSettings(checkpoint_s=0.01),
            clock=self.time.clock,
        )
        self.sessions.add_listener(self.heard)

    async def again(self) -> "Box":
        """Die without a word, as far as the sessions can tell, and start anew."""
        await self.settle()
        self.store.stop()
        return Box(self.data_dir, self.time)

    async def settle(self) -> None:
        await asyncio.sleep(0)
        await self.store.write(lambda _db: None)
        await asyncio.sleep(0.01)

    async def records(self) -> list[Record]:
        pending = await self.store.read(lambda db: outbox.peek_batch(db.conn))
        return [parse_record(each.payload) for each in pending]

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        return await self.store.read(lambda db: db.execute(query).fetchall())

    def rep(self, exercise: str = "pushup", *, tempo_s: float = 2.0, partial: bool = False) -> bool:
        self.time.pass_s(tempo_s)
        end_s = self.time.now_s
        return self.sessions.on_rep("mat", Rep(exercise, end_s - tempo_s, end_s - 1, end_s, 0.8, partial))

    def reading(self, device_id: str, metric: Metric, value: float) -> None:
        now = self.time.wall
        self.sessions.on_readings(device_id, [Reading(device_id, metric, value, UNITS[metric], now, now)])

    async def no_room(self) -> None:
        await self.store.write(lambda db: db.execute("PRAGMA max_page_count=1").fetchall())

    async def room(self) -> None:
        await self.store.write(lambda db: db.execute("PRAGMA max_page_count=100000").fetchall())


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    box = Box(tmp_path, Time())
    yield box
    await box.sessions.close()
    box.store.stop()


async def test_a_whole_session(box: Box) -> None:
    await box.members.put("ada", MemberProfile(display_name="Ada", birth_year=1986))
    started = await box.sessions.start(CheckIn("mat", "ada", "band1", "pushup"))
    assert (started.status, started.sets, started.heart_rate, started.treadmill) == ("active", [], None, None)
    for _ in range(3):
        box.rep()
        box.reading("band1", "heart_rate_bpm", 120.0)
    box.rep(partial=True)
    box.time.pass_s(90)
    box.rep("squat", tempo_s=3.0)
    ended = await box.sessions.end(started.id, rpe=7)
    assert [(s.exercise, s.reps, s.partials, s.mean_tempo_s) for s in ended.sets] == [
        ("pushup", 3, 1, 2.0),
        ("squat", 1, 0, 3.0),
    ]
    assert ended.sets[0].started_at == started.started_at
    assert [(rep.number, rep.at_s, rep.partial) for rep in ended.sets[0].reps_detail][-1] == (4, 8.0, True)
    assert ended.heart_rate is not None
    assert (ended.heart_rate.mean_bpm, ended.heart_rate.max_bpm, ended.heart_rate.samples) == (120, 120, 3)
    assert ended.heart_rate.seconds_in_zone == [0, 8, 0, 0, 0]  # 120 of 180: zone 2; the last holds 4 s
    assert (ended.status, ended.rpe, ended.models.pose) == ("ended", 7, "blazepose")
    assert await box.sessions.get(started.id) == ended
    assert box.heard.events == [("started", "mat"), ("ended", "mat")]
    assert box.sessions.started == 1


async def test_the_row_and_its_record_are_written_together_and_name_nobody(box: Box) -> None:
    await box.members.put("ada", MemberProfile(display_name="Ada Lovelace"))
    started = await box.sessions.start(CheckIn("mat", "ada", "band1"))
    box.rep()
    await box.sessions.end(started.id)
    (record,) = await box.records()
    assert (record.kind, record.member) == ("session", PSEUDONYM("ada"))
    assert record.body["id"] == started.id
    text = record.to_json()
    assert not [secret for secret in ('"ada"', "Lovelace", "band1") if secret in text]
    assert await box.rows("SELECT status, record_id FROM session") == [("ended", record.id)]


async def test_ending_twice_gives_the_first_result_and_one_record(box: Box) -> None:
    started = await box.sessions.start(CheckIn("mat", "ada"))
    first, second = await asyncio.gather(box.sessions.end(started.id, 3), box.sessions.end(started.id, 9))
    third = await box.sessions.end(started.id)
    assert first == second == third
    assert first.rpe == 3
    assert len(await box.records()) == 1
    assert box.heard.events.count(("ended", "mat")) == 1


async def test_a_check_in_that_cannot_be_leaves_nothing(box: Box) -> None:
    with pytest.raises(StationUnknown, match="no station pool"):
        await box.sessions.start(CheckIn("pool", "ada"))
    assert box.sessions.active() == ()


async def test_one_at_a_station_and_one_to_a_band(box: Box) -> None:
    await box.sessions.start(CheckIn("mat", "ada", "band1"))
    with pytest.raises(StationBusy, match="Mat"):
        await box.sessions.start(CheckIn("mat", "bob", "band2"))
    with pytest.raises(BandInUse, match="another station"):
        await box.sessions.start(CheckIn("run", "bob", "band1"))
    await box.sessions.start(CheckIn("run", "bob", "band2"))


async def test_of_two_who_check_in_at_once_one_gets_the_station(box: Box) -> None:
    tries = [box.sessions.start(CheckIn("mat", name)) for name in ("ada", "bob")]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(each) for each in results if isinstance(each, Exception)] == [StationBusy]
    assert len(await box.rows("SELECT * FROM session")) == 1


async def test_of_two_who_take_one_band_at_once_one_gets_it(box: Box) -> None:
    tries = [box.sessions.start(CheckIn(station, "ada", "band1")) for station in ("mat", "run")]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(each) for each in results if isinstance(each, Exception)] == [BandInUse]


async def test_a_station_is_free_again_after_the_end(box: Box) -> None:
    for name in ("ada", "bob"):
        started = await box.sessions.start(CheckIn("mat", name, "band1"))
        await box.sessions.end(started.id)
    assert len(await box.records()) == 2


async def test_unknown_sessions(box: Box) -> None:
    with pytest.raises(SessionUnknown):
        await box.sessions.get("nope")
    with pytest.raises(SessionUnknown):
        await box.sessions.end("nope")


async def test_reps_without_a_session_or_from_before_it_belong_to_nobody(box: Box) -> None:
    assert not box.rep()
    started = await box.sessions.start(CheckIn("mat", "ada"))
    before_s = box.time.now_s - 0.1
    assert not box.sessions.on_rep(
        "mat", Rep("pushup", before_s - 1, before_s - 0.5, before_s, 0.9, partial=False)
    )
    assert (await box.sessions.get(started.id)).sets == []


async def test_a_treadmill_is_measured_by_what_its_counter_gained(box: Box) -> None:
    started = await box.sessions.start(CheckIn("run", "ada", "band1"))
    for distance_m in (7000.0, 7003.0, 7006.0, 0.0, 3.0):
        box.reading("belt", "distance_m", distance_m)
        box.reading("belt", "speed_kmh", 10.8)
        box.reading("other belt", "distance_m", 1e6)
        box.time.pass_s(1)
    belt = (await box.sessions.end(started.id)).treadmill
    assert belt is not None
    assert (belt.distance_m, belt.mean_speed_kmh, belt.max_speed_kmh, belt.duration_s) == (9, 10.8, 10.8, 5)


async def test_without_a_known_maximum_there_are_no_zones(box: Box) -> None:
    started = await box.sessions.start(CheckIn("mat", "stranger", "band1"))
    box.reading("band1", "heart_rate_bpm", 150.0)
    heart = (await box.sessions.end(started.id)).heart_rate
    assert heart is not None
    assert (heart.max_bpm, heart.seconds_in_zone) == (150, None)


async def test_a_restart_goes_on_with_the_count_and_the_time(box: Box) -> None:
    await box.members.put("ada", MemberProfile(display_name="Ada", maximum_heart_rate_bpm=190))
    started = await box.sessions.start(CheckIn("mat", "ada", "band1", "pushup"))
    for _ in range(5):
        box.rep()
    next_box = await box.again()
    box.time.pass_s(20)
    box.time.now_s -= 700  # the machine was started anew too: the monotonic clock is another one
    (resumed,) = await next_box.sessions.resume()
    assert (resumed.id, resumed.display_name, resumed.maximum_bpm) == (started.id, "Ada", 190)
    assert resumed.elapsed_s(box.time.now_s) == pytest.approx(30)
    assert next_box.heard.events == [("started", "mat")]
    next_box.rep()
    with pytest.raises(StationBusy):
        await next_box.sessions.start(CheckIn("mat", "bob"))
    report = await next_box.sessions.end(started.id)
    assert [(s.reps, s.ended_at - s.started_at) for s in report.sets] == [(6, timedelta(seconds=32))]
    next_box.store.stop()


async def test_what_could_not_be_read_at_the_start_goes_on_later(box: Box) -> None:
    started = await box.sessions.start(CheckIn("mat", "ada"))
    box.rep()
    next_box = await box.again()
    next_box.store.stop()
    with pytest.raises(StoreBroken):
        await next_box.sessions.resume()
    with pytest.raises(StoreBroken):  # nobody takes the place of one who still trains there
        await next_box.sessions.start(CheckIn("mat", "bob"))
    await next_box.sessions.tend()
    assert next_box.sessions.active() == ()
    next_box.store.start()
    await next_box.sessions.tend()
    await next_box.sessions.tend()
    assert [each.id for each in next_box.sessions.active()] == [started.id]
    assert next_box.heard.events == [("started", "mat")]
    next_box.store.stop()


async def test_a_mistake_with_one_session_does_not_end_the_tending(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise ArithmeticError

    monkeypatch.setattr(box.sessions, "tend", fail)
    runner = asyncio.create_task(box.sessions.run())
    async with asyncio.timeout(5):
        while box.sessions.failed_turns < 2:
            await box.settle()
    runner.cancel()
    await asyncio.gather(runner, return_exceptions=True)


async def test_a_clock_that_fell_back_does_not_turn_time_round(box: Box) -> None:
    await box.sessions.start(CheckIn("mat", "ada"))
    box.time.pass_s(100)
    box.rep()
    next_box = await box.again()
    box.time.wall = datetime(1970, 1, 1, tzinfo=UTC)
    (resumed,) = await next_box.sessions.resume()
    assert resumed.elapsed_s(box.time.now_s) == pytest.approx(102)
    next_box.store.stop()


async def test_a_station_taken_out_of_the_configuration_does_not_stop_the_box(tmp_path: Path) -> None:
    box = Box(tmp_path, Time())
    names = "id, station_id, member_id, status, started_at, elapsed_s, progress"
    row = f"INSERT INTO session ({names}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constant names
    sums: dict[str, object] = {"sets": [], "belt": {}, "heart": None, "last_activity_s": 0.0}
    values = ("s", "gone", "ada", "active", box.time.wall.isoformat(), 5.0, json.dumps(sums))
    await box.store.write(lambda db: db.execute(row, values).rowcount)
    (resumed,) = await box.sessions.resume()
    assert resumed.station == Station("gone", "gone")
    assert (await box.sessions.end("s")).status == "ended"
    box.store.stop()


async def test_cardio_is_written_down_every_few_seconds(box: Box) -> None:
    await box.sessions.start(CheckIn("run", "ada", "band1"))
    box.reading("band1", "heart_rate_bpm", 130.0)
    runner = asyncio.create_task(box.sessions.run())
    async with asyncio.timeout(5):
        while '"samples":1' not in str(await box.rows("SELECT progress FROM session")):
            await box.settle()
    runner.cancel()
    with pytest.raises(asyncio.CancelledError):
        await runner


async def test_many_reps_on_a_slow_disk_make_few_checkpoints(box: Box) -> None:
    await box.sessions.start(CheckIn("mat", "ada"))
    before = box.store.counts.jobs
    for _ in range(200):
        box.rep()
    await box.settle()
    await box.settle()
    assert box.store.counts.jobs - before < 10
    (stored,) = await box.rows("SELECT progress FROM session")
    assert json.loads(str(stored[0]))["sets"][0]["reps"] == 200


async def test_a_full_store_keeps_the_session_going_and_a_retry_works(box: Box) -> None:
    started = await box.sessions.start(CheckIn("mat", "ada"))
    await box.no_room()
    for _ in range(150):
        box.rep()
    await box.settle()
    await box.settle()
    with pytest.raises(StoreFull):
        await box.sessions.end(started.id, 8)
    assert box.sessions.checkpoints.failed >= 1
    active = box.sessions.active_at("mat")
    assert active is not None
    assert active.totals()[0] == {"pushup": 150}
    box.rep()
    await box.room()
    report = await box.sessions.end(started.id, 8)
    assert (report.sets[0].reps, report.rpe) == (151, 8)
    assert len(await box.records()) == 1


async def _fill_up(box: Box) -> None:
    """Check in and out until not even that fits."""
    for _ in range(400):
        report = await box.sessions.start(CheckIn("mat", "x" * 60))
        await box.sessions.end(report.id)


async def test_a_full_store_takes_no_new_session_for_it_could_not_keep_it(box: Box) -> None:
    await box.no_room()
    with pytest.raises(StoreFull):
        await _fill_up(box)
    await box.room()
    for running in box.sessions.active():
        await box.sessions.end(running.id)
    await box.sessions.start(CheckIn("mat", "bob"))


async def test_a_failed_start_frees_the_station_and_the_band(box: Box) -> None:
    box.store.stop()
    with pytest.raises(Exception, match="not started"):
        await box.sessions.start(CheckIn("mat", "ada", "band1"))
    box.store.start()
    await box.sessions.start(CheckIn("mat", "ada", "band1"))


async def test_an_abandoned_session_ends_at_its_last_activity(box: Box) -> None:
    started = await box.sessions.start(CheckIn("mat", "ada"))
    box.rep()
    last = box.time.wall
    box.time.pass_s(600)
    await box.sessions.tend()
    assert box.sessions.active_at("mat") is not None
    box.time.pass_s(1)
    await box.sessions.tend()
    report = await box.sessions.get(started.id)
    assert (report.status, report.ended_at, report.rpe) == ("ended", last, None)
    assert box.heard.events[-1] == ("ended", "mat")


async def test_who_is_seen_or_touches_the_screen_is_not_absent(box: Box) -> None:
    started = await box.sessions.start(CheckIn("mat", "ada"))
    session = box.sessions.active_at("mat")
    assert session is not None
    signs: list[Callable[[], object]] = [
        lambda: box.sessions.on_seen("mat"),
        lambda: box.sessions.here(started.id),
    ]
    for sign in signs:
        box.time.pass_s(599)
        assert box.sessions.ends_in_s(session, box.time.now_s) == pytest.approx(1.0)
        sign()
        assert box.sessions.ends_in_s(session, box.time.now_s) == pytest.approx(600.0)
        await box.sessions.tend()
        assert box.sessions.active_at("mat") is session
    box.sessions.on_seen("elsewhere")
    with pytest.raises(SessionUnknown, match="No session 7 runs"):
        box.sessions.here("7")
    box.time.pass_s(601)
    await box.sessions.tend()
    assert (await box.sessions.get(started.id)).ended_at == started.started_at + timedelta(seconds=1198)


async def test_a_wall_clock_set_in_mid_session_does_not_make_it_longer(box: Box) -> None:
    started = await box.sessions.start(CheckIn("mat", "ada"))
    box.time.pass_s(60)
    box.time.wall += timedelta(days=400)
    report = await box.sessions.end(started.id)
    assert report.ended_at == started.started_at + timedelta(seconds=60)


async def test_a_listener_that_fails_does_not_undo_what_is_stored(box: Box) -> None:
    class Broken(Heard):
        def session_started(self, session: ActiveSession) -> None:
            raise RuntimeError(session.id)

    box.sessions.add_listener(Broken())
    after = Heard()
    box.sessions.add_listener(after)
    await box.sessions.start(CheckIn("mat", "ada"))
    assert box.sessions.listeners.failed == 1
    assert after.events == [("started", "mat")]


async def test_close_writes_down_what_runs(box: Box) -> None:
    await box.sessions.start(CheckIn("run", "ada", "band1"))
    box.reading("band1", "heart_rate_bpm", 130.0)
    await box.sessions.close()
    assert '"samples":1' in str(await box.rows("SELECT progress FROM session"))


async def test_an_end_after_the_file_was_replaced_is_stored_all_the_same(box: Box) -> None:
    started = await box.sessions.start(CheckIn("mat", "ada"))

    def lose(db: Database) -> None:
        db.execute("DELETE FROM session")

    await box.store.write(lose)
    box.rep()
    assert (await box.sessions.end(started.id)).sets[0].reps == 1
    assert len(await box.records()) == 1


async def test_a_busy_store_is_told(tmp_path: Path) -> None:
    box = Box(tmp_path, Time())
    started = await box.sessions.start(CheckIn("mat", "ada"))
    box.store.stop()
    with pytest.raises(StoreBusy):
        await box.sessions.end(started.id)
    assert box.sessions.active_at("mat") is not None
