import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from provisioning.software import launcher as module
from provisioning.software.begin import NotBegun, begin
from provisioning.software.install_root import LAUNCHER
from provisioning.software.launcher import Launcher
from provisioning.software.slots import Slots, Verdict, begin_trial, confirm, encode
from tests.unit.provisioning.software.conftest import Root
from tests.waiting import wait_until

WAIT_S = 20.0


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(module, "_LOOK_S", 0.01)


@contextmanager
def running(root: Root, *, confirm_s: float = 60.0) -> Iterator[None]:
    launcher = Launcher(root, ["run", "--config", "x"], confirm_s=confirm_s)
    thread = threading.Thread(target=launcher.run)
    thread.start()
    try:
        yield
    finally:
        launcher.stop()
        thread.join(WAIT_S)
        assert not thread.is_alive()


def try_out(root: Root, does: str) -> None:
    root.keep(begin_trial(root.slots(), root.fill("b", does, version="2")))


def test_what_proves_itself_stays(root: Root) -> None:
    try_out(root, "mv good slots.json; sleep 60")
    good = confirm(root.slots())
    (root.folder / "good").write_text(encode(good))
    with running(root, confirm_s=0.3):
        wait_until(lambda: root.slots() == good)
        time.sleep(0.5)
    assert (root.slots(), root.lives) == (good, ["b"])


def test_what_ends_again_and_again_on_trial_is_given_up(root: Root) -> None:
    try_out(root, "exit 3")
    with running(root):
        wait_until(lambda: root.lives == ["b", "b", "b", "a"])
    verdict = root.slots().verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.release.version) == ("rolled_back", "2")


def test_what_does_not_prove_itself_in_time_is_given_up(root: Root) -> None:
    try_out(root, "sleep 60")
    with running(root, confirm_s=0.2):
        wait_until(lambda: root.slots().trial is None)
        wait_until(lambda: root.lives == ["b", "a"])
    verdict = root.slots().verdict
    assert verdict is not None
    assert verdict.reason == "it was not ready and in touch with the cloud within 0.2 s"


def test_a_slot_that_is_not_whole_is_not_tried(root: Root) -> None:
    try_out(root, "sleep 60")
    root.disown("b")
    with running(root):
        wait_until(lambda: bool(root.lives))
    assert root.lives == ["a"]
    assert root.slots().trial is None


def test_what_has_worked_and_works_no_longer_gives_way_to_what_worked_before(root: Root) -> None:
    root.fill("b", "exit 1", version="2", proven=True)
    root.keep(Slots(active="b"))
    with running(root):
        wait_until(lambda: root.slots().active == "a")
        wait_until(lambda: root.lives[-1:] == ["a"])
    assert root.lives == [*["b"] * 5, "a"]
    why = "it ended 5 times in a row within 60 s of its start"
    release = root.release("b")
    assert release is not None
    assert root.slots() == Slots(verdict=Verdict(release=release, outcome="rolled_back", reason=why))


def test_on_a_full_disk_what_works_is_started(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    try_out(root, "sleep 60")

    def full(_: Slots) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(root, "keep", full)
    with running(root):
        wait_until(lambda: root.lives == ["a"])


def test_a_wrong_configuration_is_no_fault_of_a_version(root: Root) -> None:
    root.fill("b", "exit 2", version="2", proven=True)
    root.keep(Slots(active="b"))
    with running(root):
        wait_until(lambda: len(root.lives) > 7)
    assert set(root.lives) == {"b"}


def test_alone_it_is_started_for_ever(root: Root) -> None:
    root.python("a").write_text(root.python("a").read_text().replace("sleep 60", "exit 1"))
    root.fill("b", "sleep 60", version="2")  # never proven
    with running(root):
        wait_until(lambda: len(root.lives) > 12)
    assert set(root.lives) == {"a"}


def test_a_box_that_cannot_be_started_is_tried_again(root: Root) -> None:
    script = root.python("a").read_text()
    root.python("a").unlink()
    with running(root):
        time.sleep(0.1)
        root.python("a").write_text(script)
        root.python("a").chmod(0o755)
        wait_until(lambda: bool(root.lives))
    assert set(root.lives) == {"a"}


def test_packed_into_one_file_it_starts_and_stops_the_box(root: Root, tmp_path: Path) -> None:
    (root.folder / "slots.json").unlink()
    begin(root.folder, "1", prefix=root.slot("a"))
    begin(root.folder, "1", prefix=root.slot("a"))
    script = (
        root.python("a").read_text().replace("sleep 60", "echo $GYMBOX_UPDATES__ROOT > told; exec sleep 60")
    )
    root.python("a").write_text(script)
    command: list[str | Path] = [
        sys.executable,
        "-I",
        root.folder / LAUNCHER,
        "--root",
        root.folder,
        "--",
        "run",
        "--config",
        "x",
    ]
    with subprocess.Popen(command, cwd="/") as packed:
        wait_until((tmp_path / "told").exists)
        packed.send_signal(signal.SIGTERM)
        assert packed.wait(WAIT_S) == 0
    assert (tmp_path / "told").read_text().strip() == str(tmp_path)
    assert (tmp_path / "lives").read_text().endswith("-m gateway.cli run --config x\n")
    assert os.access(root.folder / LAUNCHER, os.R_OK)


def test_a_program_from_elsewhere_is_no_beginning(tmp_path: Path) -> None:
    with pytest.raises(NotBegun, match="make a virtual environment"):
        begin(tmp_path, "1")
