"""The box's ends of the pipes: everything read, nothing waited for, silence noticed."""

import multiprocessing
import os
import queue
import time
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.processes import pipes as child_pipes
from gateway.processes.pipes import ChildPipes
from tests.waiting import wait_until


class Ears:
    """What the pipes told."""

    def __init__(self) -> None:
        self.messages: queue.Queue[tuple[str, object]] = queue.Queue(10_000)
        self.silent: queue.Queue[str] = queue.Queue(100)

    def on_message(self, name: str, message: object) -> None:
        if message == "poison":
            raise ValueError(message)
        self.messages.put((name, message))

    def next(self) -> tuple[str, object]:
        return self.messages.get(timeout=5.0)


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def pipes(ears: Ears) -> Iterator[ChildPipes]:
    pipes = ChildPipes(on_message=ears.on_message, on_silent=ears.silent.put)
    pipes.start()
    yield pipes
    pipes.stop()


def attached(pipes: ChildPipes, name: str) -> Any:
    ours, theirs = multiprocessing.Pipe()
    pipes.attach(name, ours)
    return theirs


def test_messages_of_all_children_arrive_in_order(pipes: ChildPipes, ears: Ears) -> None:
    with attached(pipes, "a") as first, attached(pipes, "b") as second:
        for number in range(100):
            first.send(number)
            second.send(-number)
        heard = [ears.next() for _ in range(200)]
    assert [message for name, message in heard if name == "a"] == list(range(100))
    assert [message for name, message in heard if name == "b"] == [-number for number in range(100)]


def test_a_command_reaches_the_newest_child_of_the_name(pipes: ChildPipes, ears: Ears) -> None:
    with attached(pipes, "a") as old, attached(pipes, "a") as new:
        assert pipes.send("a", "hello")
        assert new.poll(5.0)
        assert new.recv() == "hello"
        assert not old.poll(0)
        old.send("last words")
        assert ears.next() == ("a", "last words")


def test_last_words_are_read_after_the_end(pipes: ChildPipes, ears: Ears) -> None:
    end = attached(pipes, "a")
    end.send("rep")
    end.close()
    assert ears.next() == ("a", "rep")


def test_a_command_to_nobody_is_counted(pipes: ChildPipes) -> None:
    assert not pipes.send("nobody", "hello")
    attached(pipes, "a").close()
    wait_until(lambda: not pipes.send("a", "hello"))
    assert pipes.unsent >= 2


def test_a_child_that_does_not_read_holds_nobody_up(pipes: ChildPipes) -> None:
    with attached(pipes, "a"):
        began_s = time.monotonic()
        sent = 0
        while pipes.send("a", "x" * 1000) and sent < 10_000:
            sent += 1
        assert 0 < sent < 10_000
        assert time.monotonic() - began_s < 30.0


def test_half_a_message_holds_nobody_up(pipes: ChildPipes, ears: Ears) -> None:
    with attached(pipes, "stopped") as stuck, attached(pipes, "well") as well:
        os.write(stuck.fileno(), (1000).to_bytes(4, "big") + b"only this")
        time.sleep(0.1)
        well.send("still here")
        assert ears.next() == ("well", "still here")


def test_a_message_that_cannot_be_handled_is_counted_and_the_next_one_is(
    pipes: ChildPipes, ears: Ears
) -> None:
    with attached(pipes, "a") as end:
        end.send("poison")
        end.send("good")
        assert ears.next() == ("a", "good")
    assert pipes.failures == 1


def test_silence_is_told_and_words_end_it(
    pipes: ChildPipes, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_pipes, "SILENT_S", 2.0)
    monkeypatch.setattr(child_pipes, "_LOOK_S", 0.05)
    with attached(pipes, "quiet") as quiet, attached(pipes, "chatty") as chatty:
        quiet.send("hello")
        until_s = time.monotonic() + 3.0
        while time.monotonic() < until_s:
            chatty.send("here")
            time.sleep(0.05)
    assert ears.silent.get(timeout=5.0) == "quiet"
    assert ears.silent.empty()


def test_a_child_gets_time_for_its_first_word(
    pipes: ChildPipes, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_pipes, "SILENT_S", 0.1)
    monkeypatch.setattr(child_pipes, "_LOOK_S", 0.02)
    with attached(pipes, "importing"):
        time.sleep(0.5)
    assert ears.silent.empty()


def test_a_child_that_hung_up_and_lives_on_is_silent(
    pipes: ChildPipes, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_pipes, "SILENT_S", 0.6)
    monkeypatch.setattr(child_pipes, "_LOOK_S", 0.02)
    with attached(pipes, "a") as end:
        end.send("hello")
    assert ears.silent.get(timeout=5.0) == "a"


def test_stopping_closes_every_pipe() -> None:
    ears = Ears()
    pipes = ChildPipes(on_message=ears.on_message, on_silent=ears.silent.put)
    pipes.stop()
    pipes.start()
    with attached(pipes, "a") as end:
        pipes.stop()
        assert end.poll(5.0)
        with pytest.raises(EOFError):
            end.recv()
    assert not pipes.send("a", "late")
    pipes.stop()
