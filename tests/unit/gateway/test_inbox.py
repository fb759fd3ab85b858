"""From threads into the loop: order, bounds, losses counted, nothing fatal."""

import asyncio
import threading
import time

import pytest

from gateway.inbox import Inbox
from tests.waiting import until


async def test_items_of_one_thread_arrive_in_order_on_the_loop() -> None:
    seen: list[int] = []
    threads: set[int] = set()

    def handle(item: int) -> None:
        seen.append(item)
        threads.add(threading.get_ident())

    inbox = Inbox(loop=asyncio.get_running_loop(), handle=handle, maxsize=1000, name="test")
    poster = threading.Thread(target=lambda: [inbox.post(number) for number in range(1000)])
    poster.start()
    await until(lambda: len(seen) == 1000)
    poster.join()
    assert seen == list(range(1000))
    assert threads == {threading.get_ident()}
    assert (inbox.handled, inbox.dropped, len(inbox)) == (1000, 0, 0)


async def test_a_full_inbox_loses_the_oldest_and_counts() -> None:
    seen: list[int] = []
    inbox = Inbox(loop=asyncio.get_running_loop(), handle=seen.append, maxsize=3, name="test")
    results = [inbox.post(number) for number in range(5)]
    assert results == [True, True, True, False, False]
    assert len(inbox) == 3
    await until(lambda: len(seen) == 3)
    assert seen == [2, 3, 4]
    assert inbox.dropped == 2


async def test_a_patient_inbox_holds_a_flood_up_where_it_comes_from() -> None:
    seen: list[int] = []
    loop = asyncio.get_running_loop()
    inbox = Inbox(loop=loop, handle=seen.append, maxsize=10, name="test", patience_s=5)
    poster = threading.Thread(target=lambda: [inbox.post(number) for number in range(500)])
    poster.start()
    await until(lambda: len(seen) == 500)
    poster.join()
    assert seen == list(range(500))
    assert inbox.dropped == 0


async def test_patience_ends() -> None:
    inbox: Inbox[int] = Inbox(
        loop=asyncio.get_running_loop(), handle=lambda _: None, maxsize=1, name="test", patience_s=0.01
    )
    assert [inbox.post(number) for number in range(3)] == [True, False, False]
    assert inbox.dropped == 2


async def test_closing_ends_patience_at_once() -> None:
    inbox: Inbox[int] = Inbox(
        loop=asyncio.get_running_loop(), handle=lambda _: None, maxsize=1, name="test", patience_s=60
    )
    inbox.post(0)
    poster = threading.Thread(target=inbox.post, args=(1,))
    poster.start()
    time.sleep(0.05)  # noqa: ASYNC251 - the loop must not turn: the poster waits
    inbox.close()
    poster.join(5)
    assert not poster.is_alive()
    assert inbox.dropped == 2


async def test_a_long_queue_lets_the_loop_breathe() -> None:
    seen: list[int] = []
    inbox = Inbox(loop=asyncio.get_running_loop(), handle=seen.append, maxsize=10_000, name="test")
    for number in range(1000):
        inbox.post(number)
    await asyncio.sleep(0)
    assert 0 < len(seen) < 1000
    await until(lambda: len(seen) == 1000)


async def test_what_comes_in_a_short_while_shares_one_waking() -> None:
    seen: list[float] = []
    loop = asyncio.get_running_loop()
    inbox: Inbox[int] = Inbox(
        loop=loop, handle=lambda _: seen.append(loop.time()), maxsize=10, name="test", gather_s=0.05
    )
    begun_s = loop.time()
    for number in range(3):
        inbox.post(number)
        await asyncio.sleep(0.005)
    assert seen == []
    await until(lambda: len(seen) == 3)
    assert seen[0] - begun_s >= 0.04
    inbox.post(3)
    await until(lambda: len(seen) == 4)
    assert inbox.dropped == 0


async def test_an_item_that_cannot_be_handled_is_counted_and_the_next_one_is() -> None:
    seen: list[int] = []

    def handle(item: int) -> None:
        if item == 1:
            raise ValueError(item)
        seen.append(item)

    inbox = Inbox(loop=asyncio.get_running_loop(), handle=handle, maxsize=10, name="test")
    for number in range(3):
        inbox.post(number)
    await until(lambda: len(seen) == 2)
    assert (inbox.failed, inbox.handled) == (1, 2)


async def test_a_closed_inbox_forgets_and_refuses() -> None:
    seen: list[int] = []
    inbox = Inbox(loop=asyncio.get_running_loop(), handle=seen.append, maxsize=10, name="test")
    inbox.post(1)
    inbox.close()
    assert not inbox.post(2)
    await asyncio.sleep(0.01)
    assert seen == []
    assert inbox.dropped == 2


def test_a_loop_that_is_gone_is_no_error() -> None:
    loop = asyncio.new_event_loop()
    inbox: Inbox[int] = Inbox(loop=loop, handle=print, maxsize=10, name="test")
    loop.close()
    assert not inbox.post(1)
    assert not inbox.post(2)
    assert inbox.dropped == 2


async def test_a_queue_without_room_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Inbox(loop=asyncio.get_running_loop(), handle=print, maxsize=0, name="test")
