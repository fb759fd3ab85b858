"""How long something takes: median and the slowest of a hundred."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Timing:
    """Of many turns, in milliseconds.

    Attributes:
        median_ms: by the clock.
        p99_ms: by the clock.
        cpu_ms: median of the processor time, which a busy machine hardly changes; None where it is another
            process's.
        turns: how many.
    """

    median_ms: float
    p99_ms: float
    cpu_ms: float | None
    turns: int


def timing(durations_s: Sequence[float], cpu_s: Sequence[float] = ()) -> Timing:
    """Sum up."""
    taken_ms = np.asarray(durations_s) * 1000
    return Timing(
        float(np.median(taken_ms)),
        float(np.percentile(taken_ms, 99)),
        1000 * float(np.median(cpu_s)) if len(cpu_s) else None,
        len(taken_ms),
    )


def timed(deed: Callable[..., object], arguments: Iterable[tuple[Any, ...]]) -> Timing:
    """Do it once with each of the arguments, one after the other."""
    durations_s, cpu_s = [], []
    for each in arguments:
        begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
        deed(*each)
        cpu_s.append(time.process_time() - begun_cpu_s)
        durations_s.append(time.perf_counter() - begun_s)
    return timing(durations_s, cpu_s)


@contextmanager
def one_core() -> Iterator[None]:
    """Meanwhile, this process and what it starts have one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def row(name: str, figures: Timing) -> str:
    """For people."""
    cpu = "" if figures.cpu_ms is None else f"{figures.cpu_ms:9.3f}"
    return f"{name:44} {figures.median_ms:9.3f} {figures.p99_ms:9.3f} {cpu:>9} {figures.turns:7}"


HEADING = f"{'':44} {'median ms':>9} {'p99 ms':>9} {'CPU ms':>9} {'turns':>7}"
