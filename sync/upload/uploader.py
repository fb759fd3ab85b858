"""One turn of the upload: what is due, once. The shell between the outbox, the policies and the wire."""

import logging
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sync import outbox, refused, retention
from sync.outbox import Pending
from sync.record import RecordRejected, parse_record
from sync.upload import rows
from sync.upload.answer import NotDelivered, Verdict, check_status, read_answer
from sync.upload.batch import MAX_RECORDS, BatchSize, pack
from sync.upload.clock import BUILT_AT, ClockWatch, Correction
from sync.upload.leaving import Upload, as_it_leaves, kinds
from sync.upload.policy import Backoff
from sync.upload.ports import Clocks, Cloud, Desk, Listener
from sync.upload.state import Trouble, UploadCounts, UploadState

_log = logging.getLogger(__name__)

# Soon enough for whoever looks at the cloud after a session; a look costs one read of an index.
IDLE_S: Final = 10.0
_BUDGET_EVERY_S: Final = 600.0
_PROBE_EVERY_S: Final = 900.0
# A clock that jumps more often than that while the store is broken says nothing about anything.
_MOST_CORRECTIONS: Final = 16
_NOTHING: Final = Verdict(frozenset(), {}, None)


@dataclass(frozen=True, slots=True)
class UploadSettings:
    """What leaves, and how much may wait."""

    upload: Upload
    budget: retention.Budget
    built_at: datetime = BUILT_AT


