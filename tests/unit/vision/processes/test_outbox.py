"""A mailbox whose reader may be slow, stuck or gone."""

import multiprocessing
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

import pytest

from vision.processes.outbox import Outbox

BIG = "x" * 3000


@pytest.fixture
def pipe() -> Iterator[tuple[Connection, Connection]]:
    here, there = multiprocessing.get_context("spawn").Pipe()
    with here, there:
        yield here, there


def received(connection: Connection) -> list[object]:
    got = []
    while connection.poll(0):
        got.append(connection.recv())
    return got


def test_messages_go_at_once_and_in_order(pipe: tuple[Connection, Connection]) -> None:
    outbox = Outbox(connection=pipe[0])
    for number in range(5):
        outbox.post(number)
    assert received(pipe[1]) == [0, 1, 2, 3, 4]
    assert (outbox.waiting, outbox.dropped) == (0, 0)


def test_a_reader_that_does_not_read_never_blocks_the_writer(pipe: tuple[Connection, Connection]) -> None:
    outbox = Outbox(connection=pipe[0])
    started_s = time.monotonic()
    for number in range(2000):
        outbox.post((number, BIG), key=f"station {number % 3}")
    assert time.monotonic() - started_s < 30
    assert outbox.waiting == 3
    assert outbox.dropped > 1500


def test_out_of_date_views_give_way_and_reps_do_not(pipe: tuple[Connection, Connection]) -> None:
    outbox = Outbox(connection=pipe[0])
    for number in range(500):
        outbox.post(("view", number, BIG), key="view")
        if number % 10 == 0:
            outbox.post(("rep", number))
    got: list[tuple[object, ...]] = []
    for _ in range(20):
        outbox.flush()
        got += received(pipe[1])  # type: ignore[arg-type]
    assert [message[1] for message in got if message[0] == "rep"] == list(range(0, 500, 10))
    assert max(message[1] for message in got if message[0] == "view") == 499  # type: ignore[type-var]
    assert outbox.waiting == 0


def test_even_reps_have_a_bound_and_the_oldest_go_first(pipe: tuple[Connection, Connection]) -> None:
    outbox = Outbox(connection=pipe[0], max_kept=10)
    for number in range(300):
        outbox.post((number, BIG))
    assert outbox.waiting == 10
    sent = 300 - 10 - outbox.dropped
    got = received(pipe[1])
    outbox.flush()
    got += received(pipe[1])
    assert [message[0] for message in got] == [*range(sent), *range(290, 300)]  # type: ignore[index]


def test_a_reader_that_is_gone_closes_the_box(pipe: tuple[Connection, Connection]) -> None:
    outbox = Outbox(connection=pipe[0])
    pipe[1].close()
    outbox.post("hello")
    assert outbox.closed
    for _ in range(3):
        outbox.post("again")


def test_two_threads_may_post(pipe: tuple[Connection, Connection]) -> None:
    outbox = Outbox(connection=pipe[0], max_kept=100_000)

    def post_all(name: str) -> None:
        for n in range(1000):
            outbox.post((name, n))

    threads = [threading.Thread(target=post_all, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    got: list[tuple[str, int]] = []
    until_s = time.monotonic() + 10
    while len(got) < 2000 and time.monotonic() < until_s:
        outbox.flush()
        got += received(pipe[1])  # type: ignore[arg-type]
    for thread in threads:
        thread.join(5)
    for name in "ab":
        assert [number for who, number in got if who == name] == list(range(1000))
