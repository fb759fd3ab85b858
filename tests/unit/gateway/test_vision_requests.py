"""Every request ends: answered, declined, or lost with the process that was asked."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.vision_requests import NotRunning, RequestFailed, VisionRequests
from vision.processes.messages import Declined, Request, SwapModel, Swapped


class Pipe:
    """Notes what is sent."""

    def __init__(self, *, there: bool = True) -> None:
        self.there = there
        self.sent: list[int] = []

    def send(self, request: Request) -> bool:
        self.sent.append(request.request_id)
        return self.there


def swap(number: int) -> SwapModel:
    return SwapModel(request_id=number, model="toy", version="2")


def test_an_answer_reaches_who_asked() -> None:
    pipe = Pipe()
    requests = VisionRequests(pipe.send)
    first, second = requests.ask(swap), requests.ask(swap)
    requests.answered(Swapped(request_id=pipe.sent[1], version="b"))
    assert not first.done()
    assert second.result(0) == Swapped(request_id=pipe.sent[1], version="b")
    requests.answered(Declined(request_id=pipe.sent[0], reason="cut short"))
    with pytest.raises(RequestFailed, match="cut short"):
        first.result(0)


def test_nobody_there_is_said_at_once() -> None:
    with pytest.raises(NotRunning):
        VisionRequests(Pipe(there=False).send).ask(swap).result(0)


def test_an_end_of_the_process_ends_every_wait() -> None:
    requests = VisionRequests(Pipe().send)
    asked = [requests.ask(swap) for _ in range(5)]
    requests.lost("counting stopped (killed by signal 9, SIGKILL)")
    for each in asked:
        with pytest.raises(NotRunning, match="SIGKILL"):
            each.result(0)


def test_requests_are_bounded_and_room_comes_back() -> None:
    pipe = Pipe()
    requests = VisionRequests(pipe.send)
    asked = [requests.ask(swap) for _ in range(40)]
    refused = [each for each in asked if each.done()]
    assert len(refused) == 8
    assert len(pipe.sent) == 32
    with pytest.raises(RequestFailed, match="too much"):
        refused[0].result(0)
    requests.answered(Swapped(request_id=pipe.sent[0], version="b"))
    assert not requests.ask(swap).done()


def test_an_answer_after_the_wait_was_given_up_harms_nobody() -> None:
    pipe = Pipe()
    requests = VisionRequests(pipe.send)
    future = requests.ask(swap)
    assert future.cancel()
    requests.answered(Swapped(request_id=pipe.sent[0], version="b"))
    requests.answered(Declined(request_id=99, reason="never asked"))
    requests.lost("gone")
    assert future.cancelled()


@given(order=st.permutations(range(8)), lost_at=st.integers(0, 8))
def test_no_wait_is_left_behind(order: list[int], lost_at: int) -> None:
    pipe = Pipe()
    requests = VisionRequests(pipe.send)
    asked = [requests.ask(swap) for _ in range(8)]
    for place, which in enumerate(order):
        if place == lost_at:
            requests.lost("gone")
        requests.answered(Swapped(request_id=pipe.sent[which], version="b"))
    assert all(each.done() for each in asked)
    assert sum(each.exception() is None for each in asked) == lost_at


def test_any_thread_may_ask() -> None:
    pipe = Pipe()
    requests = VisionRequests(pipe.send)
    threads = [threading.Thread(target=requests.ask, args=(swap,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(set(pipe.sent)) == 20
