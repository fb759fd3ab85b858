"""Which parts of the athlete matter where: for tiles of the picture and of the floor.

The renderer draws tile by tile, so that each pixel marches through a handful of parts instead of all of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.footage.body import Part
from vision.footage.skeleton import Array, unit

KEY_DIRECTION = unit(np.array([0.52, 0.95, 0.62]))
_OCCLUSION_REACH_M = 0.16
_FLOOR_OCCLUSION_REACH_M = 0.42
_LIGHT_STEPS_M = np.arange(0.0, 2.2, 0.08)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the picture is taken from; the columns of view are right, up, forward."""

    eye: Array
    view: Array
    focal: float

    def project(self, points: Array, size: tuple[int, int]) -> tuple[Array, Array, Array]:
        """Pixel x and y (from the bottom), and depth, of points (..., 3)."""
        seen = (points - self.eye) @ self.view
        scale = 0.5 * size[1] * self.focal / seen[..., 2]
        return 0.5 * size[0] + seen[..., 0] * scale, 0.5 * size[1] + seen[..., 1] * scale, seen[..., 2]


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle (x, y, width, height) with the parts seen in it and those that can block its light."""

    rectangle: tuple[int, int, int, int]
    seen: tuple[int, ...]
    blocking: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The bounding axes and radii of all parts, as arrays."""

    start: Array
    line: Array
    radius_m: Array

    def distances(self, points: Array) -> Array:
        """Distance of points (..., 3) to each part's bound (...,)."""
        to_point = points[..., None, :] - self.start
        squared = np.maximum((self.line**2).sum(axis=1), 1e-9)
        along = np.clip((to_point * self.line).sum(axis=-1) / squared, 0.0, 1.0)
        nearest = to_point - along[..., None] * self.line
        return np.asarray(np.sqrt((nearest**2).sum(axis=-1)) - self.radius_m, dtype=np.float64)


def _bounds(parts: list[Part]) -> _Bounds:
    start = np.stack([part.axis[0] for part in parts])
    line = np.stack([part.axis[1] for part in parts]) - start
    return _Bounds(start, line, np.array([part.bound_radius_m() for part in parts]))


def _indices(mask: Mask) -> tuple[int, ...]:
    return tuple(int(i) for i in np.flatnonzero(mask))


def _blockers(bounds: _Bounds) -> Mask:
    """Row i: the parts that can darken part i, by standing in its key light or by being near."""
    axis = bounds.start[:, None] + np.linspace(0.0, 1.0, 5)[None, :, None] * bounds.line[:, None]
    lit_path = axis[:, :, None] + _LIGHT_STEPS_M[:, None] * KEY_DIRECTION
    slack_m = bounds.radius_m[:, None] + 0.04
    blocked = bounds.distances(lit_path).min(axis=(1, 2)) < slack_m
    near = bounds.distances(axis).min(axis=1) < slack_m + _OCCLUSION_REACH_M
    return np.asarray(blocked | near)


def picture_tiles(parts: list[Part], camera: Camera, size: tuple[int, int], tile: int) -> list[Tile]:
    """The tiles of the picture in which the athlete can be seen."""
    bounds = _bounds(parts)
    ends = np.stack([bounds.start, bounds.start + bounds.line])
    x, y, depth = camera.project(ends, size)
    reach = bounds.radius_m * 0.5 * size[1] * camera.focal / (depth - bounds.radius_m)
    left, right = (x - reach).min(axis=0), (x + reach).max(axis=0)
    bottom, top = (y - reach).min(axis=0), (y + reach).max(axis=0)
    blockers = _blockers(bounds)
    tiles = []
    for y0 in range(0, size[1], tile):
        for x0 in range(0, size[0], tile):
            seen = (left < x0 + tile) & (right > x0) & (bottom < y0 + tile) & (top > y0)
            if seen.any():
                tiles.append(Tile((x0, y0, tile, tile), _indices(seen), _indices(blockers[seen].any(axis=0))))
    return tiles


def floor_tiles(parts: list[Part], area: Array, size: tuple[int, int], tile: int) -> list[Tile]:
    """The tiles of the floor (corner x, z and extent of its area in metres) that the athlete can darken."""
    bounds = _bounds(parts)
    metres_per_texel = area[2:] / np.array(size)
    slack_m = float(np.linalg.norm(metres_per_texel)) * tile / 2.0
    corners = [(x0, y0) for y0 in range(0, size[1], tile) for x0 in range(0, size[0], tile)]
    place = area[:2] + metres_per_texel * (np.array(corners) + tile / 2.0)
    centre = np.stack([place[:, 0], np.zeros(len(place)), place[:, 1]], axis=1)
    lit_path = centre[:, None] + _LIGHT_STEPS_M[:, None] * KEY_DIRECTION
    penumbra_m = 0.04 + 0.075 * _LIGHT_STEPS_M[:, None]
    blocked = (bounds.distances(lit_path) < slack_m + penumbra_m).any(axis=1)
    near = bounds.distances(centre) < slack_m + _FLOOR_OCCLUSION_REACH_M
    return [
        Tile((x0, y0, tile, tile), (), _indices(mask))
        for (x0, y0), mask in zip(corners, blocked | near, strict=True)
        if mask.any()
    ]
