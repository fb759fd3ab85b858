"""The athlete's flesh and clothes: tapered capsules in parts, laid along the skeleton for the shader.

Inside a part the capsules melt together; a part may also melt into the one before it (`join_m`). A clip
plane cuts a straight hem or a flat sole. In its local frame the shader paints and folds a part's surface.
"""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from vision.footage.skeleton import SIDE, Array, Skeleton, unit

SKIN_BLEND_M = 0.024
HEAD_REACH_M = 0.135


class Material(IntEnum):
    """What the shader paints a part with; the head brings its own shape as well."""

    SKIN = 0
    SHIRT = 1
    SLEEVE = 2
    SHORTS = 3
    SHORTS_LEG = 4
    SOCK = 5
    SHOE = 6
    HEAD = 7


@dataclass(slots=True)
class Part:
    """Capsules (start, end, and the radius at each) that share a material, a frame and a bounding axis."""

    material: Material
    origin: Array
    frame: Array  # columns are the local axes
    axis: tuple[Array, Array]
    blend_m: float
    join_m: float = 0.0
    clip: tuple[Array, Array] | None = None  # outward normal and a point of the plane
    capsules: list[tuple[Array, Array, float, float]] = field(default_factory=list)

    def add(self, start: Array, end: Array, start_radius_m: float, end_radius_m: float) -> None:
        """One capsule between two points of the room."""
        self.capsules.append((start, end, start_radius_m, end_radius_m))

    def add_local(
        self,
        start: tuple[float, float, float],
        end: tuple[float, float, float],
        start_radius_m: float,
        end_radius_m: float,
    ) -> None:
        """One capsule between two points of the part's frame."""
        self.add(self.point(*start), self.point(*end), start_radius_m, end_radius_m)

    def point(self, x: float, y: float, z: float) -> Array:
        """A point of the part's frame in the room."""
        return np.asarray(self.origin + self.frame @ np.array([x, y, z]), dtype=np.float64)

    def bound_radius_m(self) -> float:
        """How far from its axis the part can reach."""
        start, end = self.axis
        line = end - start
        reach = 0.0
        for first, last, first_radius_m, last_radius_m in self.capsules:
            for point, radius_m in ((first, first_radius_m), (last, last_radius_m)):
                along = float(np.clip((point - start) @ line / max(float(line @ line), 1e-9), 0.0, 1.0))
                reach = max(reach, float(np.linalg.norm(point - start - line * along)) + radius_m)
        if self.material is Material.HEAD:
            return HEAD_REACH_M
        return reach + 0.25 * (self.blend_m + self.join_m)


def _bone(proximal: Array, distal: Array, far_end: Array, side: float) -> Array:
    """Frame of a limb's bone: along it, towards the outside of the joint's bend, sideways (outwards)."""
    along = unit(distal - proximal)
    bend = unit(far_end - along * float(far_end @ along))
    return np.column_stack([along, bend, np.cross(along, bend) * side])


def _torso(skeleton: Skeleton, breath: float) -> list[Part]:
    chest, abdomen, pelvis = skeleton.chest_frame, skeleton.abdomen_frame, skeleton.pelvis_frame
    hem_down = -pelvis[:, 1]
    part = Part(
        Material.SHIRT,
        skeleton.chest,
        chest,
        (skeleton.pelvis, skeleton.chest + chest[:, 1] * 0.16),
        blend_m=0.07,
        clip=(hem_down, skeleton.pelvis + pelvis @ np.array([0.0, -0.012, 0.0])),
    )
    full = 0.003 * breath
    part.add_local((0.006, 0.035, -0.056), (0.006, 0.035, 0.056), 0.100 + full, 0.100 + full)
    part.add_local((0.010, 0.115, -0.078), (0.010, 0.115, 0.078), 0.104 + full, 0.104 + full)
    part.add_local((-0.010, 0.175, -0.098), (-0.010, 0.175, 0.098), 0.082 + full, 0.082 + full)
    yoke = Part(
        Material.SHIRT,
        skeleton.chest,
        chest,
        (skeleton.shoulder[0], skeleton.shoulder[1]),
        blend_m=0.07,
        join_m=0.07,
    )
    for side in range(2):
        shoulder = skeleton.shoulder[side]
        yoke.add(part.point(-0.016, 0.215, 0.0), shoulder, 0.062, 0.056)
        yoke.add(part.point(-0.026, 0.268, 0.030 * SIDE[side]), shoulder + chest[:, 1] * 0.008, 0.036, 0.044)

    # A loose shirt hangs away from the body where gravity pulls it.
    down = np.array([0.0, -1.0, 0.0])
    drape = 0.024 * (down - abdomen[:, 1] * float(down @ abdomen[:, 1]))
    belly = skeleton.lumbar + abdomen @ np.array([0.006, 0.07, 0.0]) + drape
    across = abdomen[:, 2] * 0.058
    part.add(belly - across, belly + across, 0.098, 0.098)
    for height_m, radius_m in ((0.075, 0.106), (0.0, 0.113)):
        hem = skeleton.pelvis + pelvis @ np.array([0.002, height_m, 0.0]) + 0.5 * drape
        across = pelvis[:, 2] * 0.072
        part.add(hem - across, hem + across, radius_m, radius_m)
    return [part, yoke]


