import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Clock
from gateway.events.log import EventLog
from gateway.events.rows import EventFilter
from gateway.jobs.agent import JobAgent
from gateway.jobs.handler import Done, Handler, JobFailed, Parameters, Progress
from gateway.jobs.rows import Memory
from gateway.store.store import Store, StoreFull
from gateway.store.tables import MIGRATIONS, store_path
from provisioning.jobs import Execution, Job, Kind, told
from provisioning.twin import Fields, Shadow, update
from sync.upload.answer import NotDelivered
from tests.waiting import until

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Cloud:
    """The shadow of jobs by the rules of real shadows, and a line to it that the test can cut."""

    def __init__(self) -> None:
        self.shadow = Shadow()
        self.reachable = True
        self._read: Shadow | None = None
        self._looks = asyncio.Condition()

    @property
    def desired(self) -> Fields | None:
        return None if self._read is None else self._read.desired

    @property
    def reported(self) -> Fields:
        return {} if self._read is None else self._read.reported

    async def look(self) -> None:
        await asyncio.sleep(0.001)
        if self.reachable:
            self._read = self.shadow

    async def report(self, change: Fields) -> None:
        if not self.reachable:
            raise NotDelivered("unreachable", "the line is cut")
        self.shadow = self._read = update(self.shadow, "reported", change)

    def ask(self, job_id: str, kind: Kind = "reprobe_cameras", **more: Any) -> None:
        facts = {"queued_at": NOON, "expires_at": NOON + timedelta(days=7), "timeout_s": 60.0, **more}
        self.shadow = update(self.shadow, "desired", {job_id: told(Job(kind=kind, **facts))})

    def take_back(self, *job_ids: str) -> None:
        self.shadow = update(self.shadow, "desired", dict.fromkeys(job_ids))

    def state(self, job_id: str) -> str | None:
        said = self.shadow.reported.get(job_id)
        return said["state"] if isinstance(said, dict) else None

    async def until(self, job_id: str, state: str | None) -> dict[str, Any]:
        await until(lambda: self.state(job_id) == state)
        said = self.shadow.reported.get(job_id)
        return dict(said) if isinstance(said, dict) else {}


@dataclass
class Work:
    """What handlers did, and how they are to end."""

    done: list[str] = field(default_factory=list)
    result: Fields = field(default_factory=dict)
    error: BaseException | None = None
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    share: float | None = None
    then: Callable[[], None] | None = None

    async def __call__(self, job_id: str, parameters: Parameters, progress: Progress) -> Done:
        self.done.append(job_id)
        if self.share is not None:
            progress(self.share)
        await self.hold.wait()
        if self.error is not None:
            raise self.error
        return Done({**self.result, **parameters}, self.then)


@pytest.fixture
def work() -> Work:
    made = Work()
    made.hold.set()
    return made


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    yield store
    store.stop()


def agent(cloud: Cloud, store: Store, work: Work, *, now: datetime = NOON, **more: Any) -> JobAgent:
    handlers: dict[Kind, Handler] = {"reprobe_cameras": Handler(work)}
    return JobAgent(
        twin=cloud,
        store=store,
        events=EventLog(store=store),
        clock=Clock(utc_now=lambda: now),
        **{"handlers": handlers, **more},
    )


@asynccontextmanager
async def running(one: JobAgent) -> AsyncIterator[JobAgent]:
    task = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_job_is_done_once_reported_and_forgotten(cloud: Cloud, store: Store, work: Work) -> None:
    work.result = {"cameras": 2}
    cloud.ask("j1")
    async with running(agent(cloud, store, work)) as one:
        assert (await cloud.until("j1", "SUCCEEDED"))["result"] == {"cameras": 2}
        await asyncio.sleep(0.02)
        cloud.take_back("j1")
        await cloud.until("j1", None)
        events = await one._events.read(EventFilter(kind="job"), 10)
    assert work.done == ["j1"]
    assert cloud.shadow.reported == {}
    assert [(each.actor, each.subject, each.outcome) for each in reversed(events)] == [
        ("cloud", "j1", "IN_PROGRESS"),
        ("cloud", "j1", "SUCCEEDED"),
    ]


