"""Loading both models in a fresh process; beside it, onnxruntime alone opens the same two files."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.plans.timing import HEADING, Timing, one_core, row, timing
from recommender import effect, intensity
from recommender.onnx_model import ONNX_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

ALLOWED_MS = 300
_CLOCK = "import time; begun = time.perf_counter(), time.process_time()"
_STOP = "print(time.perf_counter() - begun[0], time.process_time() - begun[1])"
_OURS = "from recommender import effect, intensity; intensity.load(); effect.load()"
_LOADED = "from recommender import effect, intensity; import onnxruntime"
_BARE = "import onnxruntime; [onnxruntime.InferenceSession(path) for path in {paths}]"
WAIT_S = 60.0


def measure(turns: int) -> dict[str, Timing]:
    """Load turn by turn, each time in a new process.

    Raises:
        subprocess.SubprocessError: a process fails or hangs.
    """
    paths = [str(each.PACKAGED / ONNX_FILE) for each in (intensity, effect)]
    programs = {
        "both models, with their imports": f"{_CLOCK}; {_OURS}; {_STOP}",
        "both models, everything imported": f"{_LOADED}; {_CLOCK}; {_OURS}; {_STOP}",
        "onnxruntime alone, with its import": f"{_CLOCK}; {_BARE.format(paths=paths)}; {_STOP}",
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    with one_core():
        for _ in range(turns):
            for name, program in programs.items():
                taken[name].append(_run(program))
    return {name: timing(*zip(*pairs, strict=True)) for name, pairs in taken.items()}


def _run(program: str) -> tuple[float, float]:
    """How long it says that it took, by the clock and on the processor, in seconds."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=True)
    duration_s, cpu_s = map(float, done.stdout.split())
    return duration_s, cpu_s


def table(figures: dict[str, Timing]) -> Iterator[str]:
    """For people."""
    yield f"{'fresh process, one core':44}{HEADING[44:]}"
    for name, each in figures.items():
        yield row(name, each)
    yield f"ours, times onnxruntime alone: {ratio(figures):.2f} ({ALLOWED_MS} ms allowed)"


def ratio(figures: dict[str, Timing]) -> float:
    """Ours by the peer's, both with imports."""
    ours, _, bare = figures.values()
    return ours.median_ms / bare.median_ms
