import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from sync.upload import thread
from sync.upload.ports import OutboxUnavailable
from sync.upload.thread import STOP_S, UploadThread
from tests.waiting import wait_until


class PlayedUploader:
    """Turns as the test says; remembers on which threads."""

    def __init__(self, turn: Callable[[int], float]) -> None:
        self._turn = turn
        self.turns = 0
        self.threads: set[str] = set()
        self.closed = threading.Event()
        self.hang = False

    async def turn(self) -> float:
        self.turns += 1
        self.threads.add(threading.current_thread().name)
        if self.hang:
            await asyncio.sleep(3600)
        return self._turn(self.turns)

    async def close(self) -> None:
        self.closed.set()


def started(uploader: PlayedUploader) -> UploadThread:
    running: Any = uploader
    upload = UploadThread(running)
    upload.start()
    return upload


def uploading() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name == "cloud-upload"}


def test_it_turns_on_a_thread_of_its_own_until_it_is_stopped() -> None:
    before = uploading()
    uploader = PlayedUploader(lambda _turn: 0.001)
    upload = started(uploader)
    wait_until(lambda: uploader.turns > 3)
    assert uploading() - before
    assert upload.stop()
    assert uploader.closed.is_set()
    assert uploader.threads == {"cloud-upload"}
    assert uploading() <= before
    assert upload.stop(), "stopping twice is no error"


def test_an_exchange_that_hangs_ends_with_the_box() -> None:
    uploader = PlayedUploader(lambda _turn: 0.0)
    uploader.hang = True
    upload = started(uploader)
    wait_until(lambda: uploader.turns)
    began_s = time.monotonic()
    assert upload.stop()
    assert time.monotonic() - began_s < STOP_S
    assert uploader.closed.is_set()


def test_a_long_wait_ends_with_news_and_with_the_box() -> None:
    uploader = PlayedUploader(lambda _turn: 3600.0)
    upload = started(uploader)
    wait_until(lambda: uploader.turns == 1)
    upload.wake()
    wait_until(lambda: uploader.turns == 2)
    assert upload.stop()
    upload.wake()


@pytest.mark.parametrize("error", [OutboxUnavailable("disk full"), RuntimeError("nobody foresaw this")])
def test_a_turn_that_fails_is_counted_and_the_next_one_comes(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(thread, "_RETRY_S", 0.01)

    def turn(number: int) -> float:
        if number < 3:
            raise error
        return 0.01

    uploader = PlayedUploader(turn)
    with caplog.at_level(logging.ERROR):
        upload = started(uploader)
        wait_until(lambda: uploader.turns > 3)
        assert upload.stop()
    assert upload.failures == 2
    assert len(caplog.records) == (0 if isinstance(error, OutboxUnavailable) else 2)


def test_one_that_was_never_started_stops_too() -> None:
    uploader: Any = PlayedUploader(lambda _turn: 0.0)
    upload = UploadThread(uploader)
    upload.wake()
    assert upload.stop()
