"""Where the heavy work is done: processes of this machine, or a Dask cluster; either is an `Executor`.

Tasks are given names of objects and give names of objects, so it does not matter where they run.
"""

from __future__ import annotations

import os
import signal
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import get_context
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sync.cloud.retraining.outcome import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from multiprocessing.connection import Connection
    from threading import Event

LOCAL: Final = "local"
LONGEST_S: Final = 6 * 3600.0
"""Of all tasks of one stage."""
_LOOK_S: Final = 1.0

Result = TypeVar("Result")


@contextmanager
def workers(where: str, count: int) -> Iterator[Executor]:
    """An executor for as long as the context lasts.

    Args:
        where: `local`, or the address of a Dask scheduler.
        count: processes of this machine; a cluster has its own.

    Raises:
        RetrainingError: the cluster does not answer.
    """
    if where != LOCAL:
        from sync.cloud.retraining.dask_cluster import cluster  # noqa: PLC0415 - needs the extra `cluster`

        with cluster(where) as executor:
            yield executor
        return
    # Spawned, because this process has threads; each new task finds a process without the last one's memory.
    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        count, context, initializer=_live_with, initargs=(theirs,), max_tasks_per_child=1
    )
    try:
        yield pool
    finally:
        ours.close()  # ends what is still being done
        pool.shutdown(wait=True, cancel_futures=True)
        theirs.close()


def _live_with(parent: Connection) -> None:
    """End this worker with the process that began it, however that ends: nobody waits for its answer then."""

    def watch() -> None:
        parent.poll(None)  # nothing is ever sent: it returns when the other end is closed
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits
    Thread(target=watch, name="parent", daemon=True).start()


def done_by(
    executor: Executor,
    task: Callable[..., Result],
    calls: Iterable[Sequence[Any]],
    *,
    stop: Event,
    on_done: Callable[[int, int], None] = lambda _done, _of: None,
    longest_s: float = LONGEST_S,
) -> list[Result]:
    """Call a function once for each list of arguments, wherever the executor does it; results in order.

    Args:
        executor: does the work.
        task: importable, as every argument and result is picklable.
        calls: its arguments.
        stop: ends the waiting.
        on_done: told how many are done, and of how many.
        longest_s: how long all of it may take.

    Raises:
        Interrupted: it was stopped, took too long, or a worker died.
    """
    futures = [executor.submit(task, *arguments) for arguments in calls]
    pending, until_s = set(futures), monotonic() + longest_s
    on_done(0, len(futures))
    while pending:
        finished, pending = wait(pending, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
        failed = next((each for each in futures if each in finished and each.exception() is not None), None)
        if failed is not None or stop.is_set() or monotonic() > until_s:
            for each in pending:
                each.cancel()
            raise _why(failed)
        if finished:
            on_done(len(futures) - len(pending), len(futures))
    return [each.result() for each in futures]


def _why(failed: Future[Any] | None) -> BaseException:
    error = None if failed is None else failed.exception()
    if error is None:
        return Interrupted("it was stopped, or took too long; the same command goes on where it was")
    if isinstance(error, BrokenExecutor):
        return Interrupted("a worker has died, maybe for want of memory; the same command goes on")
    return error
