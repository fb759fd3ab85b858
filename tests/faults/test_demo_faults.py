"""The demo, as a newcomer starts it, with its parts killed one by one."""

import json
import os
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from gateway.sessions.progress import Progress

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

MAT = "/api/v1/stations/mat"
RUNNING = "/api/v1/stations/treadmill-1"
PICTURES = (b"JFIF", b"Exif\0", b"\x89PNG\r\n", b"WEBPVP8", b"ftyp", b"matroska")


@pytest.fixture
def demo(gymbox: Callable[..., Any], free_port: int, blazepose: Path, tmp_path: Path) -> Callable[..., Any]:
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").symlink_to(blazepose.parent)

    def start(*options: str) -> Any:
        return gymbox("demo", "--port", str(free_port), *options, port=free_port)

    return start


@pytest.fixture(scope="module")
def running_demo(
    gymbox_of_module: Callable[..., Any], blazepose: Path, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """One demo for every part that it heals by itself."""
    data = tmp_path_factory.mktemp("demo")
    (data / "models").symlink_to(blazepose.parent)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return gymbox_of_module("demo", "--port", str(port), port=port, GYMBOX_DATA_DIR=str(data))


def counting(station: dict[str, Any]) -> bool:
    return bool(station["reps"] > 0 and station["alerts"] == [])


def alert_on(part: str) -> Callable[[dict[str, Any]], bool]:
    return lambda station: any(alert["part"] == part and alert["reason"] for alert in station["alerts"])


def all_parts_well(ready: dict[str, Any]) -> bool:
    return {is_["state"] for is_ in ready["parts"].values()} == {"ok"}


def all_well(station: dict[str, Any]) -> bool:
    return bool(station["alerts"] == [])


def test_a_newcomer_sees_a_gym_working_and_ctrl_c_ends_all_of_it(demo: Callable[..., Any]) -> None:
    box = demo()
    mat = box.until(MAT, counting, within_s=60)
    assert mat["session"]["display_name"] == "Dana"
    assert mat["exercise"] in {"pushup", "squat"}
    running = box.until(RUNNING, lambda s: (s["treadmill"]["speed_kmh"] or 0) > 1, within_s=30)
    assert 40 < running["heart_rate"]["bpm"] < 200
    ready = box.until("/readyz", all_parts_well, within_s=60)
    assert "cloud" in ready["parts"]
    addresses = listening([box.process.pid, *box.family()])
    assert len(addresses) == 3, "the box, its broker, its cloud and nothing else"
    assert {address for address, _ in addresses} == {"127.0.0.1"}

    assert box.end(signal.SIGINT) == 0
    assert box.family_left(within_s=20) == {}
    assert "kiosk/mat" in box.words()
    assert "Traceback" not in box.words()


def test_seconds_end_it_and_what_was_trained_is_kept(demo: Callable[..., Any], tmp_path: Path) -> None:
    box = demo("--seconds", "15")
    box.until(MAT, lambda station: station["session"], within_s=60)
    assert box.process.wait(90) == 0
    assert (tmp_path / "data" / "demo" / "gymbox.sqlite3").stat().st_size > 0
    pictures = [path for path in (tmp_path / "data" / "demo").rglob("*") if holds_picture(path)]
    assert pictures == [], "what a camera sees stays in memory"


def listening(family: Iterable[int]) -> set[tuple[str, int]]:
    """Every address and port where one of these processes takes connections."""
    found = [each for pid in family for each in psutil.Process(pid).net_connections("tcp")]
    return {(each.laddr.ip, each.laddr.port) for each in found if each.status == psutil.CONN_LISTEN}


def holds_picture(path: Path) -> bool:
    """Whether anything in a file begins as JPEG, PNG, WebP, MP4 or Matroska does."""
    content = path.read_bytes() if path.is_file() else b""
    return any(
        mark in content for mark in (b"JFIF", b"Exif\0", b"\x89PNG\r\n", b"WEBPVP8", b"ftyp", b"matroska")
    )


def written_reps(store: Path, session_id: str) -> dict[str, int]:
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as reading:
        (progress,) = reading.execute("SELECT progress FROM session WHERE id = ?", [session_id]).fetchone()
    reps, _ = Progress.from_state(json.loads(progress), maximum_bpm=None).sets.totals()
    return reps


def test_a_killed_box_goes_on_with_the_session(demo: Callable[..., Any], tmp_path: Path) -> None:
    box = demo()
    before = box.until(MAT, counting, within_s=60)
    written: dict[str, int] = {}
    deadline_s = time.monotonic() + 5
    while not written and time.monotonic() < deadline_s:  # each rep is on the disk a moment after it shows
        written = written_reps(tmp_path / "data" / "demo" / "gymbox.sqlite3", before["session"]["id"])
    assert written
    os.kill(box.process.pid, signal.SIGKILL)
    box.process.wait(5)
    assert box.family_left(within_s=30) == {}, "the children of a killed box end by themselves"

    again = demo()
    after = again.until(MAT, lambda station: station["session"] is not None, within_s=30)
    assert after["session"]["id"] == before["session"]["id"]
    for exercise, reps in written.items():
        assert after["session"]["reps"][exercise] >= reps


@pytest.mark.parametrize(("name", "part"), [("gymbox-capture", "camera:camera"), ("gymbox-infer", "vision")])
def test_a_killed_camera_process_is_told_and_heals_and_the_count_goes_on(
    running_demo: Any, name: str, part: str
) -> None:
    box = running_demo
    before = box.until(MAT, counting, within_s=60)
    os.kill(box.child(name), signal.SIGKILL)
    box.until(MAT, alert_on(part), within_s=30)
    assert box.get(RUNNING)["treadmill"]["link"] == "live"  # everything else goes on
    healed = box.until(MAT, all_well, within_s=30)
    assert healed["session"]["id"] == before["session"]["id"]
    total = sum(before["session"]["reps"].values())
    box.until(MAT, lambda station: sum(station["session"]["reps"].values()) > total, within_s=60)


def test_a_killed_broker_is_told_and_comes_back(running_demo: Any) -> None:
    box = running_demo
    box.until(RUNNING, lambda s: s["treadmill"]["link"] == "live" and all_well(s), within_s=60)
    broker = next(pid for pid, short in box.family().items() if short in {"mosquitto", "gymbox-broker"})
    os.kill(broker, signal.SIGKILL)
    box.until(RUNNING, lambda station: station["alerts"] != [], within_s=30)
    healed = box.until(
        RUNNING, lambda s: all_well(s) and s["treadmill"]["speed_kmh"] is not None, within_s=30
    )
    assert healed["heart_rate"]["link"] == "live"
