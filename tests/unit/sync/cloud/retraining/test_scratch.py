from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from sync.cloud.retraining import scratch
from sync.cloud.retraining.scratch import scratch_folder

if TYPE_CHECKING:
    from pathlib import Path

KILLED = """
import tempfile, sys, time
tempfile.tempdir = sys.argv[1]
from sync.cloud.retraining.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "0.raw.parquet").write_text("a member's records")
    print("written", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_empty_private_and_gone_at_the_end(temporary: Path) -> None:
    with scratch_folder() as folder:
        assert folder.parent == temporary
        assert folder.stat().st_mode & 0o777 == 0o700
        assert list(folder.iterdir()) == []
        (folder / "records").write_text("of a member")
    assert list(temporary.iterdir()) == []


def test_an_error_leaves_nothing(temporary: Path) -> None:
    def fails() -> None:
        with scratch_folder() as folder:
            (folder / "records").write_text("of a member")
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_goes_and_what_a_living_one_holds_stays(temporary: Path) -> None:
    def begin() -> subprocess.Popen[str]:
        program: list[str | Path] = [sys.executable, "-c", KILLED, temporary]
        started = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
        assert started.stdout is not None
        assert started.stdout.readline() == "written\n"
        return started

    with begin() as killed:
        killed.send_signal(signal.SIGKILL)
    (left,) = temporary.iterdir()
    with begin() as living:
        assert not left.exists()
        (held,) = temporary.iterdir()
        with scratch_folder() as own:
            assert set(temporary.iterdir()) == {held, own}
            assert (held / "0.raw.parquet").exists()
        living.kill()


def test_strangers_names_are_left_alone(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (temporary / f"{scratch._PREFIX}link").symlink_to(elsewhere)
    (temporary / f"{scratch._PREFIX}file").write_text("not a folder")
    with scratch_folder():
        pass
    assert len(list(temporary.iterdir())) == 3


def test_many_at_once_take_nothing_from_each_other(temporary: Path) -> None:
    def use(number: int) -> str:
        with scratch_folder() as folder:
            (folder / "number").write_text(str(number))
            return (folder / "number").read_text()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(use, range(200))) == [str(number) for number in range(200)]
    assert list(temporary.iterdir()) == []
