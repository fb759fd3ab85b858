from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.keypoints import COCO_KEYPOINTS, FARTHEST_PX, SKELETON, Joint, Pose


def test_keypoints_are_coco() -> None:
    assert len(COCO_KEYPOINTS) == 17
    assert COCO_KEYPOINTS[Joint.LEFT_KNEE] == "left_knee"
    assert {joint for bone in SKELETON for joint in bone} == set(Joint)


def test_left_and_right_alternate_from_the_eyes_on() -> None:
    pairs = list(zip(COCO_KEYPOINTS[1::2], COCO_KEYPOINTS[2::2], strict=True))
    assert len(pairs) == 8
    assert all(left.replace("left_", "right_") == right for left, right in pairs)


def test_the_skeleton_is_symmetrical_and_names_each_bone_once() -> None:
    def other(joint: Joint) -> Joint:
        return joint if joint is Joint.NOSE else Joint(joint + 1 if joint % 2 else joint - 1)

    bones = {frozenset(bone) for bone in SKELETON}
    assert len(bones) == len(SKELETON)
    assert {frozenset(other(joint) for joint in bone) for bone in bones} == bones


def test_a_joint_is_an_index_in_json_and_numpy() -> None:
    assert json.dumps({"joint": Joint.LEFT_HIP}) == '{"joint": 11}'
    assert np.arange(17)[Joint.LEFT_HIP] == 11


@given(
    place=st.integers(0, 50),
    value=st.one_of(
        st.sampled_from([np.nan, np.inf, -np.inf, FARTHEST_PX, -FARTHEST_PX]), st.floats(2e6, 1e30)
    ),
)
def test_one_wrong_number_makes_a_pose_impossible(place: int, value: float) -> None:
    points = np.full((17, 3), 0.5, dtype=np.float32)
    assert Pose(points, 0.9).is_possible
    points.reshape(-1)[place] = value
    assert not Pose(points, 0.9).is_possible


@pytest.mark.parametrize(
    ("score", "possible"), [(0.0, True), (1.0, True), (float("nan"), False), (-0.1, False)]
)
def test_a_pose_needs_a_score(score: float, possible: bool) -> None:  # noqa: FBT001 - a table's column
    assert Pose(np.zeros((17, 3), dtype=np.float32), score).is_possible == possible
