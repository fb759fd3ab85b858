"""A program that must not outlive whoever started it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from devices import guard

SLEEPER = (sys.executable, "-S", "-c", "import time; print('up', flush=True); time.sleep(60)")
DEAF = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('up', flush=True); time.sleep(60)"
)
STUBBORN = (sys.executable, "-S", "-c", DEAF)


def run(*program: str, log: Path | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(guard.command(program, log=log), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def child_of(guarding: subprocess.Popen[bytes]) -> psutil.Process:
    assert guarding.stdout is not None
    assert guarding.stdout.readline() == b"up\n"
    (child,) = psutil.Process(guarding.pid).children()
    return child


def finish(guarding: subprocess.Popen[bytes]) -> int:
    status = guarding.wait(10)
    guarding.communicate(timeout=5)
    return status


def gone(process: psutil.Process, within_s: float = 5.0) -> bool:
    deadline_s = monotonic() + within_s
    while monotonic() < deadline_s:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        sleep(0.05)
    return False


@pytest.mark.parametrize("status", [0, 3])
def test_exit_status_is_handed_on(status: int) -> None:
    assert finish(run(sys.executable, "-S", "-c", f"raise SystemExit({status})")) == status


def test_death_by_signal_is_handed_on() -> None:
    guarding = run(*SLEEPER)
    child_of(guarding).kill()
    assert finish(guarding) == 128 + signal.SIGKILL


def test_terminating_the_guard_ends_the_program() -> None:
    guarding = run(*SLEEPER)
    child = child_of(guarding)
    guarding.terminate()
    assert finish(guarding) == 128 + signal.SIGTERM
    assert gone(child)


def test_a_program_that_will_not_end_is_killed() -> None:
    guarding = run(*STUBBORN)
    child = child_of(guarding)
    guarding.terminate()
    assert finish(guarding) == 128 + signal.SIGKILL
    assert gone(child)


def test_killing_the_guard_ends_the_program() -> None:
    guarding = run(*SLEEPER)
    child = child_of(guarding)
    guarding.kill()
    finish(guarding)
    assert gone(child)


STARTER = """
import subprocess, sys
from devices import guard
sys.exit(subprocess.call(guard.command(sys.argv[1:])))
"""


def test_killing_the_starter_ends_both() -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, *SLEEPER], stdout=subprocess.PIPE)
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"up\n"
    family = psutil.Process(starter.pid).children(recursive=True)
    assert len(family) == 2
    starter.kill()
    finish(starter)
    assert all(gone(process) for process in family)


def test_a_starter_killed_before_the_guard_ran_leaves_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-S", "-c", ""])
    ended.wait(10)
    words = [sys.executable, "-m", "devices.guard", "--parent", str(ended.pid), "--", *SLEEPER]
    guarding = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert finish(guarding) == 128 + signal.SIGTERM


def test_ctrl_c_in_the_terminal_reaches_neither() -> None:
    guarding = run(*SLEEPER)
    child = child_of(guarding)
    os.kill(guarding.pid, signal.SIGINT)
    sleep(0.3)
    assert guarding.poll() is None
    assert os.getpgid(child.pid) != os.getpgid(guarding.pid)
    guarding.terminate()
    finish(guarding)


def test_a_program_that_does_not_exist() -> None:
    guarding = run("/nowhere/program")
    assert guarding.wait(10) == 127
    assert b"cannot run /nowhere/program: No such file" in guarding.communicate(timeout=5)[1]


def test_output_goes_to_the_log_anew_at_each_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for word in ("first", "second"):
        assert finish(run(sys.executable, "-S", "-c", f"print('{word}')", log=log)) == 0
    assert log.read_text() == "second\n"
    assert log.stat().st_mode & 0o777 == 0o600
