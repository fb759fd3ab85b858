"""Culling against the truth: nothing that can be seen, or can cast a shadow, may be left out."""

import numpy as np
import pytest

from vision.footage.body import Part, build
from vision.footage.culling import KEY_DIRECTION, Camera, floor_tiles, picture_tiles
from vision.footage.motion import programme, skeleton_at
from vision.footage.skeleton import Array, unit

CAMERA = Camera(np.array([0.0, 1.0, 4.0]), np.diag([1.0, 1.0, -1.0]), 2.0)
SIZE, TILE = (480, 270), 30


@pytest.fixture(scope="module", params=[2.0, 19.5, 30.0])
def parts(request: pytest.FixtureRequest) -> list[Part]:
    return build(skeleton_at(programme(), request.param), 0.0)


def surface(part: Part, count: int = 40) -> Array:
    """Points on the part's capsules."""
    random = np.random.default_rng(5)
    places = []
    for start, end, start_radius_m, end_radius_m in part.capsules:
        for _ in range(count):
            share = random.random()
            radius_m = start_radius_m + share * (end_radius_m - start_radius_m)
            places.append(start + share * (end - start) + radius_m * unit(random.normal(size=3)))
    return np.array(places)


def test_projecting_keeps_proportions_and_looks_upwards() -> None:
    x, y, depth = CAMERA.project(np.array([[0.5, 1.0, 0.0], [0.0, 1.5, 0.0], [0.0, 1.5, 2.0]]), SIZE)
    assert x[0] - SIZE[0] / 2 == pytest.approx(y[1] - SIZE[1] / 2)
    assert y[2] - SIZE[1] / 2 == pytest.approx(2 * (y[1] - SIZE[1] / 2))
    assert depth == pytest.approx([4.0, 4.0, 2.0])


def test_every_point_of_every_part_is_in_a_tile_that_sees_it(parts: list[Part]) -> None:
    seen = {tile.rectangle[:2]: set(tile.seen) for tile in picture_tiles(parts, CAMERA, SIZE, TILE)}
    for index, part in enumerate(parts):
        x, y, _ = CAMERA.project(surface(part), SIZE)
        inside = (x >= 0) & (x < SIZE[0]) & (y >= 0) & (y < SIZE[1])
        for column, row in zip(x[inside], y[inside], strict=True):
            assert index in seen.get((int(column) // TILE * TILE, int(row) // TILE * TILE), set())


def test_what_is_seen_also_blocks_its_own_light(parts: list[Part]) -> None:
    for tile in picture_tiles(parts, CAMERA, SIZE, TILE):
        assert set(tile.seen) <= set(tile.blocking)


def test_tiles_do_not_overlap_and_most_of_the_work_is_spared(parts: list[Part]) -> None:
    tiles = picture_tiles(parts, CAMERA, SIZE, TILE)
    corners = [tile.rectangle[:2] for tile in tiles]
    assert len(set(corners)) == len(corners)
    assert all(x % TILE == y % TILE == 0 for x, y in corners)
    whole = (SIZE[0] // TILE) * (SIZE[1] // TILE) * len(parts)
    assert sum(len(tile.seen) for tile in tiles) < whole / 6


def test_every_shadow_on_the_floor_knows_what_casts_it(parts: list[Part]) -> None:
    area, size, tile = np.array([-2.3, -1.8, 3.9, 2.6]), (300, 200), 20
    tiles = {one.rectangle[:2]: set(one.blocking) for one in floor_tiles(parts, area, size, tile)}
    for index, part in enumerate(parts):
        points = surface(part, 10)
        # The light is followed for 2.2 m.
        points = points[(points[:, 1] > 0) & (points[:, 1] < 2.1 * KEY_DIRECTION[1])]
        shadow = points - KEY_DIRECTION * (points[:, 1:2] / KEY_DIRECTION[1])
        texel = (shadow[:, [0, 2]] - area[:2]) / area[2:] * size
        inside = ((texel >= 0) & (texel < size)).all(axis=1)
        for column, row in texel[inside]:
            assert index in tiles.get((int(column) // tile * tile, int(row) // tile * tile), set())


def test_far_away_the_floor_is_bright(parts: list[Part]) -> None:
    assert floor_tiles(parts, np.array([50.0, 50.0, 2.0, 2.0]), (60, 60), 20) == []
