"""Real processes, really killed: what the supervisor does about it."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.processes.handle import Handle, PopenHandle, ProcessHandle
from gateway.processes.restart_policy import RestartLimits
from gateway.processes.supervisor import Child, ChildChange, Supervisor
from tests.waiting import wait_until

QUICK = RestartLimits(first_s=0.05, longest_s=0.2, slow_s=0.3, jitter=0.0)


class Diary:
    """What a child's owner was told."""

    def __init__(self) -> None:
        self._changes: list[ChildChange] = []
        self._told = threading.Condition()

    def __call__(self, change: ChildChange) -> None:
        with self._told:
            self._changes.append(change)
            self._told.notify_all()

    def wait(self, state: str, count: int = 1, timeout_s: float = 10.0) -> ChildChange:
        def there() -> list[ChildChange]:
            return [each for each in self._changes if each.state == state]

        with self._told:
            assert self._told.wait_for(lambda: len(there()) >= count, timeout_s), self._changes
            return there()[count - 1]

    def states(self) -> list[str]:
        return [each.state for each in self._changes]


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    supervisor.start()
    yield supervisor
    assert supervisor.stop(5.0)


def python(code: str) -> Callable[[], Handle]:
    return lambda: PopenHandle.start([sys.executable, "-c", textwrap.dedent(code)])


SLEEPER = python("import time; time.sleep(60)")


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def spawn_sleeper() -> Handle:
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60.0,), daemon=True)
    process.start()
    return ProcessHandle(process)


@pytest.mark.parametrize("start", [SLEEPER, spawn_sleeper], ids=["program", "multiprocessing"])
def test_a_killed_child_is_seen_at_once_and_comes_back(
    supervisor: Supervisor, start: Callable[[], Handle]
) -> None:
    diary = Diary()
    supervisor.add(Child(name="cam", start=start, on_change=diary, limits=QUICK))
    first = diary.wait("running").handle
    assert first is not None
    pid = first.pid
    killed_s = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    assert diary.wait("restarting").reason == "stopped (killed by signal 9, SIGKILL), restarting in 0.1 s"
    assert time.monotonic() - killed_s < 10.0
    second = diary.wait("running", 2).handle
    assert second is not None
    assert second.pid != pid
    assert supervisor.restarts() == {"cam": 1}


