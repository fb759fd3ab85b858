"""The demo footage: a motion a body could make, its truth, and a clip that matches both."""

import json
from itertools import pairwise

import cv2
import numpy as np
import pytest

from vision.footage import clip_path, truth_path
from vision.footage.body import Material, build
from vision.footage.culling import KEY_DIRECTION, Camera, floor_tiles, picture_tiles
from vision.footage.motion import (
    PUSHUPS,
    SQUATS,
    Programme,
    Track,
    breath,
    plank,
    pose_at,
    programme,
    skeleton_at,
    squat,
)
from vision.footage.skeleton import (
    FOREARM_M,
    SHANK_M,
    THIGH_M,
    UPPER_ARM_M,
    Array,
    Pose,
    Skeleton,
    angle_deg,
    rotation,
    solve,
    two_bone,
)
from vision.footage.truth import FPS, frame_count, truth

JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "ball")


@pytest.fixture(scope="module")
def script() -> Programme:
    return programme()


@pytest.fixture(scope="module")
def frames(script: Programme) -> list[tuple[float, Pose, Skeleton]]:
    times_s = np.arange(frame_count(script)) / FPS
    poses = [pose_at(script, float(time_s)) for time_s in times_s]
    return [(float(time_s), pose, solve(pose)) for time_s, pose in zip(times_s, poses, strict=True)]


def joints(skeleton: Skeleton) -> Array:
    return np.concatenate([*(getattr(skeleton, name) for name in JOINTS), skeleton.head[None]])


def elbow_deg(skeleton: Skeleton, side: int = 1) -> float:
    return angle_deg(skeleton.shoulder[side], skeleton.elbow[side], skeleton.wrist[side])


def knee_deg(skeleton: Skeleton, side: int = 1) -> float:
    return angle_deg(skeleton.hip[side], skeleton.knee[side], skeleton.ankle[side])


class TestTrack:
    def test_passes_through_its_keys(self) -> None:
        track = Track([0.0, 1.0, 3.0], [np.array([0.0]), np.array([2.0]), np.array([1.0])])
        assert [float(track.at(t)[0]) for t in (0.0, 1.0, 3.0)] == pytest.approx([0.0, 2.0, 1.0])

    def test_never_overshoots(self) -> None:
        track = Track([0.0, 1.0, 1.2, 4.0], [np.array([v]) for v in (0.0, 1.0, 1.0, -0.5)])
        values = [float(track.at(t)[0]) for t in np.linspace(0.0, 4.0, 400)]
        assert max(values) <= 1.0 + 1e-12
        assert min(values) >= -0.5 - 1e-12

    def test_holds_still_between_equal_keys(self) -> None:
        track = Track([0.0, 1.0, 2.0, 3.0], [np.array([v]) for v in (0.0, 1.0, 1.0, 0.0)])
        assert [float(track.at(t)[0]) for t in (1.0, 1.3, 1.9)] == pytest.approx([1.0, 1.0, 1.0])

    def test_holds_outside_its_times(self) -> None:
        track = Track([1.0, 2.0], [np.array([3.0]), np.array([4.0])])
        assert float(track.at(-5.0)[0]) == pytest.approx(3.0)
        assert float(track.at(9.0)[0]) == pytest.approx(4.0)

    def test_starts_and_ends_at_rest(self) -> None:
        track = Track([0.0, 1.0], [np.array([0.0]), np.array([1.0])])
        assert float(track.at(0.001)[0]) < 1e-5
        assert float(track.at(0.999)[0]) > 1.0 - 1e-5


