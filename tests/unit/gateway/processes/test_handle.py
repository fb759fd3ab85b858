"""Child processes of both kinds through one face: their end is seen, and nothing of them is left open."""

import contextlib
import multiprocessing
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.processes.handle import Handle, PopenHandle, ProcessHandle, describe_exit

ENDLESS = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)",
]


def spawned() -> ProcessHandle:
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,), daemon=True)
    process.start()
    return ProcessHandle(process)


@pytest.fixture(params=["program", "process"])
def running(request: pytest.FixtureRequest) -> Iterator[Handle]:
    handle: Handle = PopenHandle.start(ENDLESS) if request.param == "program" else spawned()
    yield handle
    with contextlib.suppress(ValueError):  # closed by the test
        handle.kill()
        handle.wait(5)
        handle.close()


def readable(handle: Handle, within_s: float) -> bool:
    assert handle.sentinel is not None
    return bool(select.select([handle.sentinel], [], [], within_s)[0])


def test_its_end_wakes_whoever_waits_for_it(running: Handle) -> None:
    assert running.returncode() is None
    assert not readable(running, 0.0)
    assert not running.wait(0.01)
    os.kill(running.pid, signal.SIGKILL)
    assert readable(running, 5.0)
    assert running.wait(5.0)
    assert running.returncode() == -signal.SIGKILL
    running.close()
    assert running.sentinel is None


def test_it_ends_when_asked(running: Handle) -> None:
    running.terminate()
    assert running.wait(5.0)
    assert running.returncode() == -signal.SIGTERM


def test_one_that_does_not_listen_is_killed() -> None:
    process = subprocess.Popen(STUBBORN, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    handle = PopenHandle(process)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    handle.terminate()
    assert not handle.wait(0.2)
    handle.kill()
    assert handle.wait(5.0)
    handle.close()


def test_programs_leave_no_descriptors_behind() -> None:
    before = psutil.Process().num_fds()
    for _ in range(5):
        handle = PopenHandle.start(["/bin/true"])
        assert handle.wait(5.0)
        assert handle.returncode() == 0
        handle.close()
        handle.close()  # twice is once
    assert psutil.Process().num_fds() == before


def test_where_the_system_gives_no_descriptor_it_is_asked_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_pid: int) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "pidfd_open", forbidden)
    handle = PopenHandle.start(["/bin/false"])
    assert handle.sentinel is None
    assert handle.wait(5.0)
    assert handle.returncode() == 1
    handle.close()


def test_a_program_that_is_not_there_is_an_error_to_be_told() -> None:
    with pytest.raises(FileNotFoundError):
        PopenHandle.start(["/nowhere/mosquitto"])


@given(st.one_of(st.none(), st.integers(-300, 300)))
def test_every_exit_has_words(returncode: int | None) -> None:
    words = describe_exit(returncode)
    assert words
    if returncode is not None and returncode != 0:
        assert str(abs(returncode)) in words
    assert ("SIG" in words) <= (returncode is not None and returncode < 0)


@pytest.mark.parametrize(
    ("returncode", "words"),
    [
        (-9, "killed by signal 9, SIGKILL"),
        (-15, "killed by signal 15, SIGTERM"),
        (-250, "killed by signal 250"),
        (0, "ended by itself"),
        (3, "ended with code 3"),
        (None, "gone"),
    ],
)
def test_exits_in_words(returncode: int | None, words: str) -> None:
    assert describe_exit(returncode) == words