async def test_jobs_are_done_one_after_the_other_the_oldest_first(
    cloud: Cloud, store: Store, work: Work
) -> None:
    cloud.ask("a", queued_at=NOON)
    cloud.ask("b", queued_at=NOON - timedelta(hours=1))
    async with running(agent(cloud, store, work)):
        await cloud.until("a", "SUCCEEDED")
    assert work.done == ["b", "a"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (JobFailed("camera front does not answer"), "camera front does not answer"),
        (JobFailed("rtsp://u:secret@cam/1 is away"), "rtsp://u:***@cam/1 is away"),
        (KeyError("x"), "a mistake of the program: KeyError; the box's log has it"),
    ],
)
async def test_work_that_fails_says_why_and_the_next_job_is_done(
    cloud: Cloud, store: Store, work: Work, error: Exception, reason: str
) -> None:
    work.error = error
    cloud.ask("j1")
    async with running(agent(cloud, store, work)):
        assert (await cloud.until("j1", "FAILED"))["reason"] == reason
        work.error = None
        cloud.ask("j2")
        await cloud.until("j2", "SUCCEEDED")


async def test_a_job_that_takes_too_long_is_ended(cloud: Cloud, store: Store, work: Work) -> None:
    work.hold.clear()
    job = Job.model_construct(
        kind="reprobe_cameras",
        parameters={},
        queued_at=NOON,
        expires_at=NOON + timedelta(days=1),
        timeout_s=0.01,
    )
    one = agent(cloud, store, work)
    one._memories = {"j1": Memory("j1", job, Execution())}
    cloud.ask("j1")
    await cloud.look()
    await one._do(one._memories["j1"], job)
    assert (cloud.state("j1"), cloud.shadow.reported["j1"]["reason"]) == (  # type: ignore[index]
        "TIMED_OUT",
        "it was not done within 0.01 s",
    )


async def test_what_this_box_cannot_do_or_does_not_understand_is_rejected(
    cloud: Cloud, store: Store, work: Work
) -> None:
    cloud.ask("unknown", "pull_model", parameters={"model": "blazepose"})
    cloud.ask("refused")
    cloud.shadow = update(cloud.shadow, "desired", {"nonsense": {"kind": "dance"}, "number": 5})
    handlers: dict[Kind, Handler] = {"reprobe_cameras": Handler(work, lambda _: "there is no camera here")}
    async with running(agent(cloud, store, work, handlers=handlers)):
        assert "cannot do" in (await cloud.until("unknown", "REJECTED"))["reason"]
        assert (await cloud.until("refused", "REJECTED"))["reason"] == "there is no camera here"
        assert "the job" in (await cloud.until("nonsense", "REJECTED"))["reason"]
        await cloud.until("number", "REJECTED")
    assert work.done == []


async def test_an_expired_job_is_not_begun(cloud: Cloud, store: Store, work: Work) -> None:
    cloud.ask("j1")
    async with running(agent(cloud, store, work, now=NOON + timedelta(days=7))):
        await cloud.until("j1", "TIMED_OUT")
    assert work.done == []


async def test_a_box_whose_clock_is_in_1970_takes_the_clouds_word(
    cloud: Cloud, store: Store, work: Work
) -> None:
    cloud.ask("j1")
    async with running(agent(cloud, store, work, now=datetime(1970, 1, 1, tzinfo=UTC))):
        await cloud.until("j1", "SUCCEEDED")


async def test_a_job_is_done_without_the_cloud_and_told_days_later(
    cloud: Cloud, store: Store, work: Work
) -> None:
    cloud.ask("j1")
    work.hold.clear()
    async with running(agent(cloud, store, work)) as one:
        await cloud.until("j1", "IN_PROGRESS")
        cloud.reachable = False
        work.hold.set()
        await until(lambda: one._memories["j1"].execution.state == "SUCCEEDED")
        assert cloud.state("j1") == "IN_PROGRESS"
    async with running(agent(cloud, store, work)):  # the box was switched off and on meanwhile
        await asyncio.sleep(0.02)
        cloud.reachable = True
        await cloud.until("j1", "SUCCEEDED")
    assert work.done == ["j1"]


async def test_a_job_that_was_seen_is_done_after_a_restart_without_the_cloud(
    cloud: Cloud, store: Store, work: Work
) -> None:
    cloud.ask("j1")
    cloud.ask("j2", queued_at=NOON + timedelta(seconds=1))
    work.hold.clear()
    async with running(agent(cloud, store, work)):
        await cloud.until("j1", "IN_PROGRESS")
    cloud.reachable = False
    work.hold.set()
    offline = Cloud()
    offline.reachable = False
    async with running(agent(offline, store, work)) as one:
        await until(lambda: {each.execution.state for each in one._memories.values()} == {"SUCCEEDED"})
    assert work.done == ["j1", "j1", "j2"]