def _sleeve(skeleton: Skeleton, side: int) -> Part:
    shoulder, elbow = skeleton.shoulder[side], skeleton.elbow[side]
    frame = _bone(shoulder, elbow, elbow - skeleton.wrist[side], float(SIDE[side]))
    hem = shoulder + 0.52 * (elbow - shoulder)
    droop = np.array([0.0, -0.010, 0.0])
    part = Part(
        Material.SLEEVE,
        shoulder,
        frame,
        (shoulder, hem),
        blend_m=0.02,
        join_m=0.045,
        clip=(frame[:, 0], hem),
    )
    part.add(shoulder, shoulder + 0.25 * (elbow - shoulder), 0.064, 0.063)
    part.add(shoulder + 0.2 * (elbow - shoulder), hem + 0.03 * frame[:, 0] + droop, 0.062, 0.060)
    return part


def _shorts(skeleton: Skeleton) -> list[Part]:
    pelvis = Part(
        Material.SHORTS,
        skeleton.pelvis,
        skeleton.pelvis_frame,
        (skeleton.hip[0], skeleton.hip[1]),
        blend_m=0.05,
    )
    pelvis.add_local((0.0, 0.03, -0.07), (0.0, 0.03, 0.07), 0.101, 0.101)
    pelvis.add_local((0.0, -0.03, -0.06), (0.0, -0.03, 0.06), 0.098, 0.098)
    parts = [pelvis]
    for side, sign in enumerate(SIDE):
        hip, knee = skeleton.hip[side], skeleton.knee[side]
        frame = _bone(hip, knee, knee - skeleton.ankle[side], float(sign))
        hem = hip + 0.60 * (knee - hip)
        seat = pelvis.point(-0.052, -0.035, 0.062 * sign)
        droop = np.array([0.0, -0.008, 0.0])
        leg = Part(
            Material.SHORTS_LEG,
            hip,
            frame,
            (hip, hem),
            blend_m=0.04,
            join_m=0.035,
            clip=(frame[:, 0], hem),
        )
        leg.add(hip + frame[:, 1] * 0.004, hem + 0.04 * frame[:, 0] + droop, 0.098, 0.083)
        leg.add(seat, hip + 0.30 * (knee - hip) - frame[:, 1] * 0.022, 0.088, 0.074)
        parts.append(leg)
    return parts


def _arm(skeleton: Skeleton, side: int) -> list[Part]:
    shoulder, elbow, wrist = skeleton.shoulder[side], skeleton.elbow[side], skeleton.wrist[side]
    sign = float(SIDE[side])
    frame = _bone(shoulder, elbow, elbow - wrist, sign)
    upper = Part(Material.SKIN, shoulder, frame, (shoulder, elbow), SKIN_BLEND_M)
    upper.add_local((0.0, 0.0, 0.0), (0.29, 0.0, 0.0), 0.045, 0.0305)
    upper.add_local((0.09, -0.016, 0.0), (0.215, -0.013, 0.0), 0.034, 0.033)  # biceps
    upper.add_local((0.07, 0.016, 0.004), (0.19, 0.014, 0.0), 0.035, 0.030)  # triceps
    upper.add_local((0.278, 0.010, 0.0), (0.292, 0.006, 0.0), 0.022, 0.022)  # elbow
    frame = _bone(elbow, wrist, elbow - shoulder, sign)
    lower = Part(Material.SKIN, elbow, frame, (elbow, wrist), SKIN_BLEND_M, join_m=0.012)
    lower.add_local((0.0, 0.0, 0.0), (0.255, 0.0, 0.0), 0.030, 0.020)
    lower.add_local((0.040, -0.005, 0.008), (0.17, 0.0, 0.003), 0.031, 0.022)
    lower.add_local((0.040, 0.003, -0.009), (0.16, 0.0, -0.004), 0.030, 0.022)
    return [upper, lower, _hand(skeleton, side)]


