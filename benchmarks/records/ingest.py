"""Records a second that one process of the cloud lands durably, beside an application that only reads them.

Four boxes send batches of a thousand sessions, each waiting for its answer, to one service after the other.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.records.service import ServiceFailedError, body, client, running, sessions
from benchmarks.speed.family import usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.records.service import Kind, Service

BOXES: Final = 4
BATCH: Final = 1000
CLOUD, BARE = "the cloud", "bare FastAPI"
_KINDS: Final[dict[str, Kind]] = {CLOUD: "cloud", BARE: "bare"}


@dataclass(frozen=True, slots=True)
class Ingested:
    """One service's turn.

    Attributes:
        who: took the records.
        per_s: records answered in a second.
        cpu_us: processor time of the service for each.
        bytes_each: of a record as it goes over the wire.
    """

    who: str
    per_s: float
    cpu_us: float
    bytes_each: float


def measure(records: int, turns: int) -> list[Ingested]:
    """Send so many to each, turn by turn.

    Raises:
        ServiceFailedError: a service does not come up.
        httpx.HTTPError: or does not answer.
    """
    rounds = max(records // (BOXES * BATCH), 1)
    return [asyncio.run(_turn(who, rounds)) for _ in range(turns) for who in _KINDS]


def share(done: Sequence[Ingested]) -> float:
    """How many of the records that a bare application reads the cloud lands in the same time."""
    return _median(done, CLOUD) / _median(done, BARE)


def table(done: Sequence[Ingested]) -> Iterable[str]:
    """For people."""
    yield f"{'':14} {'records/s':>10} {'CPU us each':>12} {'bytes each':>11}"
    for each in done:
        yield f"{each.who:14} {each.per_s:10,.0f} {each.cpu_us:12,.0f} {each.bytes_each:11,.0f}"
    yield (
        f"one process lands {_median(done, CLOUD):,.0f} records a second, {share(done):.2f} of what a bare "
        "application reads and forgets"
    )


def _median(done: Sequence[Ingested], who: str) -> float:
    return statistics.median(each.per_s for each in done if each.who == who)


async def _turn(who: str, rounds: int) -> Ingested:
    with running(_KINDS[who], BOXES) as service:
        await _send(
            service, 0, [body(sessions(BATCH))]
        )  # the first of all is slower: imports, plans of queries
        bodies = [[body(sessions(BATCH, box=box)) for _ in range(rounds)] for box in range(BOXES)]
        before, begun_s = usage(service.pid).cpu_s, time.perf_counter()
        await asyncio.gather(*(_send(service, box, bodies[box]) for box in range(BOXES)))
        took_s, cpu_s = time.perf_counter() - begun_s, usage(service.pid).cpu_s - before
    count = BOXES * rounds * BATCH
    sent = sum(len(each) for of_box in bodies for each in of_box)
    return Ingested(who, count / took_s, 1e6 * cpu_s / count, sent / count)


async def _send(service: Service, box: int, bodies: Iterable[bytes]) -> None:
    async with client(service, box) as connection:
        for each in bodies:
            answer = await connection.post("/api/v1/records", content=each)
            answer.raise_for_status()
            if refused := answer.json()["refused"]:
                raise ServiceFailedError(f"the service refuses a record: {refused[0]}")
