"""A picture of the count over time: depth, phase and where each rep was counted."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.counting.counter import CountStatus, PhaseName
    from vision.counting.reps import Rep
    from vision.offline.onlooker import Step

WIDTH, HEIGHT = 1600, 480
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 60, 90
BAND = 16
Colour = tuple[int, int, int]
PAPER: Colour = (255, 255, 255)
INK: Colour = (40, 40, 40)
GRID: Colour = (225, 225, 225)
CURVE: Colour = (190, 90, 20)
FULL: Colour = (60, 150, 40)
PARTIAL: Colour = (0, 140, 240)
PHASES: dict[PhaseName, Colour] = {
    "up": (170, 210, 150),
    "between": (200, 200, 200),
    "down": (90, 160, 230),
    "unknown": (245, 245, 245),
}
TICKS_MOST = 16


class PlotError(RuntimeError):
    """The plot cannot be written."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment of a count."""

    time_s: float
    status: CountStatus


class Plot:
    """Collects a count and draws it at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._samples: list[Sample] = []
        self._reps: list[Rep] = []

    def open(self, width: int, height: int, fps: float) -> None:  # noqa: ARG002 - the onlooker's protocol
        """Check early that the picture can be written.

        Raises:
            PlotError: it cannot.
        """
        if self._path.suffix.lower() != ".png":
            raise PlotError(f"the plot {self._path} must end in .png")
        if not self._path.parent.is_dir():
            raise PlotError(f"cannot write {self._path}: there is no folder {self._path.parent}")

    def see(self, step: Step) -> None:
        """Remember one moment."""
        self._samples.append(Sample(step.time_s, step.status))
        self._reps += step.finished

    def close(self) -> None:
        """Draw and write.

        Raises:
            PlotError: the file cannot be written.
        """
        _, encoded = cv2.imencode(".png", draw(self._samples, self._reps))
        try:
            self._path.write_bytes(encoded.tobytes())
        except OSError as error:
            raise PlotError(f"cannot write {self._path}: {error.strerror}") from error


def draw(samples: list[Sample], reps: list[Rep]) -> NDArray[np.uint8]:
    """The picture."""
    image = np.full((HEIGHT, WIDTH, 3), PAPER, dtype=np.uint8)
    begin = samples[0].time_s if samples else 0.0
    end = max(samples[-1].time_s if samples else 1.0, begin + 0.1)
    axis = _Axis(begin, end)
    _draw_grid(image, axis)
    _draw_phases(image, axis, samples)
    _draw_curve(image, axis, samples)
    _draw_reps(image, axis, reps)
    return image


@dataclass(frozen=True, slots=True)
class _Axis:
    begin_s: float
    end_s: float

    def x(self, time_s: float) -> int:
        return round(LEFT + (time_s - self.begin_s) / (self.end_s - self.begin_s) * (WIDTH - LEFT - RIGHT))

    def y(self, depth: float) -> int:
        return round(TOP + depth * (HEIGHT - TOP - BOTTOM))


def _text(image: NDArray[np.uint8], text: str, place: tuple[int, int], colour: Colour = INK) -> None:
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)


def _draw_grid(image: NDArray[np.uint8], axis: _Axis) -> None:
    steps = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
    length_s = axis.end_s - axis.begin_s
    step_s = next((step for step in steps if length_s / step <= TICKS_MOST), length_s / TICKS_MOST)
    for tick in np.arange(np.ceil(axis.begin_s / step_s) * step_s, axis.end_s, step_s):
        x = axis.x(float(tick))
        cv2.line(image, (x, TOP), (x, HEIGHT - BOTTOM), GRID, 1)
        _text(image, f"{tick:g} s", (x - 12, HEIGHT - 20))
    for depth, name in ((0.0, "top"), (0.5, ""), (1.0, "bottom")):
        cv2.line(image, (LEFT, axis.y(depth)), (WIDTH - RIGHT, axis.y(depth)), GRID, 1)
        _text(image, name, (8, axis.y(depth) + 5))


def _draw_phases(image: NDArray[np.uint8], axis: _Axis, samples: list[Sample]) -> None:
    y = HEIGHT - BOTTOM + 18
    for sample, following in itertools.pairwise(samples):
        start, end = (axis.x(sample.time_s), y), (axis.x(following.time_s), y + BAND)
        cv2.rectangle(image, start, end, PHASES[sample.status.phase], -1)
    x = LEFT
    for phase, colour in PHASES.items():
        cv2.rectangle(image, (x, 12), (x + BAND, 12 + BAND), colour, -1)
        _text(image, phase, (x + BAND + 6, 25))
        x += 120


def _draw_curve(image: NDArray[np.uint8], axis: _Axis, samples: list[Sample]) -> None:
    for sample, following in itertools.pairwise(samples):
        if sample.status.depth is None or following.status.depth is None:
            continue
        start = (axis.x(sample.time_s), axis.y(sample.status.depth))
        end = (axis.x(following.time_s), axis.y(following.status.depth))
        cv2.line(image, start, end, CURVE, 2, cv2.LINE_AA)


def _draw_reps(image: NDArray[np.uint8], axis: _Axis, reps: list[Rep]) -> None:
    number = 0
    for rep in reps:
        colour = PARTIAL if rep.partial else FULL
        number += not rep.partial
        x = axis.x(rep.turned_s)
        cv2.line(image, (x, TOP), (x, HEIGHT - BOTTOM), colour, 1, cv2.LINE_AA)
        _text(image, "partial" if rep.partial else str(number), (x + 3, TOP - 6), colour)
        if rep.form and rep.form.verdict and rep.form.verdict != "good":
            _text(image, rep.form.verdict.partition("_")[0], (x + 3, TOP - 22), PARTIAL)
