"""Cameras through a running box: 720p over RTSP, a session and a kiosk's event stream at every station.

GStreamer's RTSP server on this machine sends the project's own clip, scaled to 1280x720 at 15 frames a
second, in an endless loop; its work and ours share the processor, but only the box and its children are
counted. The lag is the age of a pose when the kiosk is told of it. Frames that wait in a socket because
capture is too slow are not in it, but they lower the rate.
"""

from __future__ import annotations

import select
import statistics
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.speed.family import usage
from benchmarks.speed.kiosk import Kiosk
from benchmarks.speed.running_box import running_box
from vision.footage import clip_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"
RTSP_SERVER = ROOT / "tests" / "integration" / "rtsp_server.py"
FPS = 15
ENCODE_S = 300.0
SERVE_S = 30.0
SETTLE_S = 5.0
"""After a start or a change, before anything is measured."""
IDLE_S = 10.0
THIRDS = 3


class CamerasUnavailableError(RuntimeError):
    """This machine lacks what plays the cameras; the text says what."""


@dataclass(frozen=True, slots=True)
class Load:
    """How a box did with some cameras.

    Attributes:
        cameras: how many, each at 15 frames a second.
        seconds: how long it was watched.
        fps: frames a second and camera that capture handed on.
        poses_per_s: frames a second and camera that the pose model looked at.
        skipped: share of frames that a newer one overtook.
        lag_ms: median age of a pose at the kiosk, in the first and in the last third of the time;
            None, as the next, where nobody was seen.
        lag_p95_ms: 95 % of the poses are no older.
        idle_cpu_percent: of one core, cameras on and nobody training; of the whole family of processes.
        cpu_percent: the same with a session at every station.
        memory_mb: when all sessions run, and after each third of the time.
        reps: counted at all stations.
    """

    cameras: int
    seconds: float
    fps: float
    poses_per_s: float
    skipped: float
    lag_ms: tuple[float | None, float | None]
    lag_p95_ms: float | None
    idle_cpu_percent: float
    cpu_percent: float
    memory_mb: tuple[float, ...]
    reps: int


@contextmanager
def played(folder: Path) -> Iterator[str]:
    """The address of a camera that plays the clip; any number may look at it.

    Raises:
        CamerasUnavailableError: there is no ffmpeg or no GStreamer RTSP server here.
    """
    clip = folder / "720p.mp4"
    picture = ["-vf", f"scale=1280:720,fps={FPS}", "-pix_fmt", "yuv420p", "-an"]
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-g", str(2 * FPS)]
    encode = ["ffmpeg", "-nostdin", "-loglevel", "error", "-i", str(clip_path()), *picture, *coded, str(clip)]
    serve = [SYSTEM_PYTHON, str(RTSP_SERVER), str(clip), "--fps", str(FPS)]
    try:
        subprocess.run(encode, check=True, timeout=ENCODE_S)
        server = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise CamerasUnavailableError(f"no camera can be played here: {error}") from error
    try:
        yield f"rtsp://127.0.0.1:{_port(server)}/cam"
    finally:
        server.kill()
        server.communicate(timeout=SERVE_S)


def _port(server: subprocess.Popen[str]) -> int:
    said = ""
    if server.stdout and select.select([server.stdout], [], [], SERVE_S)[0]:
        said = server.stdout.readline()
    if not said.startswith("ready "):
        raise CamerasUnavailableError("GStreamer's RTSP server did not start; see .ci/system-packages.txt")
    return int(said.split()[1])


def measure(url: str, cameras: int, seconds: float, models: Path, pose: str) -> Load:
    """Run a box with this many cameras.

    Raises:
        BoxFailedError: it does not come up, or answers no more.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        running_box(Path(folder), models, pose, [url] * cameras, FPS) as box,
    ):
        time.sleep(SETTLE_S)
        idle = usage(box.pid)
        time.sleep(IDLE_S)
        idle_cpu = usage(box.pid).cpu_percent_since(idle)
        box.check_in_everywhere()
        time.sleep(SETTLE_S)
        kiosks = [Kiosk(box, station) for station in box.stations]
        for kiosk in kiosks:
            kiosk.start()
        used, before = [usage(box.pid)], box.frames()
        for _ in range(THIRDS):
            time.sleep(seconds / THIRDS)
            used.append(usage(box.pid))
        after = box.frames()
        for kiosk in kiosks:
            kiosk.stop()
        reps = sum(box.reps(station) for station in box.stations)
    start, end = used[0], used[-1]
    took_s = end.at_s - start.at_s
    handed_on, looked_at = after.handed_on - before.handed_on, after.looked_at - before.looked_at
    return Load(
        cameras=cameras,
        seconds=took_s,
        fps=handed_on / took_s / cameras,
        poses_per_s=looked_at / took_s / cameras,
        skipped=(after.skipped - before.skipped) / max(handed_on, 1),
        lag_ms=(_median_ms(kiosks, 0), _median_ms(kiosks, THIRDS - 1)),
        lag_p95_ms=_p95_ms(kiosks),
        idle_cpu_percent=idle_cpu,
        cpu_percent=end.cpu_percent_since(start),
        memory_mb=tuple(each.own_mb for each in used),
        reps=reps,
    )


def _median_ms(kiosks: Sequence[Kiosk], third: int) -> float | None:
    """Of the ages in this third of the time."""
    parts = (
        kiosk.ages_s[third * len(kiosk.ages_s) // THIRDS : (third + 1) * len(kiosk.ages_s) // THIRDS]
        for kiosk in kiosks
    )
    ages_s = list(chain.from_iterable(parts))
    return 1000 * statistics.median(ages_s) if ages_s else None


def _p95_ms(kiosks: Sequence[Kiosk]) -> float | None:
    ages_s = sorted(age_s for kiosk in kiosks for age_s in kiosk.ages_s)
    return 1000 * ages_s[int(0.95 * len(ages_s))] if ages_s else None


def table(loads: Sequence[Load], pose: str) -> Iterator[str]:
    """For people."""
    yield (
        f"{'cameras':8} {'pose':10} {'seconds':>7} {'fps each':>8} {'poses/s':>8} {'skipped':>8}"
        f" {'lag ms first..last third':>25} {'p95':>5} {'idle CPU':>9} {'CPU':>7}"
        f" {'MB at the start, after thirds':>31} {'reps':>5}"
    )
    for load in loads:
        first, last, p95 = ("-" if ms is None else f"{ms:.0f}" for ms in (*load.lag_ms, load.lag_p95_ms))
        memory = ", ".join(f"{each:.1f}" for each in load.memory_mb)
        yield (
            f"{load.cameras:<8} {pose:10} {load.seconds:7.0f} {load.fps:8.2f} {load.poses_per_s:8.2f}"
            f" {load.skipped:8.1%} {f'{first}..{last}':>25} {p95:>5} {load.idle_cpu_percent:8.1f}%"
            f" {load.cpu_percent:6.1f}% {memory:>31} {load.reps:5}"
        )
