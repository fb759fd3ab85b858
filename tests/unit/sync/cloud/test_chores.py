import logging
import threading

import pytest

from sync.cloud.chores import Chores
from sync.cloud.metrics import Metrics
from sync.cloud.readiness import Degraded


def test_work_begins_at_once_and_comes_again() -> None:
    chores, twice = Chores(Metrics()), threading.Semaphore(0)
    chores.add("count", every_s=0.01, work=twice.release)
    assert not twice.acquire(blocking=False)  # not before the start
    chores.start()
    try:
        assert twice.acquire(timeout=10)
        assert twice.acquire(timeout=10)
    finally:
        chores.stop()
    chores.stop()


def test_one_that_fails_ends_no_other_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()
    chores, good, tries = Chores(metrics), threading.Event(), threading.Semaphore(0)

    def fails() -> None:
        tries.release()
        raise ValueError("secret")

    chores.add("bad", every_s=0.01, work=fails)
    chores.add("good", every_s=0.01, work=good.set)
    chores.start()
    try:
        for _ in range(3):
            assert tries.acquire(timeout=10)
        assert good.wait(10)
    finally:
        chores.stop()
    assert chores.failing() == {"bad": "failed the last time; the log says why"}
    assert [record.levelno for record in caplog.records if "bad failed" in record.message] == [logging.ERROR]
    assert metrics.chores.labels("bad", "failed")._value.get() >= 3
    assert metrics.chores.labels("good", "done")._value.get() >= 1


def test_one_that_works_again_is_well_again() -> None:
    chores, errors = Chores(Metrics()), [Degraded("keys wait")]

    def work() -> None:
        if errors:
            raise errors.pop()

    chores._run("sign", work)
    assert chores.failing() == {"sign": "keys wait"}
    chores._run("sign", work)
    assert chores.failing() == {}
