"""A thread that waits is woken."""

import selectors

from devices.mqtt.waker import Waker


def test_a_waker_wakes_until_it_is_cleared() -> None:
    waker = Waker()
    with selectors.DefaultSelector() as selector:
        selector.register(waker, selectors.EVENT_READ)
        assert not selector.select(0)
        for _ in range(100_000):  # far more than the socket holds
            waker.wake()
        assert selector.select(0)
        while selector.select(0):
            waker.clear()
        waker.clear()
        waker.wake()
        assert selector.select(0)
    waker.close()
    waker.wake()
