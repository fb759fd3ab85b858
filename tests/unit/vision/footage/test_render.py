"""What the renderer hands to the shader and to ffmpeg; no picture is drawn here."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from vision.footage.body import Material, Part, build
from vision.footage.motion import programme, skeleton_at
from vision.footage.skeleton import Array
from vision.offline.clip import Clip

render = pytest.importorskip("vision.footage.render", reason="needs moderngl, of the dev extra")
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    return build(skeleton_at(programme(), 3.0), 0.0)


@pytest.fixture(scope="module")
def uniforms(parts: list[Part]) -> dict[str, bytes]:
    found: dict[str, bytes] = render._uniforms(parts)
    return found


def floats(data: bytes, *shape: int) -> Array:
    return np.frombuffer(data, dtype="f4").reshape(shape).astype(np.float64)


def test_the_camera_looks_at_the_athlete_upright() -> None:
    camera = render._camera()
    assert camera.view.T @ camera.view == pytest.approx(np.eye(3), abs=1e-9)
    assert camera.view[:, 0][1] == pytest.approx(0)
    assert camera.view[:, 1][1] > 0.9
    x, y, depth = camera.project(render.LOOK_AT[None], (960, 540))
    assert (float(x[0]), float(y[0])) == pytest.approx((480, 270))
    assert float(depth[0]) == pytest.approx(float(np.linalg.norm(render.LOOK_AT - render.EYE)))


@pytest.mark.parametrize("at_s", [0.0, 2.0, 21.0, 30.0])
def test_the_athlete_stays_in_the_picture(at_s: float) -> None:
    points = np.concatenate([np.stack(part.axis) for part in build(skeleton_at(programme(), at_s), 0.0)])
    x, y, depth = render._camera().project(points, (960, 540))
    assert depth.min() > 0
    assert 0 < x.min() < x.max() < 960
    assert 0 < y.min() < y.max() < 540


def test_every_capsule_reaches_the_shader_with_its_part(
    parts: list[Part], uniforms: dict[str, bytes]
) -> None:
    ranges = np.frombuffer(uniforms["parts"], dtype="i4").reshape(len(parts), 4)
    ends = floats(uniforms["capsules"], -1, 4)
    assert len(ends) == 2 * ranges[-1, 1]
    assert (ranges[1:, 0] == ranges[:-1, 1]).all()
    for part, (first, last, material, _) in zip(parts, ranges, strict=True):
        assert Material(material) is part.material
        assert last - first == len(part.capsules)
        for capsule, rows in zip(part.capsules, ends[2 * first : 2 * last].reshape(-1, 2, 4), strict=True):
            start, end, start_radius_m, end_radius_m = capsule
            assert rows == pytest.approx(np.array([[*start, start_radius_m], [*end, end_radius_m]]), abs=1e-5)


def test_parts_that_melt_together_share_a_group(parts: list[Part], uniforms: dict[str, bytes]) -> None:
    groups = np.frombuffer(uniforms["parts"], dtype="i4").reshape(len(parts), 4)[:, 3]
    for at in range(1, len(parts)):
        assert groups[at] - groups[at - 1] == (parts[at].join_m == 0)


def test_frames_take_the_room_into_the_part(parts: list[Part], uniforms: dict[str, bytes]) -> None:
    for part, matrix in zip(parts, floats(uniforms["frames"], len(parts), 4, 4), strict=True):
        for local in (np.zeros(3), np.array([0.1, -0.2, 0.3])):
            assert np.array([*part.point(*local), 1.0]) @ matrix == pytest.approx([*local, 1.0], abs=1e-5)


def test_clip_planes_and_reach(parts: list[Part], uniforms: dict[str, bytes]) -> None:
    for part, plane in zip(parts, floats(uniforms["clips"], len(parts), 4), strict=True):
        if part.clip is None:
            assert plane == pytest.approx([0, 0, 0, -1])
        else:
            normal, point = part.clip
            assert plane[:3] @ point + plane[3] == pytest.approx(0, abs=1e-5)
            assert plane[:3] == pytest.approx(normal, abs=1e-6)
    near, far = floats(uniforms["march_range"], 2)
    away = [np.linalg.norm(point - render.EYE) for part in parts for point in part.axis]
    assert near < min(away) < max(away) < far


@needs_ffmpeg
def test_pictures_become_a_video_of_as_many_frames(tmp_path: Path) -> None:
    shades = (20, 120, 220)
    render.encode((np.full((48, 64, 3), shade, np.uint8) for shade in shades), (64, 48), tmp_path / "a.mp4")
    with Clip(tmp_path / "a.mp4") as clip:
        frames = [frame for _, frame in clip]
    assert [float(frame.mean()) for frame in frames] == pytest.approx(shades, abs=6)
    assert clip.fps == render.FPS


@needs_ffmpeg
def test_an_ffmpeg_that_gives_up_is_told_by_its_status(tmp_path: Path) -> None:
    pictures = (np.zeros((480, 640, 3), np.uint8) for _ in range(20))
    with pytest.raises(RuntimeError, match="ffmpeg ended with"):
        render.encode(pictures, (640, 480), tmp_path / "absent" / "a.mp4")
