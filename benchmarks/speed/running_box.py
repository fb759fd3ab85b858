"""A box as a gym runs it: `gymbox run` in a process of its own, asked over HTTP."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

GYMBOX = [sys.executable, "-c", "from gateway.cli import main; main()"]
EXERCISES = ("pushup", "squat")
COMMAND_S = 60.0
READY_S = 60.0
ANSWER_S = 5.0
STOP_S = 15.0


class BoxFailedError(RuntimeError):
    """The box did not do what it was started for; the text holds its last words."""


@dataclass(frozen=True, slots=True)
class Frames:
    """What became of the cameras' frames since the box started, all cameras together.

    Attributes:
        handed_on: from the capture processes to the pose model.
        looked_at: by the pose model.
        skipped: of watched cameras, overtaken by a newer one before the pose model had time.
    """

    handed_on: float
    looked_at: float
    skipped: float


@dataclass(frozen=True, slots=True)
class RunningBox:
    """A box that is up.

    Attributes:
        pid: of the box itself; its children do the rest.
        http: asks it as an operator.
        stations: their ids, one in front of each camera.
    """

    pid: int
    http: httpx.Client
    stations: list[str]

    def check_in_everywhere(self) -> None:
        """Begin a session at every station."""
        for station in self.stations:
            body = {"station_id": station, "member_id": f"member-at-{station}"}
            self.http.post("api/v1/sessions", json=body).raise_for_status()

    def reps(self, station: str) -> int:
        """Full repetitions in the session at a station."""
        session = self.http.get(f"api/v1/stations/{station}").raise_for_status().json()["session"]
        return sum(session["reps"].values())

    def frames(self) -> Frames:
        """The counters as `/metrics` tells them."""
        sums: dict[str, float] = defaultdict(float)
        for family in text_string_to_metric_families(self.http.get("metrics").raise_for_status().text):
            for sample in family.samples:
                sums[sample.name] += sample.value
        names = ("camera_frames", "pose_frames", "pose_frames_skipped")
        return Frames(*(sums[f"gymbox_{name}_total"] for name in names))


@contextmanager
def running_box(
    folder: Path, models: Path, pose: str, cameras: Sequence[str], fps: float
) -> Iterator[RunningBox]:
    """A box on these cameras' addresses, from when every part of it is well; `folder` is empty.

    Raises:
        BoxFailedError: it does not come up, or answers no more.
    """
    watched = {f"station-{number}": camera for number, camera in enumerate(cameras, 1)}
    (folder / "models").symlink_to(models.resolve())
    with configured_box(folder, _config(pose, watched, fps), list(watched)) as box:
        yield box


@contextmanager
def configured_box(folder: Path, configuration: str, stations: list[str]) -> Iterator[RunningBox]:
    """A box with this configuration (TOML, all but `[http]`), from when every part of it is well.

    Raises:
        BoxFailedError: it does not come up, or answers no more.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    config, log = folder / "gymbox.toml", folder / "log"
    config.write_text(f"[http]\nport = {port}\n{configuration}", encoding="utf-8")
    headers = {"Authorization": f"Bearer {_new_token(folder)}"}
    command = [*GYMBOX, "run", "--config", str(config), "--data-dir", str(folder)]
    with log.open("wb") as words, subprocess.Popen(command, stdout=words, stderr=words) as process:
        try:
            with httpx.Client(base_url=url, headers=headers, timeout=ANSWER_S) as http:
                _wait_until_well(http, process, log)
                yield RunningBox(process.pid, http, stations)
        except httpx.HTTPError as error:
            raise BoxFailedError(f"the box does not answer: {error}; it said:\n{_last_words(log)}") from error
        finally:
            _end(process)


def _wait_until_well(http: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    until_s = time.monotonic() + READY_S
    state = "no answer"
    while time.monotonic() < until_s and process.poll() is None:
        try:
            parts = http.get("readyz").json()["parts"]
            wrong = [f"{name}: {part['reason']}" for name, part in parts.items() if part["state"] != "ok"]
            if not wrong:
                return
            state = ", ".join(wrong)
        except httpx.HTTPError as error:
            state = str(error)
        time.sleep(0.2)
    raise BoxFailedError(
        f"the box is not well within {READY_S:.0f} s ({state}); it said:\n{_last_words(log)}"
    )


def _last_words(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _new_token(folder: Path) -> str:
    command = [*GYMBOX, "token", "create", "--role", "operator", "--json", "--data-dir", str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_S, check=False)
    if made.returncode:
        raise BoxFailedError(f"no token could be made: {made.stderr.strip()}")
    return str(json.loads(made.stdout)["token"])


def free_port() -> int:
    """A TCP port of loopback on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _config(pose: str, cameras: dict[str, str], fps: float) -> str:
    lines = [f"[vision]\npose = {json.dumps(pose)}\n"]
    for station, url in cameras.items():
        lines.append(f'[[camera]]\nid = "camera-of-{station}"\nurl = {json.dumps(url)}\nfps = {fps}\n')
        lines.append(f'[[station]]\nid = "{station}"\ncamera = "camera-of-{station}"\n')
        lines.append(f"exercises = {json.dumps(EXERCISES)}\n")
    return "".join(lines)
