from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.keypoints import Joint
from vision.training import camera
from vision.training.body import Body, joints
from vision.training.camera import FRAMES_PX, FRAMINGS, look
from vision.training.motion.waiting import stand

SEEDS = st.integers(0, 2**32 - 1)
TIMES_S = np.arange(20) / 10


def somebody(rng: np.random.Generator) -> np.ndarray:
    body = Body.sample(rng)
    return joints(body, stand(body, TIMES_S, rng))


@settings(max_examples=40)
@given(SEEDS)
def test_who_stands_stands_in_the_picture(seed: int) -> None:
    rng = np.random.default_rng(seed)
    view = look(somebody(rng), TIMES_S, rng)
    assert view.size_px in FRAMES_PX
    assert view.pixels.shape == (20, 17, 2)
    assert np.isfinite(view.pixels).all()
    assert view.depth_m.min() > 0
    shoulders = view.pixels[:, [Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER], 1].mean()
    hips = view.pixels[:, [Joint.LEFT_HIP, Joint.RIGHT_HIP], 1].mean()
    assert shoulders < hips
    inside = np.all((view.pixels > 0) & (view.pixels < np.array(view.size_px)), axis=-1)
    assert inside[:, 5:13].any(axis=1).all()


@settings(max_examples=40)
@given(SEEDS)
def test_no_view_is_a_mirror_image(seed: int) -> None:
    rng = np.random.default_rng(seed)
    view = look(somebody(rng), TIMES_S, rng)
    for name in ("SHOULDER", "HIP"):
        left, right = Joint[f"LEFT_{name}"], Joint[f"RIGHT_{name}"]
        nose, ears = view.depth_m[:, Joint.NOSE], view.depth_m[:, [3, 4]].mean(axis=1)
        facing = nose < ears - 0.06
        if facing.all():
            assert (view.pixels[:, left, 0] > view.pixels[:, right, 0]).mean() > 0.5


def test_every_side_and_height_is_filmed() -> None:
    rng = np.random.default_rng(1)
    people = somebody(rng)
    facing, tilts = [], []
    for _ in range(100):
        view = look(people, TIMES_S, rng)
        facing.append(float((view.depth_m[0, 3:5].mean() - view.depth_m[0, Joint.NOSE]) / 0.1))
        feet = view.depth_m[0, [Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE]].mean()
        tilts.append(float(view.depth_m[0, Joint.NOSE] - feet))
    assert min(facing) < -0.5
    assert max(facing) > 0.5
    assert min(tilts) < -0.3  # from above the head is nearer
    assert max(tilts) > 0.1


def test_some_people_are_cut_by_the_frame() -> None:
    rng = np.random.default_rng(2)
    people = somebody(rng)
    ankles = []
    for _ in range(100):
        view = look(people, TIMES_S, rng)
        low = view.pixels[:, [Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE], 1].min(axis=1)
        ankles.append(bool((low > view.size_px[1]).all()))
    assert 0.1 < np.mean(ankles) < 0.5
    assert sum(often for often, _ in FRAMINGS) == pytest.approx(1)


def test_twice_as_far_is_half_as_large() -> None:
    points = np.array([[[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [[2.0, 0.0, 0.0], [2.0, 1.0, 0.0]]])
    axes = camera._axes(0.0, 0.0, 0.0)
    seen = (points - np.array([-2.0, 0.0, 0.0])) @ axes.T
    sizes = np.abs(seen[:, 0, 1] - seen[:, 1, 1]) / seen[:, 0, 2]
    assert sizes[0] == pytest.approx(2 * sizes[1])


@settings(max_examples=30)
@given(st.floats(0, 6.28), st.floats(-1.2, 1.2), st.floats(-0.2, 0.2))
def test_a_camera_has_square_axes(azimuth: float, pitch: float, roll: float) -> None:
    axes = camera._axes(azimuth, pitch, roll)
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(axes) == pytest.approx(1)