async def test_a_job_that_takes_the_box_down_again_and_again_is_given_up(
    cloud: Cloud, store: Store, work: Work
) -> None:
    cloud.ask("j1")
    work.hold.clear()
    for _ in range(2):
        work.done.clear()
        async with running(agent(cloud, store, work)):
            await until(lambda: work.done == ["j1"])
    work.done.clear()
    async with running(agent(cloud, store, work)):
        assert "went down 2 times" in (await cloud.until("j1", "FAILED"))["reason"]
    assert work.done == []


async def test_a_job_that_is_taken_back_is_not_begun_and_stopped_when_it_was(
    cloud: Cloud, store: Store, work: Work
) -> None:
    cloud.ask("j1")
    cloud.ask("j2", queued_at=NOON + timedelta(seconds=1))
    work.hold.clear()
    async with running(agent(cloud, store, work)) as one:
        await cloud.until("j1", "IN_PROGRESS")
        cloud.take_back("j1", "j2")
        await cloud.until("j1", None)
        cloud.ask("j3")
        work.hold.set()
        await cloud.until("j3", "SUCCEEDED")
        outcomes = [(e.subject, e.outcome) for e in await one._events.read(EventFilter(), 10)]
    assert work.done == ["j1", "j3"]
    assert ("j1", "CANCELED") in outcomes


async def test_how_far_a_job_is_is_told_with_the_next_look(cloud: Cloud, store: Store, work: Work) -> None:
    work.hold.clear()
    work.share = 0.25
    cloud.ask("j1")
    async with running(agent(cloud, store, work)):
        await until(lambda: "'progress': 0.25" in str(cloud.shadow.reported))


async def test_what_ends_the_process_waits_until_the_cloud_has_heard(
    cloud: Cloud, store: Store, work: Work
) -> None:
    told_before: list[str | None] = []
    work.then = lambda: told_before.append(cloud.state("j1"))
    cloud.ask("j1")
    async with running(agent(cloud, store, work)):
        await until(lambda: bool(told_before))
    assert told_before == ["SUCCEEDED"]


async def test_what_ends_the_process_does_not_wait_for_ever(
    cloud: Cloud, store: Store, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.jobs.agent._TELL_AGAIN_S", 0.005)
    ended = asyncio.Event()
    work.then = ended.set
    work.hold.clear()
    cloud.ask("j1")
    async with running(agent(cloud, store, work, last_word_s=0.01)):
        await cloud.until("j1", "IN_PROGRESS")
        cloud.reachable = False
        work.hold.set()
        await asyncio.wait_for(ended.wait(), 5)


async def test_nothing_is_begun_that_is_not_written_down(
    cloud: Cloud, store: Store, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.jobs.agent._RETRY_S", 0.001)
    write, full = store.write, True

    async def writing(job: Any) -> Any:
        if full:
            raise StoreFull("full")
        return await write(job)

    monkeypatch.setattr(store, "write", writing)
    cloud.ask("j1")
    async with running(agent(cloud, store, work)):
        await asyncio.sleep(0.05)
        assert work.done == []
        full = False
        await cloud.until("j1", "SUCCEEDED")
    assert work.done == ["j1"]


async def test_a_box_that_has_forgotten_what_it_did_does_not_do_it_again(
    cloud: Cloud, store: Store, work: Work
) -> None:
    cloud.ask("j1")
    cloud.shadow = update(cloud.shadow, "reported", {"j1": {"state": "SUCCEEDED", "result": {"cameras": 2}}})
    cloud.ask("j2")
    async with running(agent(cloud, store, work)):
        await cloud.until("j2", "SUCCEEDED")
    assert work.done == ["j2"]
    assert cloud.shadow.reported["j1"] == {"state": "SUCCEEDED", "result": {"cameras": 2}}


async def test_a_job_that_ends_the_box_is_the_last_one_that_is_begun(
    cloud: Cloud, store: Store, work: Work
) -> None:
    ended = asyncio.Event()
    work.then = ended.set
    cloud.ask("j1")
    cloud.ask("j2", queued_at=NOON + timedelta(seconds=1))
    async with running(agent(cloud, store, work)):
        await asyncio.wait_for(ended.wait(), 5)
        await asyncio.sleep(0.02)
    assert work.done == ["j1"]
