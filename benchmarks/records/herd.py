"""A thousand boxes come back after an outage at one moment, each with what a day has brought.

Each box behaves as ours does: the real backoff (`sync/upload/policy.py`), one request at a time, a small one
first after a failure. How busy the service is, is asked of its own `/metrics` meanwhile.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx
import numpy as np

from benchmarks.records.service import body, client, running, sessions
from benchmarks.speed.family import usage
from sync.upload.answer import NotDelivered, Reply, read_answer
from sync.upload.policy import Backoff

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.records.service import Service
    from sync.record import Record

PROBE: Final = 10
LOOK_S: Final = 0.5


@dataclass(slots=True)
class Herd:
    """What it was like.

    Attributes:
        boxes: that came back.
        records: of all of them.
        took_s: until the last record was acknowledged.
        answered_s: how long each request that was served took.
        turned_away: requests that were told to come again.
        broken: requests without an answer.
        most_in_flight: batches in the service at once, at most.
        cpu_s: processor time of the service.
        landed: records that the service holds at the end.
    """

    boxes: int
    records: int
    took_s: float = 0.0
    answered_s: list[float] = field(default_factory=list)
    turned_away: int = 0
    broken: int = 0
    most_in_flight: int = 0
    cpu_s: float = 0.0
    landed: int = 0

    def percentile_s(self, percent: float) -> float:
        """Of the time that a served request took."""
        return float(np.percentile(self.answered_s, percent))


def measure(boxes: int, records: int) -> Herd:
    """Let them come.

    Raises:
        ServiceFailedError: the service does not come up.
    """
    with running("cloud", boxes) as service:
        herd = Herd(boxes, boxes * records)
        asyncio.run(_all(service, herd, records))
    return herd


def figures(herd: Herd) -> dict[str, Any]:
    """For JSON."""
    told = asdict(herd)
    del told["answered_s"]
    return {**told, "median_s": herd.percentile_s(50), "p99_s": herd.percentile_s(99)}


def table(herd: Herd) -> Iterable[str]:
    """For people."""
    yield f"{herd.boxes} boxes at once, {herd.records} records"
    yield f"  all acknowledged after       {herd.took_s:8.1f} s, {herd.records / herd.took_s:,.0f} records/s"
    yield f"  landed, of those             {herd.landed:8,}"
    yield f"  a served request, median     {herd.percentile_s(50):8.2f} s"
    yield f"                    p99        {herd.percentile_s(99):8.2f} s"
    yield f"  told to come again           {herd.turned_away:8,}"
    yield f"  without an answer            {herd.broken:8,}"
    yield f"  in the service at once       {herd.most_in_flight:8,}"
    yield f"  processor                    {herd.cpu_s / herd.took_s:8.2f} cores"


async def _all(service: Service, herd: Herd, records: int) -> None:
    begun_s, before_s = time.perf_counter(), usage(service.pid).cpu_s
    done = asyncio.Event()
    watching = asyncio.create_task(_watch(service, herd, done))
    await asyncio.gather(*(_box(service, herd, box, records) for box in range(herd.boxes)))
    herd.took_s = time.perf_counter() - begun_s
    herd.cpu_s = usage(service.pid).cpu_s - before_s
    done.set()
    await watching


async def _box(service: Service, herd: Herd, box: int, count: int) -> None:
    """Send what waits until nothing does."""
    backoff = Backoff(random=random.Random(box).random)  # noqa: S311 - when to try again is no secret
    waiting = sessions(count, box=box)
    async with client(service, box) as connection:
        while waiting:
            try:
                held = await _send(connection, herd, waiting[:PROBE] if backoff.probing else waiting)
                waiting = [each for each in waiting if each.id not in held]
                backoff.succeeded()
            except NotDelivered as error:
                await asyncio.sleep(backoff.failed(error.problem, retry_after_s=error.retry_after_s))


async def _send(connection: httpx.AsyncClient, herd: Herd, records: Sequence[Record]) -> frozenset[str]:
    packed, begun_s = body(records), time.perf_counter()
    try:
        answer = await connection.post("/api/v1/records", content=packed)
    except httpx.HTTPError as error:
        herd.broken += 1
        raise NotDelivered("unreachable", str(error)) from error
    herd.turned_away += answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    verdict = read_answer(
        Reply(answer.status_code, answer.headers, answer.content), [each.id for each in records]
    )
    herd.answered_s.append(time.perf_counter() - begun_s)
    return verdict.acknowledged


async def _watch(service: Service, herd: Herd, done: asyncio.Event) -> None:
    """Ask how many batches are inside, until all is done; then how many records were landed."""
    async with httpx.AsyncClient(base_url=service.url, timeout=60) as connection:
        while True:
            ending = done.is_set()
            said = (await connection.get("/metrics")).text
            herd.most_in_flight = max(herd.most_in_flight, _value(said, r"gymbox_cloud_requests_in_flight"))
            herd.landed = _value(said, r'gymbox_cloud_records_total\{[^}]*"landed"[^}]*\}')
            if ending:
                return
            try:
                await asyncio.wait_for(done.wait(), LOOK_S)
            except TimeoutError:
                continue


def _value(said: str, name: str) -> int:
    found = re.search(rf"^{name} (\S+)$", said, re.MULTILINE)
    return int(float(found[1])) if found else 0