def _hand(skeleton: Skeleton, side: int) -> Part:
    wrist, frame = skeleton.wrist[side], skeleton.hand_frame[side]
    part = Part(Material.SKIN, wrist, frame, (wrist, wrist + frame[:, 0] * 0.17), blend_m=0.010, join_m=0.014)
    thumb = -float(SIDE[side])  # the thumb's direction along the frame's right
    curl = float(skeleton.curl[side])
    part.add_local((0.0, 0.0, -0.008), (0.0, 0.0, 0.008), 0.0165, 0.0165)
    for across, length in ((0.031, 0.93), (0.0105, 1.0), (-0.0105, 0.95), (-0.030, 0.76)):
        knuckle = np.array([0.090 - 9.0 * (across - 0.008) ** 2, 0.0, across * thumb])
        part.add_local((0.010, -0.002, 0.42 * across * thumb), tuple(knuckle), 0.0175, 0.0125)
        bend, start = 0.0, knuckle
        for phalanx_m, radius_m, flexion in (
            (0.044, 0.0100, 0.9),
            (0.026, 0.0088, 1.3),
            (0.021, 0.0080, 0.8),
        ):
            bend += flexion * curl
            step = np.array([np.cos(bend), -np.sin(bend), 0.10 * across / 0.031 * thumb]) * phalanx_m * length
            part.add_local(tuple(start), tuple(start + step), radius_m, radius_m * 0.9)
            start = start + step
    part.add_local((0.018, -0.006, 0.020 * thumb), (0.052, -0.012, 0.042 * thumb), 0.017, 0.0125)
    part.add_local((0.052, -0.012, 0.042 * thumb), (0.100, -0.013, 0.052 * thumb), 0.0115, 0.0090)
    return part


def _leg(skeleton: Skeleton, side: int) -> list[Part]:
    hip, knee, ankle = skeleton.hip[side], skeleton.knee[side], skeleton.ankle[side]
    sign = float(SIDE[side])
    frame = _bone(hip, knee, knee - ankle, sign)
    thigh = Part(Material.SKIN, hip, frame, (hip, knee), blend_m=0.03)
    thigh.add_local((0.05, 0.0, 0.0), (0.43, -0.004, 0.0), 0.078, 0.047)
    thigh.add_local((0.10, 0.020, 0.012), (0.33, 0.020, 0.010), 0.062, 0.045)  # quadriceps
    thigh.add_local((0.34, 0.016, -0.024), (0.385, 0.014, -0.022), 0.034, 0.028)  # its inner head
    thigh.add_local((0.08, -0.024, 0.0), (0.32, -0.020, 0.0), 0.060, 0.036)  # hamstrings
    thigh.add_local((0.418, 0.016, 0.0), (0.440, 0.016, 0.0), 0.034, 0.032)  # kneecap
    frame = _bone(knee, ankle, knee - hip, sign)
    shank = Part(Material.SKIN, knee, frame, (knee, ankle), blend_m=0.03, join_m=0.03)
    shank.add_local((0.0, -0.004, 0.0), (0.40, 0.0, 0.0), 0.046, 0.031)
    shank.add_local((0.07, 0.012, 0.0), (0.30, 0.008, 0.0), 0.033, 0.026)  # shin
    shank.add_local((0.065, -0.030, -0.018), (0.165, -0.026, -0.015), 0.038, 0.034)  # calf, inner
    shank.add_local((0.060, -0.028, 0.020), (0.145, -0.024, 0.016), 0.036, 0.032)  # calf, outer
    shank.add_local((0.165, -0.022, 0.0), (0.36, -0.016, 0.0), 0.037, 0.020)  # down to the heel
    sock = Part(Material.SOCK, knee, frame, (knee + 0.78 * (ankle - knee), ankle), blend_m=0.02)
    sock.clip = (-frame[:, 0], knee + 0.80 * (ankle - knee))
    sock.add_local((0.32, -0.003, 0.0), (0.42, 0.0, 0.0), 0.043, 0.040)
    sock.add_local((0.42, 0.0, 0.0), (0.425, 0.0, 0.0), 0.041, 0.041)
    return [thigh, shank, sock]


