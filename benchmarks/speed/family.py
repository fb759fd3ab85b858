"""What a process and all that it started use, read from `/proc` (Linux)."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
OWN = ("Pss_Anon:", "Pss_Shmem:")


@dataclass(frozen=True, slots=True)
class Usage:
    """Totals of a family of processes at one moment.

    Attributes:
        at_s: monotonic seconds.
        cpu_s: processor time of those that live, user and system.
        own_mb: memory that is theirs, with what they share counted once; without pages of files, which the
            kernel takes back when it wants, and which weigh more as soon as other readers of them end.
    """

    at_s: float
    cpu_s: float
    own_mb: float

    def cpu_percent_since(self, before: Usage) -> float:
        """Per cent of one core between two moments."""
        return 100 * (self.cpu_s - before.cpu_s) / max(self.at_s - before.at_s, 1e-9)


def usage(root: int) -> Usage:
    """What the process `root` and its descendants use now."""
    parents, cpu_s = _processes()
    members = _descendants(root, parents)
    total_s = sum(cpu_s[pid] for pid in members)
    return Usage(time.monotonic(), total_s, sum(_own_kb(pid) for pid in members) / 1024)


def _processes() -> tuple[dict[int, int], dict[int, float]]:
    """Of every process, its parent and its processor time in seconds."""
    parents, cpu_s = {}, {}
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):  # it ended while we looked
            pid, (_, parent, *fields) = int(folder.name), _stat(folder)
            parents[pid] = int(parent)
            cpu_s[pid] = (int(fields[9]) + int(fields[10])) / TICKS_PER_S
    return parents, cpu_s


def _stat(folder: Path) -> list[str]:
    """Fields from the state on; the name before it may hold spaces and brackets."""
    return (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def _descendants(root: int, parents: dict[int, int]) -> list[int]:
    children = defaultdict(list)
    for pid, parent in parents.items():
        children[parent].append(pid)
    found = [root] if root in parents else []
    for pid in found:  # grows while it is walked
        found += children[pid]
    return found


def _own_kb(pid: int) -> int:
    """Proportional set size without pages of files (`proc_pid_smaps_rollup`, proc(5))."""
    with suppress(OSError):
        lines = (PROC / str(pid) / "smaps_rollup").read_text(encoding="utf-8").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(OWN))
    return 0
