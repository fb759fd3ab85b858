"""The watch over a child process, with the leaving held back."""

import multiprocessing
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from tests.waiting import PATIENCE_S, wait_until
from vision.processes.lifeline import EXIT_LIFELINE, Lifeline, leave_interrupts_to_parent
from vision.processes.messages import SetRate, Stop


class Child:
    """A lifeline on one end of a pipe, and the parent's end."""

    def __init__(self, *, fail: bool = False) -> None:
        self.parent, self._own = multiprocessing.get_context("spawn").Pipe()
        self.commands: list[object] = []
        self.ticks = 0
        self.left: list[int] = []
        self.gone = threading.Event()
        self._fail = fail
        self.lifeline = Lifeline(
            connection=self._own,
            on_command=self.commands.append,
            on_tick=self._tick,
            grace_s=0.2,
            leave=self._leave,
        )
        self.lifeline.start()

    def _tick(self, now_s: float) -> None:
        assert abs(now_s - time.monotonic()) < 1
        self.ticks += 1
        if self._fail:
            raise RuntimeError("a bug")

    def _leave(self, code: int) -> None:
        self.left.append(code)
        self.gone.set()

    def close(self) -> None:
        self.lifeline.finish()
        self.parent.close()
        time.sleep(0.15)
        self._own.close()


@pytest.fixture
def child() -> Iterator[Child]:
    child = Child()
    yield child
    child.close()


def test_commands_arrive_in_order(child: Child) -> None:
    for fps in (1.0, 2.0, 3.0):
        child.parent.send(SetRate(fps))
    wait_until(lambda: len(child.commands) == 3)
    assert child.commands == [SetRate(1.0), SetRate(2.0), SetRate(3.0)]
    assert not child.lifeline.stopping.is_set()


def test_time_ticks_without_commands(child: Child) -> None:
    wait_until(lambda: child.ticks >= 3)
    assert child.left == []


def test_stop_sets_the_flag_and_leaves_only_when_the_main_thread_does_not(child: Child) -> None:
    child.parent.send(Stop())
    assert child.lifeline.stopping.wait(PATIENCE_S)
    assert child.gone.wait(PATIENCE_S)
    assert child.left == [0]


def test_a_main_thread_that_ends_in_time_leaves_by_itself(child: Child) -> None:
    child.parent.send(Stop())
    assert child.lifeline.stopping.wait(PATIENCE_S)
    child.lifeline.finish()
    assert not child.gone.wait(0.5)


def test_a_parent_that_hangs_up_ends_the_process(child: Child) -> None:
    child.parent.close()
    assert child.lifeline.stopping.wait(PATIENCE_S)
    assert child.gone.wait(PATIENCE_S)


def test_a_command_that_cannot_be_read_ends_the_process() -> None:
    child = Child()
    child.parent.send_bytes(b"no pickle at all")
    assert child.gone.wait(PATIENCE_S)
    assert child.left[0] == EXIT_LIFELINE
    child.close()


def test_a_watch_that_fails_ends_the_process(caplog: pytest.LogCaptureFixture) -> None:
    child = Child(fail=True)
    assert child.gone.wait(PATIENCE_S)
    assert child.left[0] == EXIT_LIFELINE
    assert "it ends, to be started again" in caplog.text
    child.close()


def test_ctrl_c_is_left_to_the_parent() -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        leave_interrupts_to_parent()
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
