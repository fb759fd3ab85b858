import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.speed import cameras
from benchmarks.speed.family import Usage
from benchmarks.speed.running_box import Frames


class Box:
    """Two cameras; between two looks 10 seconds pass."""

    pid = 7
    stations = ("a", "b")

    def __init__(self) -> None:
        self.checked_in = False
        self.looks = iter([Frames(1000.0, 900.0, 5.0), Frames(1300.0, 1180.0, 11.0)])

    def check_in_everywhere(self) -> None:
        self.checked_in = True

    def frames(self) -> Frames:
        assert self.checked_in
        return next(self.looks)

    def reps(self, station: str) -> int:
        return {"a": 3, "b": 4}[station]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> cameras.Load:
    usages = iter(
        [
            Usage(0, 1, 90),
            Usage(10, 1.5, 90),
            Usage(20, 2, 100),
            Usage(23, 4, 103),
            Usage(27, 6, 102),
            Usage(30, 8, 101),
        ]
    )
    ages_s = {"a": [0.01, 0.01, 0.02, 0.02, 0.03, 0.03], "b": [0.03, 0.03, 0.04, 0.04, 0.05, 0.5]}

    @contextmanager
    def running_box(*_: Any) -> Iterator[Box]:
        yield Box()

    def kiosk(_: Box, station: str) -> Any:
        return SimpleNamespace(ages_s=ages_s[station], start=lambda: None, stop=lambda: None)

    monkeypatch.setattr(cameras, "running_box", running_box)
    monkeypatch.setattr(cameras, "Kiosk", kiosk)
    monkeypatch.setattr(cameras, "usage", lambda _: next(usages))
    monkeypatch.setattr(cameras, "SETTLE_S", 0.0)
    monkeypatch.setattr(cameras, "IDLE_S", 0.0)
    return cameras.measure("rtsp://x/", 2, 0.0, tmp_path, "movenet")


def test_rates_are_per_camera_and_shares_of_what_was_handed_on(load: cameras.Load) -> None:
    assert (load.cameras, load.seconds) == (2, 10)
    assert (load.fps, load.poses_per_s) == (15.0, 14.0)
    assert load.skipped == pytest.approx(6 / 300)
    assert load.reps == 7


def test_processor_and_memory_are_of_the_right_moments(load: cameras.Load) -> None:
    assert load.idle_cpu_percent == pytest.approx(5.0)
    assert load.cpu_percent == pytest.approx(60.0)
    assert load.memory_mb == (100, 103, 102, 101)


def test_lag_is_compared_between_the_first_and_the_last_third(load: cameras.Load) -> None:
    assert load.lag_ms == pytest.approx((20.0, 40.0))
    assert load.lag_p95_ms == pytest.approx(500.0)


def test_the_table_shows_it_all(load: cameras.Load) -> None:
    _, line = cameras.table([load], "movenet")
    assert " ".join(line.split()) == (
        "2 movenet 10 15.00 14.00 2.0% 20..40 500 5.0% 60.0% 100.0, 103.0, 102.0, 101.0 7"
    )


def test_without_a_person_there_is_no_lag() -> None:
    nobody: Any = [SimpleNamespace(ages_s=[])]
    assert cameras._median_ms(nobody, 0) is None
    assert cameras._p95_ms(nobody) is None


def test_a_machine_without_ffmpeg_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(cameras.CamerasUnavailableError, match="ffmpeg"), cameras.played(tmp_path):
        pytest.fail("it does play")


def test_a_server_that_does_not_start_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ffmpeg").write_text("#!/bin/sh\n")
    (tmp_path / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(cameras, "SYSTEM_PYTHON", "false")
    assert subprocess.run(["ffmpeg"], check=False).returncode == 0
    with pytest.raises(cameras.CamerasUnavailableError, match="did not start"), cameras.played(tmp_path):
        pytest.fail("it does play")
