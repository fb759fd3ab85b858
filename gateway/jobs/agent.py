"""Does the jobs that are desired of this box, one after the other, and reports how each went.

A job is written down when it is first seen and before it is begun, so it survives a restart and days without
a network. One that the cloud does not desire any more was taken back, or the cloud has heard how it ended.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Protocol

from gateway.clock import Clock
from gateway.events.log import EventLog
from gateway.jobs import rows
from gateway.jobs.handler import Done, Handler, JobFailed
from gateway.jobs.rows import Memory
from gateway.redaction import redact_text, shorten_paths
from gateway.store.store import Store, StoreError
from gateway.twin.wire import Conflict
from provisioning.jobs import (
    MAX_OPEN,
    MAX_REASON,
    OPEN,
    Execution,
    Job,
    JobRefused,
    Kind,
    State,
    hear,
    read_job,
    say,
)
from provisioning.twin import Fields
from sync.upload.answer import NotDelivered

_log = logging.getLogger(__name__)

EVENT: Final = "job"
MOST_STARTS: Final = 2
"""A job that the box went down with so often is not begun again."""
_RETRY_S: Final = 5.0
# So long an end of the process waits for the cloud to hear of it.
_LAST_WORD_S: Final = 30.0
_TELL_AGAIN_S: Final = 1.0


class JobTwin(Protocol):
    """The shadow of jobs (`gateway.twin.link.Twin`)."""

    @property
    def desired(self) -> Fields | None:
        """What is desired; None until that was read."""

    @property
    def reported(self) -> Fields:
        """What the cloud has heard."""

    async def look(self) -> None:
        """Wait for the end of the next look at the cloud, whether it brings news or trouble."""

    async def report(self, change: Fields) -> None:
        """Say what is new. Raises Conflict and NotDelivered; the next look comes soon."""


class JobAgent:
    """One box's jobs; lives on the event loop."""

    def __init__(
        self,
        *,
        twin: JobTwin,
        store: Store,
        events: EventLog,
        handlers: Mapping[Kind, Handler],
        clock: Clock | None = None,
        last_word_s: float = _LAST_WORD_S,
    ) -> None:
        self._twin = twin
        self._store = store
        self._events = events
        self._handlers = handlers
        self._clock = clock or Clock()
        self._last_word_s = last_word_s
        self._memories: dict[str, Memory] = {}
        self._news = asyncio.Event()
        self._at: tuple[str, asyncio.Task[Done]] | None = None
        self.failures = 0
        """How often a job failed by a mistake of this program; each is in the log."""

    async def run(self) -> None:
        """Look at what is desired and do it, until cancelled."""
        while True:
            try:
                self._memories = await self._store.read(rows.load)
                break
            except StoreError:  # the store's own state tells of it
                await asyncio.sleep(_RETRY_S)
        self._news.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._work())

    async def _listen(self) -> None:
        while True:
            await self._twin.look()
            try:
                await self._hear(self._twin.desired)
            except StoreError:  # heard again with the next look
                continue
            await self._tell()

    async def _hear(self, desired: Fields | None) -> None:
        if desired is None:
            return
        over = [each for each in self._memories if each not in desired]
        if over:
            await self._store.write(lambda db: rows.forget(db, over))
            for each in over:
                self._forget(each)
        for job_id in list(desired)[:MAX_OPEN]:
            if job_id not in self._memories:
                await self._take(job_id, desired[job_id])
        self._news.set()

    async def _take(self, job_id: str, wish: object) -> None:
        try:
            job = read_job(wish)
        except JobRefused as error:
            await self._keep(Memory(job_id, None, Execution()), "REJECTED", str(error))
            return
        said = hear(self._twin.reported.get(job_id))
        # A box that was reset or restored has forgotten that it did this, and the cloud has not.
        known = said if said is not None and said.state not in OPEN else Execution()
        await self._write(Memory(job_id, job, known))

    def _forget(self, job_id: str) -> None:
        memory = self._memories.pop(job_id)
        if memory.execution.state in OPEN:
            self._record(memory, "CANCELED")
        if self._at is not None and self._at[0] == job_id:
            self._at[1].cancel()

    async def _work(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while (next_one := self._next()) is not None:
                try:
                    if await self._do(*next_one):
                        return
                except StoreError:  # nothing is begun that is not written down
                    await asyncio.sleep(_RETRY_S)

    def _next(self) -> tuple[Memory, Job] | None:
        """The oldest that is not over."""
        waiting = [
            (each, each.job)
            for each in self._memories.values()
            if each.job is not None and each.execution.state in OPEN
        ]
        return min(waiting, key=lambda each: (each[1].queued_at, each[0].id), default=None)

    async def _do(self, memory: Memory, job: Job) -> bool:
        """Do one; True when this ends the box, and nothing else is to be begun."""
        if (over := self._over_before_it_began(memory, job)) is not None:
            await self._keep(memory, *over)
            await self._tell()
            return False
        memory = await self._keep(replace(memory, starts=memory.starts + 1), "IN_PROGRESS")
        await self._tell()
        done = await self._carry_out(memory, job)
        if done is None or done.then is None:
            return False
        await self._say_before_the_end()
        done.then()
        return True

    def _over_before_it_began(self, memory: Memory, job: Job) -> tuple[State, str] | None:
        begun = memory.execution.state == "IN_PROGRESS"
        if memory.starts >= MOST_STARTS:
            return "FAILED", f"the box went down {memory.starts} times while it was at it"
        if begun:
            return None
        if self._clock.utc_now() >= job.expires_at:
            return "TIMED_OUT", "it expired before the box began it"
        handler = self._handlers.get(job.kind)
        if handler is None:
            return "REJECTED", f"this box cannot do jobs of the kind {job.kind}"
        reason = handler.refuses(job.parameters)
        return ("REJECTED", reason) if reason else None

    async def _carry_out(self, memory: Memory, job: Job) -> Done | None:
        """Do it and write down what came of it; None when it did not succeed or was taken back."""
        done: Done | None = None
        state: State = "FAILED"
        reason = ""
        result: Fields = {}
        task = asyncio.create_task(self._handled(memory.id, job))
        self._at = memory.id, task
        try:
            done = await asyncio.wait_for(task, job.timeout_s)
            state, result = "SUCCEEDED", done.result
        except TimeoutError:
            state, reason = "TIMED_OUT", f"it was not done within {job.timeout_s:g} s"
        except asyncio.CancelledError:
            if memory.id in self._memories:  # the box stops; it is begun again at the next start
                raise
            return None
        except JobFailed as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - the next job must be done whatever was wrong; counted
            self.failures += 1
            _log.exception("job %s failed by a mistake", memory.id)
            reason = f"a mistake of the program: {type(error).__name__}; the box's log has it"
        finally:
            self._at = None
        if memory.id not in self._memories:
            return None
        await self._keep(memory, state, reason, result)
        await self._tell()
        return done

    async def _handled(self, job_id: str, job: Job) -> Done:
        def progress(share: float) -> None:
            memory = self._memories.get(job_id)
            if memory is not None:  # in memory alone: a disk need not know
                execution = replace(memory.execution, progress=min(max(share, 0.0), 1.0))
                self._memories[job_id] = replace(memory, execution=execution)

        handler = self._handlers.get(job.kind)
        if handler is None:
            raise JobFailed(f"this box cannot do jobs of the kind {job.kind} any more")
        return await handler.work(job_id, job.parameters, progress)

    async def _keep(
        self, memory: Memory, state: State, reason: str = "", result: Fields | None = None
    ) -> Memory:
        said = shorten_paths(redact_text(reason))[:MAX_REASON]
        kept = replace(memory, execution=Execution(state=state, reason=said, result=result or {}))
        await self._write(kept)
        self._record(kept, state)
        return kept

    async def _write(self, memory: Memory) -> None:
        await self._store.write(lambda db: rows.save(db, memory))
        self._memories[memory.id] = memory

    def _record(self, memory: Memory, outcome: str) -> None:
        self._events.record(
            EVENT,
            actor="cloud",
            subject=memory.id,
            outcome=outcome,
            what=None if memory.job is None else memory.job.kind,
            reason=memory.execution.reason or None,
        )

    async def _tell(self) -> bool:
        """Say what the cloud has not heard; False when it has not heard it all now."""
        if self._twin.desired is None:
            return False
        change: dict[str, object] = dict.fromkeys(
            each for each in self._twin.reported if each not in self._memories
        )
        for memory in self._memories.values():
            if memory.execution.state != "QUEUED":
                change[memory.id] = say(memory.execution)
        try:
            await self._twin.report(change)
        except (Conflict, NotDelivered):
            return False
        return True

    async def _say_before_the_end(self) -> None:
        give_up_s = self._clock.now_s() + self._last_word_s
        while not await self._tell() and self._clock.now_s() < give_up_s:  # noqa: ASYNC110 - nobody would set an event
            await asyncio.sleep(_TELL_AGAIN_S)