def test_exits_are_seen_without_a_sentinel_too(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(pid: int) -> int:
        raise PermissionError(pid)

    monkeypatch.setattr(os, "pidfd_open", forbidden)
    diary = Diary()
    supervisor.add(Child(name="cam", start=SLEEPER, on_change=diary, limits=QUICK))
    handle = diary.wait("running").handle
    assert handle is not None
    os.kill(handle.pid, signal.SIGKILL)
    diary.wait("running", 2)


def test_a_crash_loop_degrades_and_goes_on_slowly(supervisor: Supervisor) -> None:
    crashing, healthy = Diary(), Diary()
    supervisor.add(Child(name="bad", start=python("raise SystemExit(7)"), on_change=crashing, limits=QUICK))
    supervisor.add(Child(name="good", start=SLEEPER, on_change=healthy, limits=QUICK))
    sixth = crashing.wait("restarting", 6)
    assert sixth.degraded
    assert sixth.reason.startswith("stopped (ended with code 7), 6 times within a minute; next attempt in")
    assert crashing.wait("restarting", 8).degraded
    assert healthy.states() == ["running"]


def test_a_child_that_cannot_be_started_says_why_and_is_tried_again(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    diary = Diary()
    program = tmp_path / "camera"
    supervisor.add(
        Child(name="cam", start=lambda: PopenHandle.start([str(program)]), on_change=diary, limits=QUICK)
    )
    assert diary.wait("restarting").reason.startswith("cannot start: [Errno 2] No such file or directory")
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    diary.wait("running")


def test_what_a_waiting_child_lacked_is_there(supervisor: Supervisor) -> None:
    diary, patient = Diary(), RestartLimits(first_s=30.0)
    ready = threading.Event()

    def start() -> Handle:
        if not ready.is_set():
            raise FileNotFoundError("no model")
        return SLEEPER()

    supervisor.add(Child(name="vision", start=start, on_change=diary, limits=patient))
    diary.wait("restarting")
    ready.set()
    supervisor.restart_now("vision")
    diary.wait("running", timeout_s=5.0)


def test_a_hanging_child_is_killed_with_the_reason_told(supervisor: Supervisor) -> None:
    diary = Diary()
    supervisor.add(Child(name="cam", start=SLEEPER, on_change=diary, limits=QUICK))
    diary.wait("running")
    supervisor.kill("cam", "gave no sign of life for 5 s")
    assert diary.wait("restarting").reason.startswith("stopped (gave no sign of life for 5 s), restarting")
    diary.wait("running", 2)


def test_a_raising_listener_is_counted_and_does_not_end_supervision(supervisor: Supervisor) -> None:
    diary = Diary()

    def raising(change: ChildChange) -> None:
        raise RuntimeError(change.name)

    supervisor.add(Child(name="loud", start=python("pass"), on_change=raising, limits=QUICK))
    supervisor.add(Child(name="cam", start=SLEEPER, on_change=diary, limits=QUICK))
    diary.wait("running")
    wait_until(lambda: supervisor.failures >= 2)


def test_a_mistake_of_its_own_does_not_end_it(supervisor: Supervisor) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    supervisor._send(broken)
    wait_until(lambda: supervisor.failures == 1)
    diary = Diary()
    supervisor.add(Child(name="cam", start=SLEEPER, on_change=diary))
    diary.wait("running")


def test_a_removed_child_ends_and_stays_away(supervisor: Supervisor) -> None:
    diary = Diary()
    supervisor.add(Child(name="cam", start=SLEEPER, on_change=diary, limits=QUICK))
    handle = diary.wait("running").handle
    assert handle is not None
    pid = handle.pid
    supervisor.remove("cam")
    diary.wait("stopped")
    assert gone(pid)
    assert supervisor.restarts() == {}


STUBBORN = """
    import signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open({mark!r}, "w").close()
    time.sleep(60)
"""


def test_stop_kills_who_ignores_the_request_within_the_deadline(tmp_path: Path) -> None:
    supervisor = Supervisor()
    supervisor.start()
    marks = [tmp_path / str(number) for number in range(3)]
    for mark in marks:
        supervisor.add(Child(name=mark.name, start=python(STUBBORN.format(mark=str(mark))), limits=QUICK))
    wait_until(lambda: all(mark.exists() for mark in marks))
    pids = list(supervisor.pids().values())
    began_s = time.monotonic()
    assert supervisor.stop(1.5)
    assert time.monotonic() - began_s < 30.0
    assert len(pids) == 3
    assert all(gone(pid) for pid in pids)


def test_children_stop_in_reverse_order() -> None:
    supervisor, order = Supervisor(), []
    diaries = [Diary() for _ in range(3)]
    for number, diary in enumerate(diaries):

        def note(change: ChildChange, diary: Diary = diary) -> None:
            diary(change)
            if change.state == "stopped":
                order.append(change.name)

        supervisor.add(Child(name=str(number), start=SLEEPER, on_change=note))
    supervisor.start()
    for diary in diaries:
        diary.wait("running")
    assert supervisor.stop(5.0)
    assert order == ["2", "1", "0"]
    assert supervisor.stop(1.0)  # a second stop is harmless


def test_a_child_that_waits_for_its_restart_does_not_hold_up_the_stop() -> None:
    supervisor, diary = Supervisor(), Diary()
    supervisor.add(
        Child(
            name="cam",
            start=python("pass"),
            on_change=diary,
            limits=RestartLimits(first_s=300.0, longest_s=300.0),
        )
    )
    supervisor.start()
    diary.wait("restarting")
    began_s = time.monotonic()
    assert supervisor.stop(60.0)
    assert time.monotonic() - began_s < 30.0


def test_idle_supervision_costs_nothing(supervisor: Supervisor) -> None:
    diary = Diary()
    supervisor.add(Child(name="cam", start=SLEEPER, on_change=diary))
    diary.wait("running")
    began_s = time.process_time()
    time.sleep(0.5)
    assert time.process_time() - began_s < 0.1


def test_no_descriptor_is_left_behind() -> None:
    def descriptors() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    before = descriptors()
    supervisor, diary = Supervisor(), Diary()
    supervisor.add(Child(name="cam", start=python("pass"), on_change=diary, limits=QUICK))
    supervisor.start()
    diary.wait("restarting", 4)
    assert supervisor.stop(5.0)
    assert descriptors() <= before


def test_start_twice_is_a_mistake(supervisor: Supervisor) -> None:
    with pytest.raises(RuntimeError, match="already"):
        supervisor.start()


def test_programs_get_no_input() -> None:
    handle = PopenHandle(
        subprocess.Popen([sys.executable, "-c", "import sys; sys.exit(3)"], stdin=subprocess.DEVNULL)
    )
    assert handle.wait(10.0)
    assert handle.returncode() == 3
    handle.close()
    handle.close()