class TestSkeleton:
    def test_pose_survives_flattening(self) -> None:
        pose = squat(0.6, 0.3)
        again = Pose.from_vector(pose.vector())
        assert np.array_equal(again.vector(), pose.vector())
        assert again.wrist.shape == (2, 3)

    def test_rotation_leans_forward_right_and_turns_right(self) -> None:
        forward, up = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
        assert rotation(90.0) @ up == pytest.approx(forward, abs=1e-12)
        assert (rotation(0.0, 30.0) @ up)[2] > 0.0
        assert (rotation(0.0, 0.0, 30.0) @ forward)[2] > 0.0

    def test_two_bones_reach_the_target_and_bend_to_the_pole(self) -> None:
        root, target = np.zeros(3), np.array([0.0, -0.4, 0.0])
        middle, end = two_bone(root, target, 0.3, 0.25, np.array([1.0, 0.0, 0.0]))
        assert end == pytest.approx(target)
        assert np.linalg.norm(middle) == pytest.approx(0.3)
        assert np.linalg.norm(end - middle) == pytest.approx(0.25)
        assert middle[0] > 0.0

    def test_two_bones_stop_short_of_what_they_cannot_reach(self) -> None:
        _, end = two_bone(np.zeros(3), np.array([2.0, 0.0, 0.0]), 0.3, 0.25, np.array([0.0, 1.0, 0.0]))
        assert 0.54 < end[0] < 0.55

    def test_frames_are_rotations(self) -> None:
        skeleton = solve(plank(0.7, 0.5))
        for frame in (skeleton.chest_frame, skeleton.head_frame, *skeleton.hand_frame, *skeleton.toe_frame):
            assert frame.T @ frame == pytest.approx(np.eye(3), abs=1e-9)
            assert np.linalg.det(frame) == pytest.approx(1.0)


class TestMotion:
    def test_moves_without_jumps(self, frames: list[tuple[float, Pose, Skeleton]]) -> None:
        places = np.stack([joints(skeleton) for _, _, skeleton in frames])
        steps = np.diff(places, axis=0)
        assert np.linalg.norm(steps, axis=2).max() < 0.11
        # Nor does any joint change its speed abruptly: 25 m/s2 is a brisk human limb.
        assert np.abs(np.diff(steps, axis=0)).max() * FPS**2 < 30.0

    def test_is_continuous_where_the_parts_meet(self, script: Programme) -> None:
        for seam_s in (float(script.getting_up.times_s[0]), float(script.getting_up.times_s[-1])):
            before, after = (joints(skeleton_at(script, seam_s + d)) for d in (-1e-6, 1e-6))
            assert before == pytest.approx(after, abs=1e-4)

    @pytest.mark.parametrize(
        ("first", "second", "length_m"),
        [
            ("shoulder", "elbow", UPPER_ARM_M),
            ("elbow", "wrist", FOREARM_M),
            ("hip", "knee", THIGH_M),
            ("knee", "ankle", SHANK_M),
        ],
    )
    def test_bones_keep_their_length(
        self, frames: list[tuple[float, Pose, Skeleton]], first: str, second: str, length_m: float
    ) -> None:
        bones = [getattr(skeleton, first) - getattr(skeleton, second) for _, _, skeleton in frames]
        assert np.abs(np.linalg.norm(np.stack(bones), axis=2) - length_m).max() < 1e-9

    def test_every_hand_and_foot_is_where_the_pose_wants_it(
        self, frames: list[tuple[float, Pose, Skeleton]]
    ) -> None:
        missed = [(skeleton.wrist - pose.wrist, skeleton.ball - pose.ball) for _, pose, skeleton in frames]
        assert np.abs(np.array(missed)).max() < 2e-3

    def test_hands_and_feet_stay_planted_in_push_ups(
        self, script: Programme, frames: list[tuple[float, Pose, Skeleton]]
    ) -> None:
        bout = [skeleton for time_s, _, skeleton in frames if time_s < script.getting_up.times_s[0]]
        for name in ("wrist", "ball"):
            assert np.ptp(np.stack([getattr(s, name) for s in bout]), axis=0).max() < 1e-3

    def test_feet_stay_planted_in_squats(
        self, script: Programme, frames: list[tuple[float, Pose, Skeleton]]
    ) -> None:
        bout = [skeleton for time_s, _, skeleton in frames if time_s > script.getting_up.times_s[-1]]
        for name in ("ankle", "ball"):
            assert np.ptp(np.stack([getattr(s, name) for s in bout]), axis=0).max() < 1e-3

    def test_nothing_sinks_into_the_floor(self, frames: list[tuple[float, Pose, Skeleton]]) -> None:
        assert min(float(joints(skeleton)[:, 1].min()) for _, _, skeleton in frames) > -1e-9
        assert min(float(skeleton.knee[:, 1].min()) for _, _, skeleton in frames) > 0.08

    def test_push_ups_use_the_full_range(self, script: Programme) -> None:
        for bottom_s in script.pushup_bottoms_s:
            assert 60.0 < elbow_deg(skeleton_at(script, bottom_s)) < 85.0
        assert elbow_deg(skeleton_at(script, 0.0)) > 160.0

    def test_push_ups_keep_the_body_straight(self, script: Programme) -> None:
        for time_s in np.arange(0.0, float(script.getting_up.times_s[0]), 0.1):
            skeleton = skeleton_at(script, float(time_s))
            assert angle_deg(skeleton.shoulder[1], skeleton.hip[1], skeleton.ankle[1]) > 160.0
            assert knee_deg(skeleton) > 160.0

    def test_squats_use_the_full_range(self, script: Programme) -> None:
        for bottom_s in script.squat_bottoms_s:
            assert 55.0 < knee_deg(skeleton_at(script, bottom_s)) < 85.0
        assert knee_deg(skeleton_at(script, script.duration_s)) > 168.0

    def test_starts_in_a_plank_and_ends_standing(self, script: Programme) -> None:
        for time_s in (0.0, 0.5, 1.0):
            assert skeleton_at(script, time_s).head[1] < 0.8
        for rest_s in (0.0, 0.5, 0.9):
            assert skeleton_at(script, script.duration_s - rest_s).head[1] > 1.5

    def test_sides_differ_a_little(self, frames: list[tuple[float, Pose, Skeleton]]) -> None:
        differences = [abs(elbow_deg(skeleton, 0) - elbow_deg(skeleton, 1)) for _, _, skeleton in frames]
        assert 0.5 < max(differences) < 15.0

    def test_breathes(self) -> None:
        breaths = [breath(float(t)) for t in np.arange(0.0, 10.0, 0.04)]
        assert max(breaths) > 0.95
        assert min(breaths) < -0.95

    def test_is_the_same_every_time(self, script: Programme) -> None:
        assert joints(skeleton_at(programme(), 12.34)) == pytest.approx(
            joints(skeleton_at(script, 12.34)), abs=0.0
        )


