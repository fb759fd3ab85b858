"""Work is done elsewhere, in order, and its waiting can be ended."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from sync.cloud.retraining.dask_cluster import cluster
from sync.cloud.retraining.outcome import Interrupted, RetrainingError
from sync.cloud.retraining.workers import LOCAL, done_by, workers


def test_results_come_in_order_and_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    with ThreadPoolExecutor(2) as executor:
        found = done_by(
            executor,
            pow,
            [(each, 2) for each in range(5)],
            stop=Event(),
            on_done=lambda *what: told.append(what),
        )
    assert found == [0, 1, 4, 9, 16]
    assert told[0] == (0, 5)
    assert told[-1] == (5, 5)


def test_the_first_error_is_told_and_the_rest_is_dropped() -> None:
    done: list[int] = []
    told = Event()

    def fail(number: int) -> None:
        done.append(number)
        if number:
            assert told.wait(60)
        raise ValueError(f"task {number}")

    with ThreadPoolExecutor(1) as executor:
        with pytest.raises(ValueError, match="task 0"):
            done_by(executor, fail, [(each,) for each in range(100)], stop=Event())
        told.set()
    assert done[0] == 0
    assert len(done) <= 2  # one more may have begun before the error was told


def test_the_waiting_ends_when_it_is_stopped_or_takes_too_long() -> None:
    stop, go_on = Event(), Event()
    stop.set()
    with ThreadPoolExecutor(1) as executor:
        with pytest.raises(Interrupted, match="goes on where it was"):
            done_by(executor, go_on.wait, [(60,)], stop=stop)
        with pytest.raises(Interrupted, match="took too long"):
            done_by(executor, go_on.wait, [(60,)], stop=Event(), longest_s=0.0)
        go_on.set()


@pytest.mark.slow
def test_a_worker_that_dies_is_told_and_none_outlives_the_context() -> None:
    with workers(LOCAL, 1) as executor, pytest.raises(Interrupted, match="a worker has died"):
        done_by(executor, os._exit, [(9,)], stop=Event())
    begun_s = time.monotonic()
    with workers(LOCAL, 1) as executor:
        busy = executor.submit(time.sleep, 300)
    assert busy.done()
    assert time.monotonic() - begun_s < 60


def test_a_cluster_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")

    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError("Timed out")

    monkeypatch.setattr(distributed, "Client", refuse)
    nobody = pytest.raises(RetrainingError, match="no Dask scheduler answers at tcp://nowhere:1: Timed out")
    with nobody, cluster("tcp://nowhere:1"):
        pytest.fail("it was there")


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RetrainingError, match=r"pip install 'gymbox\[cluster\]'"), cluster("tcp://nowhere:1"):
        pytest.fail("it was there")
