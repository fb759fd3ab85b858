from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.keypoints import Joint
from vision.training import body as bodies
from vision.training.body import Body, Posture, joined, joints
from vision.training.motion.waiting import stand

SEEDS = st.integers(0, 2**32 - 1)
ANGLES = st.floats(-180, 180)
BONES = {
    (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW): "upper_arm",
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW): "upper_arm",
    (Joint.LEFT_ELBOW, Joint.LEFT_WRIST): "forearm",
    (Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST): "forearm",
    (Joint.LEFT_HIP, Joint.LEFT_KNEE): "thigh",
    (Joint.RIGHT_HIP, Joint.RIGHT_KNEE): "thigh",
    (Joint.LEFT_KNEE, Joint.LEFT_ANKLE): "shank",
    (Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE): "shank",
}


def standing(seed: int = 1, count: int = 40) -> tuple[Body, Posture]:
    rng = np.random.default_rng(seed)
    body = Body.sample(rng)
    return body, stand(body, np.arange(count) / 10, rng)


def nonsense(seed: int) -> Posture:
    """Any numbers at all."""
    rng = np.random.default_rng(seed)
    shapes = {
        "pelvis": (9, 3),
        "trunk": (9, 3),
        "bend": (9,),
        "head": (9, 2),
        "wrist": (9, 2, 3),
        "elbow_pole": (9, 2, 3),
        "ankle": (9, 2, 3),
        "knee_pole": (9, 2, 3),
    }
    return Posture(**{name: rng.normal(0, 2, shape) for name, shape in shapes.items()})


@settings(max_examples=30)
@given(SEEDS)
def test_bones_keep_their_length_whatever_the_posture(seed: int) -> None:
    body = Body.sample(np.random.default_rng(seed))
    places = joints(body, nonsense(seed))
    for (first, last), bone in BONES.items():
        lengths = np.linalg.norm(places[:, first] - places[:, last], axis=-1)
        assert lengths == pytest.approx(getattr(body, bone), rel=1e-6)
    hips = places[:, Joint.LEFT_HIP] - places[:, Joint.RIGHT_HIP]
    assert np.linalg.norm(hips, axis=-1) == pytest.approx(2 * body.hip)


@settings(max_examples=30)
@given(SEEDS)
def test_people_are_of_human_proportions(seed: int) -> None:
    body = Body.sample(np.random.default_rng(seed))
    assert 1.45 <= body.stature <= 2.0
    assert 0.28 < body.arm / body.stature < 0.42
    assert 0.40 < body.leg / body.stature < 0.60
    assert body.hip < body.shoulder < body.torso


@settings(max_examples=30)
@given(ANGLES, ANGLES, ANGLES)
def test_frames_are_right_handed_and_square(pitch: float, roll: float, yaw: float) -> None:
    frame = bodies.frames(np.array([pitch]), np.array([roll]), np.array([yaw]))[0]
    assert frame.T @ frame == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(frame) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("angles", "forward", "up"),
    [
        ((0, 0, 0), (1, 0, 0), (0, 1, 0)),
        ((90, 0, 0), (0, -1, 0), (1, 0, 0)),
        ((0, 90, 0), (1, 0, 0), (0, 0, 1)),
        ((0, 0, 90), (0, 0, 1), (0, 1, 0)),
    ],
    ids=["upright", "leant forward", "leant to the right", "turned to the right"],
)
def test_frames_turn_the_way_they_say(
    angles: tuple[int, ...], forward: tuple[int, ...], up: tuple[int, ...]
) -> None:
    frame = bodies.frames(*(np.array([float(angle)]) for angle in angles))[0]
    assert frame[:, 0] == pytest.approx(forward, abs=1e-9)
    assert frame[:, 1] == pytest.approx(up, abs=1e-9)


def test_who_stands_has_the_head_up_and_the_right_side_right() -> None:
    body, posture = standing()
    places = joints(body, posture)
    height = places[..., 1]
    assert (height[:, Joint.NOSE] > height[:, Joint.LEFT_SHOULDER]).all()
    assert (height[:, Joint.LEFT_SHOULDER] > height[:, Joint.LEFT_HIP]).all()
    assert (height[:, Joint.LEFT_HIP] > height[:, Joint.LEFT_KNEE]).all()
    assert (places[:, Joint.RIGHT_HIP, 2] > places[:, Joint.LEFT_HIP, 2]).all()
    assert (places[:, Joint.NOSE, 0] > places[:, Joint.LEFT_EAR, 0]).all()
    assert 0.8 * body.stature < height[:, Joint.LEFT_EYE].mean() < body.stature


@settings(max_examples=30)
@given(SEEDS, st.floats(2, 150))
def test_a_bent_limb_is_found_again_from_its_end(seed: int, flexion: float) -> None:
    rng = np.random.default_rng(seed)
    root, first, towards = rng.normal(size=(3, 1, 3))
    if np.linalg.norm(np.cross(first, towards)) < 0.1:
        return
    lengths = (0.3, 0.25)
    end = bodies.bent(root, first, towards, np.array([flexion]), lengths)
    pole = -bodies.across(towards, bodies.unit(first))
    middle, found = bodies.two_bone(root, end, lengths, pole)
    assert found == pytest.approx(end, abs=1e-3)
    assert middle == pytest.approx(root + lengths[0] * bodies.unit(first), abs=0.02)


def test_a_hand_out_of_reach_is_reached_for() -> None:
    root, target = np.zeros((1, 3)), np.array([[10.0, 0.0, 0.0]])
    _, end = bodies.two_bone(root, target, (0.3, 0.25), np.array([[0.0, 1.0, 0.0]]))
    assert end[0, 0] == pytest.approx(0.55, rel=0.01)
    assert end[0, 1:] == pytest.approx([0, 0])


@settings(max_examples=30)
@given(SEEDS, st.floats(0, 1))
def test_a_blend_lies_between(seed: int, share: float) -> None:
    one, other = nonsense(seed), nonsense(seed + 1)
    shares = np.full(len(one), share)
    mixed = one.blend(other, shares)
    assert mixed.pelvis == pytest.approx((1 - share) * one.pelvis + share * other.pelvis)
    assert one.blend(other, 0 * shares).wrist == pytest.approx(one.wrist)
    assert one.blend(other, 0 * shares + 1).knee_pole == pytest.approx(other.knee_pole)


def test_a_body_moves_as_a_whole() -> None:
    body, posture = standing()
    offset = np.array([1.0, 0.2, -3.0])
    assert joints(body, posture.moved(offset)) == pytest.approx(joints(body, posture) + offset)
    each = np.linspace(0, 1, len(posture))[:, None] * offset
    assert joints(body, posture.moved(each)) == pytest.approx(joints(body, posture) + each[:, None])


def test_postures_join_and_hold() -> None:
    _, posture = standing()
    held = posture.at(-1, 7)
    whole = joined([posture, held])
    assert len(whole) == len(posture) + 7
    assert (whole.wrist[-7:] == posture.wrist[-1]).all()


def test_a_raised_hand_takes_its_shoulder_along() -> None:
    body, posture = standing(count=2)
    trunk = bodies.torso(body, posture.pelvis, posture.trunk, posture.bend)
    up = trunk.shoulder + body.arm * trunk.chest_frame[:, None, :, 1]
    assert np.linalg.norm(body.lift(trunk, up), axis=-1) == pytest.approx(bodies.SHOULDER_LIFT * body.arm)
    assert body.lift(trunk, 2 * trunk.shoulder - up) == pytest.approx(0)