class TestTruth:
    def test_counts_are_the_programmes(self, script: Programme) -> None:
        facts = truth(script, "a.mp4", 960, 540)
        assert [(bout["exercise"], bout["reps"]) for bout in facts["exercises"]] == [
            ("pushup", len(PUSHUPS)),
            ("squat", len(SQUATS)),
        ]

    @pytest.mark.parametrize(("bout", "joint"), [(0, "shoulder"), (1, "hip")])
    def test_bottoms_are_the_lowest_points_of_the_motion(
        self, script: Programme, frames: list[tuple[float, Pose, Skeleton]], bout: int, joint: str
    ) -> None:
        bottoms_s = truth(script, "a.mp4", 960, 540)["exercises"][bout]["bottoms_s"]
        for bottom_s in bottoms_s:
            near = [(time_s, skeleton) for time_s, _, skeleton in frames if abs(time_s - bottom_s) < 0.5]
            lowest_s = min(near, key=lambda item: float(getattr(item[1], joint)[:, 1].mean()))[0]
            assert lowest_s == pytest.approx(bottom_s, abs=1.5 / FPS)

    def test_as_many_dips_as_reps(
        self, script: Programme, frames: list[tuple[float, Pose, Skeleton]]
    ) -> None:
        def dips(angles_deg: list[float]) -> int:
            bent = np.array([angle < 110.0 for angle in angles_deg])
            return int((~bent[:-1] & bent[1:]).sum())

        up_s, stands_s = float(script.getting_up.times_s[0]), float(script.getting_up.times_s[-1])
        assert dips([elbow_deg(s) for time_s, _, s in frames if time_s < up_s]) == len(PUSHUPS)
        assert dips([knee_deg(s) for time_s, _, s in frames if time_s > stands_s]) == len(SQUATS)

    def test_committed_truth_is_what_the_programme_says(self, script: Programme) -> None:
        committed = json.loads(truth_path().read_text())
        assert committed == truth(script, clip_path().name, committed["width"], committed["height"])