def _shoe(skeleton: Skeleton, side: int) -> list[Part]:
    ankle, ball, sign = skeleton.ankle[side], skeleton.ball[side], float(SIDE[side])
    foot, toe = skeleton.foot_frame[side], skeleton.toe_frame[side]
    # The big toe's side is the inner one: the shoe's outline leans inwards.
    inner = -sign
    rear = Part(
        Material.SHOE,
        ball,
        foot,
        (ankle + foot @ np.array([-0.03, -0.05, 0.0]), ball + foot[:, 1] * 0.03),
        blend_m=0.03,
        clip=(-foot[:, 1], ball),
    )
    rear.add_local((-0.160, 0.026, 0.0), (-0.120, 0.026, 0.0), 0.037, 0.036)
    rear.add_local((-0.170, 0.060, 0.0), (-0.145, 0.085, 0.0), 0.030, 0.038)
    rear.add_local((-0.130, 0.082, 0.0), (-0.050, 0.050, 0.004 * inner), 0.039, 0.032)
    rear.add_local((-0.120, 0.024, 0.003 * sign), (0.0, 0.022, 0.006 * sign), 0.036, 0.037)
    rear.add_local((-0.060, 0.040, 0.008 * inner), (0.0, 0.030, 0.012 * inner), 0.032, 0.032)
    front = Part(
        Material.SHOE,
        ball,
        toe,
        (ball + toe[:, 1] * 0.03, ball + toe @ np.array([0.07, 0.02, 0.0])),
        blend_m=0.03,
        join_m=0.02,
        clip=(-toe[:, 1], ball),
    )
    front.add_local((-0.010, 0.022, 0.010 * sign), (0.040, 0.018, 0.010 * sign), 0.036, 0.030)
    front.add_local((-0.010, 0.030, 0.010 * inner), (0.062, 0.020, 0.010 * inner), 0.033, 0.027)
    return [rear, front]


def build(skeleton: Skeleton, breath: float) -> list[Part]:
    """All parts of the athlete, in an order in which joined parts follow each other."""
    head = Part(
        Material.HEAD, skeleton.head, skeleton.head_frame, (skeleton.head, skeleton.head), blend_m=0.0
    )
    # What stands in for the head when it blocks light; the shader knows its true shape.
    head.add_local((-0.036, 0.042, 0.0), (0.014, 0.046, 0.0), 0.066, 0.066)
    head.add_local((0.020, 0.0, 0.0), (0.036, -0.066, 0.0), 0.050, 0.030)
    head.axis = (head.point(-0.012, 0.04, 0.0), head.point(0.03, -0.05, 0.0))
    neck = Part(
        Material.SKIN, skeleton.neck, skeleton.neck_frame, (skeleton.neck, skeleton.skull_base), blend_m=0.02
    )
    neck.add(skeleton.neck - skeleton.neck_frame[:, 1] * 0.05, skeleton.skull_base, 0.060, 0.055)
    jaw = skeleton.head + skeleton.head_frame @ np.array([0.015, -0.06, 0.0])
    neck.add(skeleton.neck + skeleton.neck_frame[:, 0] * 0.022, jaw, 0.044, 0.040)
    parts = [
        *_torso(skeleton, breath),
        _sleeve(skeleton, 0),
        _sleeve(skeleton, 1),
        *_shorts(skeleton),
        neck,
        head,
    ]
    for side in range(2):
        parts += _arm(skeleton, side) + _leg(skeleton, side) + _shoe(skeleton, side)
    return parts
