import os
import subprocess
import sys
import time

from benchmarks.speed.family import Usage, usage


def test_a_family_is_counted_with_its_children() -> None:
    mine = usage(os.getpid())
    assert mine.cpu_s > 0
    assert mine.own_mb > 5
    hold = "import time; x = bytearray(64 * 2**20); print('up', flush=True); time.sleep(30)"
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        with_child = usage(os.getpid())
        child.kill()
    assert with_child.own_mb > mine.own_mb + 60
    assert with_child.cpu_s > mine.cpu_s


def test_work_shows_as_processor_time() -> None:
    before = usage(os.getpid())
    until_s = time.process_time() + 0.1
    while time.process_time() < until_s:
        pass
    assert usage(os.getpid()).cpu_s - before.cpu_s >= 0.08


def test_per_cent_are_of_one_core() -> None:
    assert Usage(10.0, 7.0, 0.0).cpu_percent_since(Usage(6.0, 1.0, 0.0)) == 150.0


def test_a_process_that_is_gone_uses_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait(20)
    gone = usage(child.pid)
    assert (gone.cpu_s, gone.own_mb) == (0.0, 0.0)
