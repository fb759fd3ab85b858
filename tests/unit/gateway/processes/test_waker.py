"""The waker: a wake-up is never lost, never blocks, and never reaches a stranger's descriptor."""

import os
import select
import threading

import psutil
import pytest

from gateway.processes.waker import Waker


@pytest.fixture
def waker() -> Waker:
    waker = Waker()
    waker.open()
    return waker


def awake(waker: Waker, within_s: float = 0.0) -> bool:
    return bool(select.select([waker.fileno()], [], [], within_s)[0])


def test_it_wakes_until_it_is_cleared(waker: Waker) -> None:
    assert not awake(waker)
    waker.wake()
    waker.wake()
    assert awake(waker)
    waker.clear()
    assert not awake(waker)
    waker.clear()  # nothing to forget
    waker.close()


def test_any_number_of_wake_ups_blocks_nobody(waker: Waker) -> None:
    for _ in range(200_000):  # more than any pipe holds
        waker.wake()
    assert awake(waker)
    while awake(waker):
        waker.clear()
    waker.close()


def test_a_sleeper_is_woken_from_another_thread(waker: Waker) -> None:
    timer = threading.Timer(0.05, waker.wake)
    timer.start()
    assert awake(waker, within_s=5.0)
    timer.join()
    waker.close()


def test_waking_before_and_after_its_life_does_nothing(waker: Waker) -> None:
    Waker().wake()
    closed = waker.fileno()
    waker.close()
    waker.close()
    read, write = os.pipe()  # gets the numbers that the waker had
    assert closed in {read, write}
    waker.wake()
    assert not select.select([read], [], [], 0.0)[0]
    os.close(read)
    os.close(write)


def test_wakers_that_are_closed_in_the_middle_of_waking_lose_no_descriptor() -> None:
    before = psutil.Process().num_fds()
    for _ in range(50):
        waker = Waker()
        waker.open()

        def wake(waker: Waker = waker) -> None:
            for _ in range(50):
                waker.wake()

        threads = [threading.Thread(target=wake) for _ in range(2)]
        for thread in threads:
            thread.start()
        waker.close()
        for thread in threads:
            thread.join()
    assert psutil.Process().num_fds() == before
