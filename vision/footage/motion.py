"""The motion programme: push-ups, getting up and squats as postures and key poses in time."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from vision.footage.skeleton import Array, Pose, Skeleton, rotation, solve

_PLANK_BALL_X_M = -0.70
_STANCE_BALL_X_M = 0.24
_HAND_X_M = 0.56


class Rep(NamedTuple):
    """One repetition: how long down, up and the rest after it; depth 1 is the full range."""

    down_s: float
    up_s: float
    rest_s: float
    depth: float


PUSHUPS = (
    Rep(0.95, 0.80, 0.20, 0.97),
    Rep(0.80, 0.65, 0.12, 1.00),
    Rep(0.66, 0.54, 0.10, 0.96),
    Rep(0.70, 0.60, 0.16, 1.02),
    Rep(0.85, 0.80, 0.75, 0.98),
    Rep(1.05, 1.00, 0.25, 1.00),
    Rep(1.20, 1.25, 0.30, 0.95),
    Rep(1.45, 1.55, 0.80, 0.99),
)
SQUATS = (
    Rep(1.25, 1.05, 0.35, 0.96),
    Rep(1.00, 0.85, 0.20, 1.00),
    Rep(0.80, 0.70, 0.15, 0.98),
    Rep(0.90, 0.80, 0.70, 1.03),
    Rep(1.15, 1.10, 0.30, 1.00),
    Rep(1.50, 1.40, 1.10, 0.98),
)
START_REST_S = 1.0
STANDING_REST_S = 0.9


class Track:
    """Key values (rows) at their times, joined by monotone cubics (Fritsch-Carlson).

    No overshoot: what two keys hold still stays still between them, and extremes lie exactly on keys.
    """

    def __init__(self, times_s: list[float], values: list[Array]) -> None:
        self.times_s = np.array(times_s)
        self.values = np.stack(values)
        steps_s = np.diff(self.times_s)[:, None]
        rates = np.diff(self.values, axis=0) / steps_s
        before, after = rates[:-1], rates[1:]
        weight_before = 2.0 * steps_s[1:] + steps_s[:-1]
        weight_after = steps_s[1:] + 2.0 * steps_s[:-1]
        turning = before * after <= 0.0
        safe_before, safe_after = np.where(turning, 1.0, before), np.where(turning, 1.0, after)
        harmonic = (weight_before + weight_after) / (weight_before / safe_before + weight_after / safe_after)
        rest = np.zeros((1, self.values.shape[1]))
        self.slopes = np.concatenate([rest, np.where(turning, 0.0, harmonic), rest])

    def at(self, time_s: float) -> Array:
        """The values at a time; before the first and after the last key they hold."""
        time_s = min(max(time_s, float(self.times_s[0])), float(self.times_s[-1]))
        index = min(int(np.searchsorted(self.times_s, time_s, side="right")) - 1, len(self.times_s) - 2)
        step_s = self.times_s[index + 1] - self.times_s[index]
        u = (time_s - self.times_s[index]) / step_s
        interpolated = (
            (1 + 2 * u) * (1 - u) ** 2 * self.values[index]
            + u * (1 - u) ** 2 * step_s * self.slopes[index]
            + u**2 * (3 - 2 * u) * self.values[index + 1]
            + u**2 * (u - 1) * step_s * self.slopes[index + 1]
        )
        return np.asarray(interpolated, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Programme:
    """Push-up track (depth, unevenness), getting-up track (poses), squat track (depth, unevenness)."""

    pushups: Track
    getting_up: Track
    squats: Track
    pushup_bottoms_s: tuple[float, ...]
    squat_bottoms_s: tuple[float, ...]
    duration_s: float


def _mirrored(x: float, y: float, z: float) -> Array:
    """The same offset for both sides, z pointing outwards."""
    return np.array([[x, y, -z], [x, y, z]])


def plank(depth: float, unevenness: float = 0.0) -> Pose:
    """Push-up posture: depth 0 with straight arms, 1 with the chest near the floor."""
    heel_lift = 66.0 + 9.0 * depth
    ball = _mirrored(_PLANK_BALL_X_M, 0.0, 0.085)
    ankle = ball[0] + rotation(heel_lift) @ np.array([-0.135, 0.092, 0.0])
    leg_rise = np.radians(18.5 - 12.5 * depth)
    leg_m = 0.845
    return Pose(
        pelvis=np.array([ankle[0] + leg_m * np.cos(leg_rise), ankle[1] + leg_m * np.sin(leg_rise), 0.0]),
        trunk=np.array([69.5 + 13.5 * depth, 1.4 * unevenness * depth, 0.5 * unevenness]),
        bend=np.array([2.0 - 1.0 * depth, -1.0 - 3.0 * depth]),
        head=np.array([63.0 + 9.0 * depth + 2.0 * unevenness, 3.0 * unevenness]),
        shrug=np.array([[0.018, -0.012], [0.018, -0.012]]) * (1.0 - 1.5 * depth),
        wrist=_mirrored(_HAND_X_M, 0.045, 0.265),
        elbow_pole=_mirrored(-0.80, 0.15, 0.62),
        fingers=_mirrored(1.0, -0.22, 0.10),
        palm=_mirrored(-0.22, -1.0, 0.0),
        curl=np.array([0.06, 0.06]),
        ball=ball,
        heel_lift=np.array([heel_lift, heel_lift]),
        toe_out=np.array([1.0, 1.0]),
        knee_pole=_mirrored(0.25, -1.0, 0.05),
    )


def squat(depth: float, unevenness: float = 0.0) -> Pose:
    """Squat posture: depth 0 stands with the arms hanging, 1 has the thighs level and the arms in front."""
    # The arms swing up from the shoulders as the hips go down.
    swing = np.radians(5.0 + 82.0 * depth)
    shoulder = np.array([0.098 + 0.10 * depth, 1.425 - 0.502 * depth])
    hands = _mirrored(
        shoulder[0] + 0.535 * np.sin(swing), shoulder[1] - 0.535 * np.cos(swing), 0.262 - 0.08 * depth
    )
    return Pose(
        pelvis=np.array([0.103 - 0.205 * depth, 0.938 - 0.462 * depth, 0.006 * unevenness]),
        trunk=np.array([3.0 + 29.0 * depth, 1.5 * unevenness * depth, 1.0 * unevenness]),
        bend=np.array([-3.0 + 9.0 * depth, 2.0 - 2.0 * depth]),
        head=np.array([3.0 + 6.0 * depth + 1.5 * unevenness, 2.5 * unevenness]),
        shrug=np.array([[0.0, 0.0], [0.0, 0.0]]) + np.array([0.022, 0.004]) * depth,
        wrist=hands,
        elbow_pole=_mirrored(-1.0, -0.05, 0.45) + _mirrored(0.75, -0.80, 0.25) * depth,
        fingers=_mirrored(0.12, -1.0, -0.04) + _mirrored(0.90, 1.08, 0.02) * depth,
        palm=_mirrored(-0.25, 0.0, -1.0) + _mirrored(0.15, -0.55, 0.30) * depth,
        curl=np.array([0.38, 0.38]) - 0.22 * depth,
        ball=_mirrored(_STANCE_BALL_X_M, 0.0, 0.165),
        heel_lift=np.zeros(2),
        toe_out=np.array([13.0, 13.0]),
        knee_pole=_mirrored(1.0, 0.1, 0.20),
    )


def _getting_up() -> list[tuple[float, Pose]]:
    """Plank -> step in, right foot then left -> crouch -> stand; seconds after the plank."""
    start, end = plank(0.0), squat(0.0)
    hands = {"wrist": start.wrist, "fingers": start.fingers, "palm": start.palm, "curl": start.curl}
    stance = end.ball
    halfway = 0.5 * (start.ball + stance) + np.array([0.0, 0.13, 0.0])
    right_swings = replace(
        start,
        pelvis=np.array([0.04, 0.55, 0.02]),
        trunk=np.array([80.0, -2.0, 0.0]),
        bend=np.array([7.0, 7.0]),
        head=np.array([68.0, 0.0]),
        ball=np.stack([start.ball[0], halfway[1]]),
        heel_lift=np.array([58.0, 52.0]),
        knee_pole=np.array([[0.45, -1.0, -0.05], [1.0, -0.2, 0.35]]),
        **hands,
    )
    right_lands = replace(
        right_swings,
        pelvis=np.array([0.04, 0.54, 0.02]),
        trunk=np.array([79.0, 1.0, 0.0]),
        ball=np.stack([start.ball[0], stance[1]]),
        heel_lift=np.array([54.0, 26.0]),
        toe_out=np.array([1.0, 10.0]),
        knee_pole=np.array([[0.6, -0.9, -0.1], [1.0, 0.3, 0.45]]),
    )
    left_swings = replace(
        right_lands,
        pelvis=np.array([0.04, 0.54, -0.01]),
        trunk=np.array([79.0, 2.0, 0.0]),
        ball=np.stack([halfway[0], stance[1]]),
        heel_lift=np.array([50.0, 20.0]),
        knee_pole=np.array([[1.0, -0.2, -0.35], [1.0, 0.3, 0.42]]),
    )
    crouch = replace(
        left_swings,
        pelvis=np.array([0.0, 0.47, 0.0]),
        trunk=np.array([70.0, 0.0, 0.0]),
        bend=np.array([11.0, 10.0]),
        head=np.array([58.0, 0.0]),
        ball=stance,
        heel_lift=np.array([22.0, 18.0]),
        toe_out=np.array([11.0, 12.0]),
        knee_pole=_mirrored(1.0, 0.25, 0.40),
    )
    keys = [start, right_swings, right_lands, left_swings, crouch, _rising(crouch), end]
    return list(zip([0.0, 0.55, 0.90, 1.25, 1.62, 2.15, 3.15], keys, strict=True))


def _rising(crouch: Pose) -> Pose:
    """Half-way up, the hands off the floor."""
    return replace(
        crouch,
        pelvis=np.array([-0.01, 0.58, 0.0]),
        trunk=np.array([46.0, 0.0, 0.0]),
        bend=np.array([9.0, 7.0]),
        head=np.array([36.0, 0.0]),
        wrist=_mirrored(0.50, 0.42, 0.25),
        elbow_pole=_mirrored(-0.85, 0.05, 0.55),
        fingers=_mirrored(0.55, -0.9, 0.0),
        palm=_mirrored(-0.5, -0.55, -0.5),
        curl=np.array([0.25, 0.25]),
        heel_lift=np.zeros(2),
        toe_out=np.array([13.0, 13.0]),
        knee_pole=_mirrored(1.0, 0.15, 0.28),
    )


def _repeat(
    reps: tuple[Rep, ...], start_s: float, rng: np.random.Generator
) -> tuple[Track, tuple[float, ...]]:
    """The track of depth and unevenness over the reps, and the times of their bottoms."""
    times_s, values, bottoms_s = [start_s], [np.zeros(2)], []
    for index, rep in enumerate(reps):
        unevenness = float(rng.uniform(-1.0, 1.0))
        bottom_s = times_s[-1] + rep.down_s
        top = np.array([0.0, 0.0 if index == len(reps) - 1 else 0.4 * unevenness])
        times_s += [bottom_s, bottom_s + rep.up_s, bottom_s + rep.up_s + rep.rest_s]
        values += [np.array([rep.depth, unevenness]), top, top]
        bottoms_s.append(bottom_s)
    return Track(times_s, values), tuple(bottoms_s)


def programme() -> Programme:
    """The whole clip: push-ups, getting up, squats."""
    rng = np.random.default_rng(7)
    pushups, pushup_bottoms_s = _repeat(PUSHUPS, START_REST_S, rng)
    plank_end_s = float(pushups.times_s[-1])
    offsets_s, poses = zip(*_getting_up(), strict=True)
    getting_up = Track([plank_end_s + offset_s for offset_s in offsets_s], [pose.vector() for pose in poses])
    squats, squat_bottoms_s = _repeat(SQUATS, float(getting_up.times_s[-1]) + STANDING_REST_S, rng)
    return Programme(
        pushups=pushups,
        getting_up=getting_up,
        squats=squats,
        pushup_bottoms_s=pushup_bottoms_s,
        squat_bottoms_s=squat_bottoms_s,
        duration_s=float(squats.times_s[-1]),
    )


def pose_at(script: Programme, time_s: float) -> Pose:
    """The pose at a time, with the small sway of a living body."""
    if time_s < script.getting_up.times_s[0]:
        pose = plank(*script.pushups.at(time_s))
    elif time_s < script.getting_up.times_s[-1]:
        pose = Pose.from_vector(script.getting_up.at(time_s))
    else:
        pose = squat(*script.squats.at(time_s))
    sway = np.sin(2 * np.pi * np.array([0.31, 0.23, 0.47]) * time_s + np.array([0.0, 1.1, 2.3]))
    return replace(
        pose,
        pelvis=pose.pelvis + np.array([0.0, 0.0, 0.003 * sway[0]]),
        trunk=pose.trunk + np.array([0.3, 0.5, 0.4]) * sway,
        head=pose.head + np.array([0.9 * sway[2] + 0.5 * breath(time_s), 0.8 * sway[1]]),
        shrug=pose.shrug + np.array([0.0, 0.003]) * breath(time_s),
    )


def breath(time_s: float) -> float:
    """How full the lungs are, -1 to 1; quicker after the push-ups than at the start."""
    rate_hz = 0.38 + 0.004 * time_s
    return float(np.sin(2 * np.pi * rate_hz * time_s))


def skeleton_at(script: Programme, time_s: float) -> Skeleton:
    """The joints at a time."""
    return solve(pose_at(script, time_s))
