"""A camera somewhere in the room: from joints in metres to pixels of a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vision.training.chance import either, happens

if TYPE_CHECKING:
    from vision.training.body import Array

WHOLE = range(17)
FRAMINGS: tuple[tuple[float, range], ...] = (
    (0.6, WHOLE),
    (0.18, range(13)),  # head to hips
    (0.12, range(15)),  # head to knees
    (0.06, range(5, 17)),  # without the head
    (0.04, range(5, 15)),
)
"""How often which joints are meant to be in the picture."""
FRAMES_PX = (
    (1280, 720),
    (1920, 1080),
    (640, 480),
    (640, 360),
    (854, 480),
    (720, 1280),
    (1080, 1920),
    (480, 640),
)
NEAREST_M = 0.9
IN_HAND_SHARE = 0.25
"""Of the cameras, held by somebody."""


@dataclass(frozen=True, slots=True)
class View:
    """What a camera sees.

    Attributes:
        pixels: (n, 17, 2).
        depth_m: (n, 17), from the camera along its axis.
        scale_px: pixels a metre at the person, on average.
        size_px: width and height of the frame.
    """

    pixels: Array
    depth_m: Array
    scale_px: float
    size_px: tuple[int, int]


def _axes(azimuth: float, pitch: float, roll: float) -> Array:
    """Rows right, down, forward of a camera that looks along the azimuth and down by the pitch; radians."""
    forward = np.array([np.cos(azimuth) * np.cos(pitch), -np.sin(pitch), np.sin(azimuth) * np.cos(pitch)])
    right = np.cross(forward, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    cos, sin = np.cos(roll), np.sin(roll)
    return np.stack([cos * right + sin * down, cos * down - sin * right, forward])


def look(joints: Array, times_s: Array, rng: np.random.Generator) -> View:
    """Film the joints (n, 17, 3) from anywhere around, standing, lying on the floor or hung at the wall."""
    width, height = FRAMES_PX[int(rng.integers(len(FRAMES_PX)))]
    meant = FRAMINGS[int(rng.choice(len(FRAMINGS), p=[often for often, _ in FRAMINGS]))][1]
    # Who walks up to the place may come from outside the picture.
    low = np.percentile(joints[:, meant].min(axis=1), 10, axis=0)
    high = np.percentile(joints[:, meant].max(axis=1), 90, axis=0)
    centre = (low + high) / 2
    view_angle = np.radians(rng.uniform(38, 80))  # along the longer side of the frame
    focal_px = max(width, height) / 2 / np.tan(view_angle / 2)
    azimuth = rng.uniform(0, 2 * np.pi)
    extent = high - low
    across_m = extent[0] * abs(np.sin(azimuth)) + extent[2] * abs(np.cos(azimuth)) + 0.2
    tall_m = extent[1] + 0.2
    if meant == WHOLE:
        share = either(rng, 0.15, (0.4, 0.95), (0.95, 1.3))
        distance = focal_px / share * max(across_m / width, tall_m / height) + 0.3 * np.hypot(*extent[::2])
    else:  # what is meant fills the picture one way, the rest is outside
        distance = (
            focal_px / rng.uniform(1.05, 1.6) * (across_m / width if across_m > tall_m else tall_m / height)
        )
    distance = max(distance, NEAREST_M)
    lens_m = rng.choice(
        [rng.uniform(0.2, 1.0), rng.uniform(1.0, 1.8), rng.uniform(1.8, 3.0)], p=[0.35, 0.4, 0.25]
    )
    down = float(np.clip((lens_m - centre[1]) / distance, -0.35, 0.8))
    pitch = np.arcsin(down)
    axes = _axes(azimuth, pitch, np.radians(rng.normal(0, 2.5)))
    place = centre - distance * axes[2]
    seen = (joints - place) @ axes.T
    depth = np.maximum(seen[..., 2], 0.3)
    aim = np.array([width, height]) * (0.5 + rng.normal(0, 0.06, 2))
    pixels = aim + focal_px * seen[..., :2] / depth[..., None]
    if happens(rng, IN_HAND_SHARE):
        shake = rng.uniform(0.002, 0.012) * max(width, height) * np.sqrt(0.7 * np.gradient(times_s))
        pixels += np.cumsum(shake[:, None] * rng.normal(0, 1, (len(times_s), 2)), axis=0)[:, None]
    return View(pixels, depth, float(focal_px / depth.mean()), (width, height))