class Uploader:
    """Keeps the outbox in its bounds, and brings it to the cloud where there is one."""

    def __init__(
        self,
        *,
        desk: Desk,
        cloud: Cloud | None,
        settings: UploadSettings,
        clocks: Clocks,
        listener: Listener,
        backoff: Backoff | None = None,
    ) -> None:
        """Describe it; nothing is read or sent yet. Without a cloud it only keeps the bounds."""
        self._desk = desk
        self._cloud = cloud
        self._settings = settings
        self._clocks = clocks
        self._listener = listener
        self._backoff = backoff or Backoff()
        self._size = BatchSize()
        self._watch = ClockWatch(now_s=clocks.now_s(), wall=clocks.wall(), built_at=settings.built_at)
        self._stranded = True
        self._corrections: deque[Correction] = deque(maxlen=_MOST_CORRECTIONS)
        self._next_s = self._budget_s = self._heard_s = float("-inf")
        self.counts = UploadCounts()
        self.state = UploadState() if cloud is None else UploadState("degraded", "connecting to the cloud")

    async def turn(self) -> float:
        """Do what is due; returns the seconds until something may be due again, 0 when more waits now.

        Raises:
            OutboxUnavailable: The store cannot be used now.
        """
        await self._look_at_clock()
        await self._keep_budget()
        if self._cloud is None:
            return IDLE_S
        wait_s = self._next_s - self._clocks.now_s()
        if wait_s > 0:
            return min(wait_s, IDLE_S)
        if not self._watch.trusted:
            self._tell(problem="clock", reason="the box's clock is wrong; nothing is sent until it is set")
            return IDLE_S
        try:
            return await self._send(self._cloud)
        except NotDelivered as failure:
            return self._put_off(failure)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._cloud is not None:
            await self._cloud.close()

    # Sending.

    async def _send(self, cloud: Cloud) -> float:
        waiting = await self._desk.read(
            partial(
                outbox.peek_batch,
                max_records=MAX_RECORDS,
                max_bytes=self._size.bytes,
                kinds=kinds(self._settings.upload),
            )
        )
        if not waiting:
            return await self._probe(cloud)
        lines, damaged = self._written(waiting)
        verdict = await self._exchange(cloud, lines) if lines else _NOTHING
        await self._settle(verdict.acknowledged, {**verdict.refused, **damaged})
        return 0.0

    def _written(self, waiting: Collection[Pending]) -> tuple[dict[str, str], dict[str, str]]:
        """Each record as it leaves, by its id, and what is wrong with those that cannot."""
        lines: dict[str, str] = {}
        damaged: dict[str, str] = {}
        for each in waiting:
            try:
                lines[each.id] = as_it_leaves(parse_record(each.payload), self._settings.upload).to_json()
            except RecordRejected as error:
                damaged[each.id] = f"damaged on the box: {error}"
        return lines, damaged

    async def _exchange(self, cloud: Cloud, lines: Mapping[str, str]) -> Verdict:
        packed = pack(lines.values())
        try:
            reply = await cloud.post(packed)
            verdict = read_answer(reply, lines)
        except NotDelivered as failure:
            if failure.problem == "slow":
                self._size.too_slow(_length(lines))
            if failure.problem != "too_large":
                raise
            self.counts.attempt(failure.problem)
            self._size.too_large(_length(lines))
            if len(lines) > 1:
                return _NOTHING
            return Verdict(frozenset(), dict.fromkeys(lines, str(failure)), None)
        self.counts.sent_bytes += len(packed)
        self._size.accepted()
        await self._succeeded(verdict.service_time, took_records=bool(verdict.acknowledged))
        return verdict

    async def _settle(self, acknowledged: Collection[str], refused_because: Mapping[str, str]) -> None:
        job = partial(
            rows.settle,
            acknowledged=acknowledged,
            refused_because=refused_because,
            now=self._clocks.wall(),
        )
        moved = await self._desk.write(job)
        self.counts.acknowledged += len(acknowledged)
        if moved:
            self.counts.refused += moved
            reason = next(iter(refused_because.values()))
            self._listener.happened("refused", records=moved, reason=reason[: refused.MAX_REASON_CHARACTERS])
            await self._all_well()

    async def _probe(self, cloud: Cloud) -> float:
        """With nothing to send: find out after trouble, and now and then, whether the cloud is there."""
        now_s = self._clocks.now_s()
        if not self._backoff.probing and now_s - self._heard_s < _PROBE_EVERY_S:
            if self.state.problem == "refused":  # until a person has dealt with it
                await self._all_well()
            return IDLE_S
        check_status(await cloud.probe())
        await self._succeeded(None, took_records=False)
        return IDLE_S

    async def _succeeded(self, service_time: datetime | None, *, took_records: bool) -> None:
        self._backoff.succeeded()
        self._heard_s = self._clocks.now_s()
        self.counts.attempt("ok")
        await self._look_at_clock()
        ahead_s = self._watch.confirm(service_time)
        self.state = replace(
            self.state,
            last_success_at=self._clocks.wall() if took_records else self.state.last_success_at,
            ahead_s=self.state.ahead_s if ahead_s is None else ahead_s,
        )
        await self._all_well()

    async def _all_well(self) -> None:
        found = await self._desk.read(refused.refusals)
        if found.kept:
            text = f"the cloud refused {found.kept} records, the last because: {found.reason}"
            self._tell(problem="refused", reason=f"{text}; they are set aside, see /api/v1/sync")
        else:
            self._tell()

    def _put_off(self, failure: NotDelivered) -> float:
        self.counts.attempt(failure.problem)
        self._size.failed()
        wait_s = self._backoff.failed(failure.problem, retry_after_s=failure.retry_after_s)
        self._next_s = self._clocks.now_s() + wait_s
        self._tell(problem=failure.problem, reason=f"{failure}; records wait and it is tried again")
        return min(wait_s, IDLE_S)

    def _tell(self, *, problem: Trouble | None = None, reason: str = "") -> None:
        before = self.state
        self.state = replace(
            before, level="ok" if problem is None else "degraded", reason=reason, problem=problem
        )
        if (before.level, before.reason) == (self.state.level, self.state.reason):
            return
        _log.log(
            logging.INFO if problem is None else logging.WARNING,
            "cloud %s",
            f"{self.state.level}: {reason}" if reason else self.state.level,
        )
        if before.reached != self.state.reached:
            self._listener.happened("reached" if self.state.reached else "lost", reason=reason or None)
        self._listener.changed(self.state)

    # Housekeeping.

    async def _look_at_clock(self) -> None:
        correction = self._watch.look(self._clocks.now_s(), self._clocks.wall())
        if correction is not None:
            self._corrections.append(correction)
        while self._corrections:  # one that cannot be written now is not forgotten
            await self._correct(self._corrections[0])
            self._corrections.popleft()
        if self._stranded and self._watch.trusted:
            latest = await self._desk.read(partial(rows.newest_before, moment=self._settings.built_at))
            if latest is not None:
                await self._correct(self._watch.stranded(latest))
            self._stranded = False

    async def _correct(self, correction: Correction) -> None:
        moved = await self._desk.write(partial(rows.correct, correction=correction))
        self.counts.restamped += moved
        if moved:
            _log.warning("the clock was set: %d records had wrong stamps and have new ones", moved)
            self._listener.happened(
                "restamped", records=moved, by_s=round(correction.by / timedelta(seconds=1))
            )

    async def _keep_budget(self) -> None:
        now_s = self._clocks.now_s()
        if now_s - self._budget_s < _BUDGET_EVERY_S:
            return
        job = partial(
            retention.enforce,
            budget=self._settings.budget,
            now=self._clocks.wall(),
            trusted=self._watch.trusted,
        )
        dropped = await self._desk.write(job)
        self.counts.dropped += dropped
        if dropped:
            _log.warning(
                "the outbox is full: %d records were dropped by policy %s", dropped, retention.POLICY
            )
            self._listener.happened("dropped", records=dropped, policy=retention.POLICY)
        if dropped < retention.MOST_A_TURN:
            self._budget_s = now_s


def _length(lines: Mapping[str, str]) -> int:
    return sum(len(line.encode()) for line in lines.values())
