"""One service after the other is asked by the same boxes; how long they wait, and what it costs."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from benchmarks.speed.family import usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Kind = Literal["cloud", "bare"]
NAMES: Final[dict[Kind, str]] = {"cloud": "the cloud", "bare": "bare FastAPI"}
HERE: Final = Path(__file__).parent
START_S: Final = 300.0
STOP_S: Final = 30.0
CORES: Final = 2


class ServiceFailedError(RuntimeError):
    """A service or the boxes did not do as they should."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One service's turn.

    Attributes:
        who: was asked.
        boxes: that asked.
        per_s: requests answered in a second.
        connected_s: until all had shown their certificates and had their first answer.
        median_ms: from when a request was due to its answer.
        p99_ms: likewise.
        worst_ms: likewise.
        cpu_ms: processor time of the service for each.
        cores: processors that the service was busy on.
        broken: requests without a proper answer.
    """

    who: str
    boxes: int
    per_s: float
    connected_s: float
    median_ms: float
    p99_ms: float
    worst_ms: float
    cpu_ms: float
    cores: float
    broken: int


def measure(boxes: int, interval_s: float, seconds: float) -> list[Turn]:
    """Have every service asked, the bare one first.

    Raises:
        ServiceFailedError: one does not come up, or the boxes do not end.
    """
    return [_turn(kind, boxes, interval_s, seconds) for kind in ("bare", "cloud")]


def figures(turns: Sequence[Turn]) -> dict[str, Any]:
    """For JSON."""
    bare, cloud = turns
    return {
        "turns": [asdict(each) for each in turns],
        "times_cpu": cloud.cpu_ms / bare.cpu_ms,
        "times_p99": cloud.p99_ms / bare.p99_ms,
    }


def table(interval_s: float, turns: Sequence[Turn]) -> Iterable[str]:
    """For people."""
    bare, cloud = turns
    columns = ("requests/s", "median ms", "p99 ms", "worst ms", "CPU ms", "cores", "broken")
    yield f"every {interval_s:g} s".ljust(14) + "".join(f"{name:>11}" for name in columns)
    for each in turns:
        times = f"{each.median_ms:11.1f}{each.p99_ms:11.1f}{each.worst_ms:11.1f}"
        load = f"{each.cpu_ms:11.2f}{each.cores:11.2f}{each.broken:11}"
        yield f"{each.who:14}{each.per_s:11,.0f}{times}{load}"
    yield (
        f"{cloud.boxes} boxes; a request costs the cloud {cloud.cpu_ms / bare.cpu_ms:.1f} times "
        f"the processor of a bare one, and p99 is {cloud.p99_ms / bare.p99_ms:.1f} times as long"
    )


def _turn(kind: Kind, boxes: int, interval_s: float, seconds: float) -> Turn:
    with tempfile.TemporaryDirectory() as name, _running(kind, Path(name), boxes) as (process, port):
        asking = [
            sys.executable,
            str(HERE / "boxes.py"),
            port,
            name,
            str(boxes),
            str(interval_s),
            str(seconds),
        ]
        pipe = subprocess.PIPE
        with subprocess.Popen(asking, stdin=pipe, stdout=pipe, text=True, preexec_fn=_two_cores) as asked:  # noqa: PLW1509 - nothing of threads runs here
            try:
                connected = _said(asked, START_S)
                before = usage(process.pid)
                assert asked.stdin is not None  # noqa: S101 - it was asked for
                asked.stdin.write("go\n")
                asked.stdin.flush()
                seen = _said(asked, seconds + START_S)
                after = usage(process.pid)
            finally:
                asked.kill()
    waited_ms = np.array(seen["waited_ms"])
    cpu_s, took_s = after.cpu_s - before.cpu_s, after.at_s - before.at_s
    return Turn(
        who=NAMES[kind],
        boxes=boxes,
        per_s=len(waited_ms) / took_s,
        connected_s=connected["connected_s"],
        median_ms=float(np.percentile(waited_ms, 50)),
        p99_ms=float(np.percentile(waited_ms, 99)),
        worst_ms=float(waited_ms.max()),
        cpu_ms=1000 * cpu_s / len(waited_ms),
        cores=cpu_s / took_s,
        broken=seen["broken"],
    )


def _two_cores() -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


@contextmanager
def _running(kind: Kind, folder: Path, boxes: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, str(HERE / "serve.py"), kind, str(folder), str(boxes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, str(_said(process, START_S))
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _said(process: subprocess.Popen[str], within_s: float) -> Any:
    pipe = process.stdout
    line = pipe.readline() if pipe and select.select([pipe], [], [], within_s)[0] else ""
    if not line.strip():
        process.kill()
        raise ServiceFailedError(f"{Path(str(process.args[1])).name} said nothing")  # type: ignore[index]
    return json.loads(line)
