"""Smoothing of keypoints in seconds, never in frames: a one-euro filter per point that trusts scores.

A point at rest is smoothed hard, a point in motion is followed closely, so that fast reps keep their depth.
After Casiez, Roussel and Vogel, "1 Euro Filter", CHI 2012.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from vision.counting.geometry import body_scale
from vision.keypoints import Pose


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


def _share(cutoff_hz: float, elapsed_s: float) -> float:
    """How far a first-order low-pass moves towards its input in the elapsed time."""
    return 1 - math.exp(-2 * math.pi * cutoff_hz * elapsed_s)


@dataclass(slots=True)
class _Point:
    """One keypoint, smoothed, and its speed in torso lengths a second."""

    x: float
    y: float
    score: float
    speed_x: float = 0.0
    speed_y: float = 0.0


class PoseSmoother:
    """Smooths one person's keypoints."""

    def __init__(self, settings: SmoothingSettings | None = None) -> None:
        self.settings = settings or SmoothingSettings()
        self._time_s = 0.0
        self._points: list[_Point] = []

    def reset(self) -> None:
        """The next pose is another person, or elsewhere."""
        self._points = []

    def update(self, time_s: float, pose: Pose) -> Pose:
        """The smoothed pose at this time; a time that does not advance changes nothing."""
        if not self._points:
            self._points = [_Point(*row) for row in pose.points.tolist()]
            self._time_s = time_s
            return pose
        elapsed_s = time_s - self._time_s
        if elapsed_s > 0:
            self._time_s = time_s
            self._follow(pose, elapsed_s)
        smooth = [(point.x, point.y, point.score) for point in self._points]
        return Pose(np.array(smooth, dtype=np.float32), pose.score)

    def _follow(self, pose: Pose, elapsed_s: float) -> None:
        settings = self.settings
        torso_px_s = body_scale(pose.points) * elapsed_s
        speed_share = _share(settings.speed_hz, elapsed_s)
        score_share = 1 - math.exp(-elapsed_s / settings.score_s)
        for point, (x, y, score) in zip(self._points, pose.points.tolist(), strict=True):
            trust = min(max(score / settings.trusted_score, 0.0), 1.0)
            way_x, way_y = x - point.x, y - point.y
            point.speed_x += trust * speed_share * (way_x / torso_px_s - point.speed_x)
            point.speed_y += trust * speed_share * (way_y / torso_px_s - point.speed_y)
            pace = math.hypot(point.speed_x, point.speed_y)
            share = _share((settings.rest_hz + settings.hz_per_speed * pace) * trust, elapsed_s)
            point.x += share * way_x
            point.y += share * way_y
            point.score += score_share * (score - point.score)