class TestBody:
    def test_bounds_hold_their_capsules(self, script: Programme) -> None:
        for part in build(skeleton_at(script, 5.0), 0.0):
            start, line = part.axis[0], part.axis[1] - part.axis[0]
            for first, last, first_radius_m, last_radius_m in part.capsules:
                for point, radius_m in ((first, first_radius_m), (last, last_radius_m)):
                    along = np.clip((point - start) @ line / max(float(line @ line), 1e-9), 0.0, 1.0)
                    reach_m = float(np.linalg.norm(point - start - along * line)) + radius_m
                    assert reach_m <= part.bound_radius_m() + 1e-9

    def test_only_joined_parts_follow_what_they_join(self, script: Programme) -> None:
        parts = build(skeleton_at(script, 5.0), 0.0)
        assert parts[0].join_m == 0.0
        for before, part in pairwise(parts):
            if part.join_m:
                assert (before.material, part.material) in {
                    (Material.SHIRT, Material.SHIRT),
                    (Material.SHIRT, Material.SLEEVE),
                    (Material.SLEEVE, Material.SLEEVE),
                    (Material.SHORTS, Material.SHORTS_LEG),
                    (Material.SHORTS_LEG, Material.SHORTS_LEG),
                    (Material.SKIN, Material.SKIN),
                    (Material.SHOE, Material.SHOE),
                }

    def test_is_about_as_tall_as_a_man(self, script: Programme) -> None:
        skeleton = skeleton_at(script, script.duration_s)
        assert 1.55 < skeleton.head[1] < 1.70
        assert skeleton.ball[:, 1] == pytest.approx([0.0, 0.0], abs=1e-3)


class TestCulling:
    def test_projects_the_centre_of_view_to_the_centre_of_the_picture(self) -> None:
        camera = Camera(np.array([0.0, 1.0, 4.0]), np.diag([1.0, 1.0, -1.0]), 2.0)
        x, y, depth = camera.project(np.array([[0.0, 1.0, 0.0]]), (960, 540))
        assert (float(x[0]), float(y[0]), float(depth[0])) == pytest.approx((480.0, 270.0, 4.0))

    def test_every_part_is_seen_in_the_tile_of_its_middle(self, script: Programme) -> None:
        parts = build(skeleton_at(script, 3.0), 0.0)
        camera = Camera(np.array([0.0, 1.0, 4.0]), np.diag([1.0, 1.0, -1.0]), 2.0)
        tiles = picture_tiles(parts, camera, (960, 540), 36)
        for index, part in enumerate(parts):
            x, y, _ = camera.project(np.stack(part.axis).mean(axis=0), (960, 540))
            corner = (int(x) // 36 * 36, int(y) // 36 * 36)
            seen = [tile.seen for tile in tiles if tile.rectangle[:2] == corner]
            assert index in seen[0]

    def test_floor_in_the_shadow_names_what_casts_it(self, script: Programme) -> None:
        parts = build(skeleton_at(script, script.duration_s), 0.0)
        head = next(index for index, part in enumerate(parts) if part.material is Material.HEAD)
        centre = np.stack(parts[head].axis).mean(axis=0)
        shadow = centre - KEY_DIRECTION * centre[1] / KEY_DIRECTION[1]
        area = np.array([shadow[0] - 0.5, shadow[2] - 0.5, 1.0, 1.0])
        tiles = floor_tiles(parts, area, (60, 60), 20)
        middle = next(tile for tile in tiles if tile.rectangle[:2] == (20, 20))
        assert head in middle.blocking


class TestClip:
    def test_opens_with_the_stated_facts(self) -> None:
        facts = json.loads(truth_path().read_text())
        capture = cv2.VideoCapture(str(clip_path()))
        assert capture.isOpened()
        try:
            assert capture.get(cv2.CAP_PROP_FRAME_WIDTH) == facts["width"]
            assert capture.get(cv2.CAP_PROP_FRAME_HEIGHT) == facts["height"]
            assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(facts["fps"])
            count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
            assert count / facts["fps"] == pytest.approx(facts["duration_s"], abs=0.05)
            assert capture.read()[0]
        finally:
            capture.release()

    def test_is_small_enough_to_commit(self) -> None:
        assert clip_path().stat().st_size <= 2_500_000

    def test_can_start_playing_before_it_is_loaded(self) -> None:
        head = clip_path().read_bytes()[:100_000]
        assert -1 < head.find(b"moov") < head.find(b"mdat")
