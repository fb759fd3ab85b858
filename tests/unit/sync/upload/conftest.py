"""An outbox, a cloud that the test plays, and time moved by hand."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
import zstandard
from sqlite_utils.db import Database

from sync import outbox, refused, retention
from sync.pseudonym import Pseudonymiser
from sync.record import Record, RecordKind, new_record
from sync.retention import Budget
from sync.upload.answer import NotDelivered, Reply
from sync.upload.leaving import Upload
from sync.upload.policy import Backoff, Problem
from sync.upload.ports import Clocks, OutboxUnavailable
from sync.upload.state import Event, UploadState
from sync.upload.uploader import Uploader, UploadSettings

T = TypeVar("T")

BOUNDLESS = Budget(10**9, timedelta(days=3650))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
pseudonym = Pseudonymiser(bytes(32))


@dataclass
class MemoryDesk:
    """The store, in memory: a transaction around every write, and trouble when the test wants it."""

    connection: sqlite3.Connection
    broken: bool = False
    before_commit: Callable[[], object] | None = None

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        if self.broken:
            raise OutboxUnavailable
        return job(self.connection)

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        if self.broken:
            raise OutboxUnavailable
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            value = job(self.connection)
            if self.before_commit:
                self.before_commit()
        except sqlite3.OperationalError as error:
            self.connection.execute("ROLLBACK")
            raise OutboxUnavailable(str(error)) from error
        self.connection.execute("COMMIT")
        return value


@dataclass
class PlayedCloud:
    """Holds what it acknowledged, in order; answers as the test wants before it does its work."""

    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    batches: list[list[str]] = field(default_factory=list)
    packed: list[bytes] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)
    refuse: Callable[[dict[str, Any]], str | None] = lambda _record: None
    behave: Callable[[bytes], Reply | None] = lambda _packed: None
    lose_answers: bool = False
    probes: int = 0
    closed: int = 0
    date: str | None = None

    async def post(self, packed: bytes) -> Reply:
        text = zstandard.ZstdDecompressor().decompress(packed)
        self.packed.append(packed)
        played = self.behave(text)
        if played is not None:
            return played
        records = [json.loads(line) for line in text.splitlines()]
        self.batches.append([each["id"] for each in records])
        refusals = {each["id"]: why for each in records if (why := self.refuse(each))}
        for each in records:
            if each["id"] not in refusals:
                self.held.setdefault(each["id"], each)
                self.times[each["id"]] += 1
        if self.lose_answers:
            raise NotDelivered("slow", "the answer was lost")
        document = {
            "acknowledged": [each["id"] for each in records if each["id"] not in refusals],
            "refused": [{"id": key, "reason": why} for key, why in refusals.items()],
        }
        return Reply(200, {"date": self.date} if self.date else {}, json.dumps(document).encode())

    async def probe(self) -> Reply:
        self.probes += 1
        return self.behave(b"") or Reply(200, {}, b"")

    async def close(self) -> None:
        self.closed += 1

    def offline(self, problem: Problem = "unreachable", **options: Any) -> None:
        def behave(_packed: bytes) -> Reply:
            raise NotDelivered(problem, f"played: {problem}", **options)

        self.behave = behave

    def online(self) -> None:
        self.behave = lambda _packed: None
        self.lose_answers = False

    def answer(self, status: int, body: object = None, **headers: str) -> None:
        self.behave = lambda _packed: Reply(status, headers, json.dumps(body).encode())


@dataclass
class Bench:
    """An uploader with all that it touches."""

    desk: MemoryDesk
    upload: Upload = "all"
    budget: Budget = BOUNDLESS
    cloud: PlayedCloud = field(default_factory=PlayedCloud)
    now_s: float = 1000.0
    wall: datetime = NOON
    states: list[UploadState] = field(default_factory=list)
    events: list[tuple[Event, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.uploader = self.restarted()

    def restarted(self, *, with_cloud: bool = True) -> Uploader:
        """A new one, as after the box was killed: it knows only what the store holds."""
        self.uploader = Uploader(
            desk=self.desk,
            cloud=self.cloud if with_cloud else None,
            settings=UploadSettings(self.upload, self.budget),
            clocks=Clocks(lambda: self.now_s, lambda: self.wall),
            listener=self,
            backoff=Backoff(random=lambda: 0.5),
        )
        return self.uploader

    def changed(self, state: UploadState) -> None:
        self.states.append(state)

    def happened(self, event: Event, **detail: Any) -> None:
        self.events.append((event, detail))

    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds
        self.wall += timedelta(seconds=seconds)

    def put(self, kind: RecordKind = "session", member: str = "anna", **body: Any) -> Record:
        who = pseudonym(member) if kind in {"session", "plan", "erase"} else None
        record = new_record(kind, body, member=who, created_at=self.wall)
        connection = self.desk.connection
        connection.execute("BEGIN")
        outbox.append(connection, record)
        connection.execute("COMMIT")
        return record

    async def turns(self, most: int = 100) -> int:
        """Turn until nothing is due now; returns how many turns that took."""
        for number in range(1, most + 1):
            if await self.uploader.turn() > 0:
                return number
        pytest.fail("it never comes to rest")

    async def live(self, seconds: float) -> None:
        """Let that much time pass, with a turn whenever one is due."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            wait_s = await self.uploader.turn()
            self.pass_time(min(wait_s, end_s - self.now_s))

    @property
    def waiting(self) -> int:
        return outbox.depth(self.desk.connection)


@pytest.fixture
def desk() -> Iterator[MemoryDesk]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for each in (outbox.migrations, retention.migrations, refused.migrations):
            each.apply(Database(connection))
        yield MemoryDesk(connection)


@pytest.fixture
def bench(desk: MemoryDesk) -> Bench:
    return Bench(desk)


@pytest.fixture
def new_bench(desk: MemoryDesk) -> Callable[..., Bench]:
    """For tests that need other settings."""
    return lambda **settings: Bench(desk, **settings)
