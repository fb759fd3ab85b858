"""Smoothing of keypoints in seconds, never in frames: a one-euro filter per point that trusts scores.

A point at rest is smoothed hard, a point in motion is followed closely, so that fast reps keep their depth.
After Casiez, Roussel and Vogel, "1 Euro Filter", CHI 2012.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vision.counting.geometry import body_scale
from vision.keypoints import Pose

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SmoothingSettings:
    """How hard to smooth.

    Attributes:
        rest_hz: cut-off frequency for a point at rest.
        hz_per_speed: rise of the cut-off per torso length a second of speed.
        speed_hz: cut-off of the speed estimate itself.
        trusted_score: a point with this score or more is followed at full pace, a lesser one more slowly.
        score_s: time constant of the scores.
    """

    rest_hz: float = 1.5
    hz_per_speed: float = 3.0
    speed_hz: float = 3.0
    trusted_score: float = 0.5
    score_s: float = 0.15

    def harder(self, factor: float) -> SmoothingSettings:
        """So many times as hard: a point takes as many times as long to follow."""
        return replace(self, rest_hz=self.rest_hz / factor, hz_per_speed=self.hz_per_speed / factor)


def _share(cutoff_hz: NDArray[np.float64] | float, elapsed_s: float) -> NDArray[np.float64]:
    """How far a first-order low-pass moves towards its input in the elapsed time."""
    share: NDArray[np.float64] = 1 - np.exp(
        -2 * math.pi * np.asarray(cutoff_hz, dtype=np.float64) * elapsed_s
    )
    return share


class PoseSmoother:
    """Smooths one person's keypoints."""

    def __init__(self, settings: SmoothingSettings | None = None) -> None:
        self.settings = settings or SmoothingSettings()
        self._time_s = 0.0
        self._points: NDArray[np.float64] | None = None
        self._speeds = np.zeros((17, 2))

    def reset(self) -> None:
        """The next pose is another person, or elsewhere."""
        self._points = None

    def update(self, time_s: float, pose: Pose) -> Pose:
        """The smoothed pose at this time; a time that does not advance changes nothing."""
        new = pose.points.astype(np.float64)
        if self._points is None:
            self._points, self._speeds, self._time_s = new, np.zeros((17, 2)), time_s
            return pose
        elapsed_s = time_s - self._time_s
        if elapsed_s > 0:
            self._time_s = time_s
            self._points = self._moved(self._points, new, elapsed_s)
        return Pose(self._points.astype(np.float32), pose.score)

    def _moved(
        self, old: NDArray[np.float64], new: NDArray[np.float64], elapsed_s: float
    ) -> NDArray[np.float64]:
        settings = self.settings
        trust = np.clip(new[:, 2:] / settings.trusted_score, 0, 1)
        speeds = (new[:, :2] - old[:, :2]) / elapsed_s / body_scale(new)
        self._speeds = self._speeds + trust * _share(settings.speed_hz, elapsed_s) * (speeds - self._speeds)
        pace = np.linalg.norm(self._speeds, axis=1, keepdims=True)
        cutoff_hz = settings.rest_hz + settings.hz_per_speed * pace
        moved = old.copy()
        moved[:, :2] += _share(cutoff_hz * trust, elapsed_s) * (new[:, :2] - old[:, :2])
        moved[:, 2] += (1 - math.exp(-elapsed_s / settings.score_s)) * (new[:, 2] - old[:, 2])
        return moved
