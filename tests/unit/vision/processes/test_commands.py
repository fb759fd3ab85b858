"""Commands between two threads."""

import threading
import time

import pytest

from vision.processes.commands import Commands
from vision.processes.messages import Unwatch, Watch

WATCH = Watch(station_id="bay", camera_id="cam", exercises=("pushup",))


def test_commands_come_out_in_order_and_once() -> None:
    commands = Commands()
    commands.put(WATCH)
    commands.put(Unwatch("bay"))
    assert commands.take() == [WATCH, Unwatch("bay")]
    assert commands.take() == []


def test_a_command_ends_the_wait() -> None:
    commands = Commands()
    threading.Timer(0.1, commands.put, [WATCH]).start()
    started_s = time.monotonic()
    commands.wait(60.0)
    assert time.monotonic() - started_s < 30
    assert commands.take() == [WATCH]


def test_a_wait_without_a_command_ends_too() -> None:
    commands = Commands()
    started_s = time.monotonic()
    commands.wait(0.05)
    assert 0.03 < time.monotonic() - started_s < 30


def test_a_command_left_before_the_wait_ends_it_at_once() -> None:
    commands = Commands()
    commands.take()
    commands.put(WATCH)
    started_s = time.monotonic()
    commands.wait(60.0)
    assert time.monotonic() - started_s < 30


def test_commands_are_bounded_and_a_loss_is_said(caplog: pytest.LogCaptureFixture) -> None:
    commands = Commands(most=3)
    for number in range(5):
        commands.put(Unwatch(str(number)))
    assert commands.take() == [Unwatch("2"), Unwatch("3"), Unwatch("4")]
    assert caplog.text.count("the oldest is lost") == 2
