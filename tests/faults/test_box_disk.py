"""`gymbox run` on a disk that is full, read-only, or somebody else's."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

NO_BROKER = '[mqtt]\nurl = "mqtt://127.0.0.1:9"\n'
STATION = '[[station]]\nid = "mat"\n'
PROBLEM = "application/problem+json"


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Fill every block of the disk."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 4096, 512):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    yield
    ballast.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    yield
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)


@pytest.fixture
def prepared(small_disk: Path, operator: tuple[Path, str], models_dir: Path) -> Path:
    """A data folder on the small disk, as a box leaves it that was stopped in order."""
    data = small_disk / "data"
    shutil.copytree(operator[0], data)
    (data / "models").symlink_to(models_dir)
    return data


def assert_told(answer: httpx.Response, what: str) -> None:
    """A problem of the store, in words, and nothing of the machine."""
    assert answer.status_code in {503, 507}
    assert answer.headers["content-type"] == PROBLEM
    document = answer.json()
    assert document["type"].startswith("urn:gymbox:problem:store-")
    assert what in document["detail"]
    assert "/" not in document["detail"]


def test_a_box_starts_on_a_full_disk_and_heals_when_there_is_room(
    new_box: Callable[..., Any], prepared: Path, small_disk: Path
) -> None:
    with full(small_disk):
        box = new_box(STATION, data=prepared)  # with its own broker, which has to write its files, too
        assert "disk is full" in box.until_part("store", "failed")
        assert "No space left" in box.until_part("broker", "failed")
        assert_told(box.check_in(), "disk is full")
        assert box.ask("GET", "/readyz").status_code == 503
        assert box.alive()
    box.until_part("store", "ok", within_s=10)
    assert box.check_in().status_code == 201
    box.until_part("broker", "ok", within_s=40)
    box.until_part("mqtt", "ok", within_s=20)
    assert box.alive()


def test_a_disk_that_fills_up_keeps_the_session_to_be_ended_again(
    new_box: Callable[..., Any], prepared: Path, small_disk: Path
) -> None:
    box = new_box(NO_BROKER + STATION, data=prepared)
    session = box.check_in().json()["id"]
    end = f"/api/v1/sessions/{session}/end"
    with full(small_disk):
        # The very first check-out: the key of the pseudonyms has to be made, too.
        assert box.ask("POST", end).status_code in {503, 507}
        box.ask("PUT", "/api/v1/members/ada", json={"display_name": "x" * 80})
        assert "disk is full" in box.until_part("store", "failed")
        assert_told(box.ask("POST", end, json={"rpe": 7}), "")
        assert box.ask("GET", f"/api/v1/sessions/{session}").json()["status"] == "active"
        assert box.ask("GET", "/api/v1/stations/mat").json()["session"]["id"] == session
        assert box.words().count("disk is full") == 1, "told once, not at every attempt"
        assert box.alive()
    box.until_part("store", "ok", within_s=10)
    ended = box.ask("POST", end, json={"rpe": 8})
    assert (ended.status_code, ended.json()["rpe"]) == (200, 8)
    assert box.ask("GET", "/api/v1/sync").json()["outbox_depth"] == 1
    assert list(prepared.glob(".pseudonym*")) == [], "nothing half-written is left"
    assert box.alive()


def test_a_box_on_a_full_disk_still_stops_in_time_and_the_session_goes_on(
    new_box: Callable[..., Any], prepared: Path, small_disk: Path
) -> None:
    box = new_box(NO_BROKER + STATION, data=prepared)
    session = box.check_in().json()["id"]
    with full(small_disk):
        assert box.process.end(signal.SIGTERM) == 0
        assert "Traceback" not in box.words()
    again = new_box(NO_BROKER + STATION, data=prepared)
    again.until("/api/v1/stations/mat", lambda station: station["session"]["id"] == session)


def test_a_read_only_disk_is_told_and_heals(
    new_box: Callable[..., Any], prepared: Path, small_disk: Path
) -> None:
    with read_only(small_disk):
        box = new_box(NO_BROKER + STATION, data=prepared)
        assert "cannot be written" in box.until_part("store", "failed")
        assert_told(box.check_in(), "writable")
        assert_told(box.ask("GET", "/api/v1/stations/mat"), "writable")
        assert box.metric("gymbox_part_state", part="store", state="failed") == 1
        assert box.alive()
    box.until_part("store", "ok", within_s=10)
    session = box.check_in().json()["id"]
    assert box.ask("POST", f"/api/v1/sessions/{session}/end").status_code == 200
    assert box.words().count("cannot be written") == 1, "told once, not every two seconds"


def run_beside(data: Path, config: Path) -> subprocess.CompletedProcess[str]:
    config.write_text(f"[http]\nport = 0\n{NO_BROKER}")
    command = [sys.executable, "-c", "from gateway.cli import main; main()", "run"]
    return subprocess.run(
        [*command, "--config", str(config), "--data-dir", str(data)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_second_box_on_the_same_folder_refuses_and_leaves_the_first_alone(
    new_box: Callable[..., Any], kiosk_token: Callable[..., str], tmp_path: Path
) -> None:
    box = new_box(NO_BROKER + STATION)
    session = box.check_in().json()["id"]
    second = run_beside(box.folder, tmp_path / "second.toml")
    assert second.returncode == 1
    assert "Another box already runs on this data folder" in second.stderr
    assert "--data-dir" in second.stderr
    assert "Traceback" not in second.stderr
    assert box.ask("GET", f"/api/v1/sessions/{session}").json()["status"] == "active"
    # A command beside it is no box: it works, and the box knows the token at once.
    token = kiosk_token(box.folder, "mat")
    assert box.ask("GET", "/api/v1/stations/mat", token=token).status_code == 200
    os.kill(box.process.process.pid, signal.SIGKILL)
    box.process.process.wait(5)
    again = new_box(NO_BROKER + STATION)  # the lock of a killed box ends with it
    again.until("/api/v1/stations/mat", lambda station: station["session"]["id"] == session)


def test_a_store_that_cannot_be_opened_is_told(new_box: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "gymbox.sqlite3").mkdir()
    box = new_box(NO_BROKER + STATION)
    reason = box.until_part("store", "failed")
    assert "gymbox.sqlite3" in reason
    assert_told(box.check_in(), "gymbox.sqlite3")
    assert box.alive()
