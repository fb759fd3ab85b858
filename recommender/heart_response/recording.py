"""A recording of load and heart rate, and the CSV files that hold many."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

COLUMNS: Final = ("id", "time_s", "load", "hr_bpm")
LOWEST_BPM: Final = 25.0
HIGHEST_BPM: Final = 250.0
"""A rate outside of these is an artefact of the band and taken as unknown."""
LONGEST_S: Final = 86_400.0


class RecordingError(ValueError):
    """A file of recordings cannot be used; the text says which line and why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Samples of one session.

    Attributes:
        times_s: (n,) rising strictly.
        loads: (n,), each from its time to the next; 0 or more.
        rates_bpm: (n,), NaN where unknown.
    """

    times_s: NDArray[np.float64]
    loads: NDArray[np.float64]
    rates_bpm: NDArray[np.float64]

    def resampled(self, step_s: float) -> Recording:
        """Means over equal steps; a load holds until the next one, a rate that is missing stays missing."""
        grid_s = np.arange(self.times_s[0], self.times_s[-1] + step_s, step_s)
        own = np.clip(np.searchsorted(grid_s, self.times_s, side="right") - 1, 0, len(grid_s) - 1)
        known = np.isfinite(self.rates_bpm)
        counts = np.bincount(own[known], minlength=len(grid_s))
        sums = np.bincount(own[known], self.rates_bpm[known], minlength=len(grid_s))
        rates = np.divide(sums, counts, out=np.full(len(grid_s), np.nan), where=counts > 0)
        edges_s = np.append(grid_s, grid_s[-1] + step_s)
        return Recording(grid_s, np.diff(self._load_until(edges_s)) / step_s, rates)

    def known_until(self, time_s: float) -> Recording:
        """The same loads, with the rates up to a time alone: what is known while the rest is planned."""
        return Recording(self.times_s, self.loads, np.where(self.times_s <= time_s, self.rates_bpm, np.nan))

    def _load_until(self, edges_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """The load summed over the time from the first sample to each edge."""
        sums = np.concatenate([[0.0], np.cumsum(self.loads[:-1] * np.diff(self.times_s))])
        here = np.clip(np.searchsorted(self.times_s, edges_s, side="right") - 1, 0, len(self.times_s) - 1)
        total: NDArray[np.float64] = sums[here] + self.loads[here] * (edges_s - self.times_s[here])
        return total


def read_recordings(path: Path) -> dict[str, Recording]:
    """Recordings of a CSV file with the columns `id,time_s,load,hr_bpm`, by id in the order of the file.

    A rate may be empty where it is not known (or is to be predicted). Rows of one id may stand anywhere and
    in any order; of two rows at the same time the later one counts.

    Raises:
        RecordingError: no such columns, or a value that is no number or out of range.
        OSError: the file cannot be read.
    """
    samples: dict[str, dict[float, tuple[float, float]]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise RecordingError(
                    f"{path}: no column {', '.join(missing)}; needed are {','.join(COLUMNS)}"
                )
            for row in rows:
                where = f"{path}, line {rows.line_num}"
                time_s = _number(row["time_s"], "time_s", where, most=LONGEST_S)
                load = _number(row["load"], "load", where)
                samples.setdefault(_id(row["id"], where), {})[time_s] = (load, _rate(row["hr_bpm"], where))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RecordingError(f"{path} is not a CSV file of text: {error}") from error
    if not samples:
        raise RecordingError(f"{path} holds no samples")
    return {name: _recording(of_one) for name, of_one in samples.items()}


def _recording(samples: dict[float, tuple[float, float]]) -> Recording:
    times_s = np.array(sorted(samples))
    loads, rates = np.array([samples[time_s] for time_s in times_s.tolist()]).T
    return Recording(times_s, loads, rates)


def _id(text: str | None, where: str) -> str:
    if not text:
        raise RecordingError(f"{where}: the id is empty")
    return text


def _number(text: str | None, name: str, where: str, most: float = math.inf) -> float:
    try:
        value = float(text or "")
    except ValueError:
        raise RecordingError(f"{where}: {name} is not a number: {text!r}") from None
    if not 0 <= value <= most or math.isinf(value):
        raise RecordingError(f"{where}: {name} of {value:g} is out of range")
    return value


def _rate(text: str | None, where: str) -> float:
    if not text:
        return math.nan
    value = _number(text, "hr_bpm", where)
    return value if LOWEST_BPM <= value <= HIGHEST_BPM else math.nan
