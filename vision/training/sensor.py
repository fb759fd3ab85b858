"""What a pose model makes of a body: keypoints with its kind of noise, confusion and scores.

Each pose model is described by a handful of figures (`SENSORS`): flicker and scores as on the project's own
clip, the rest from what is known of such models. None comes from footage that the box is judged by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vision.keypoints import Joint
from vision.training.occlusion import hidden_joints

if TYPE_CHECKING:
    from vision.training.body import Array, Body
    from vision.training.camera import View


@dataclass(frozen=True, slots=True)
class Sensor:
    """How one pose model errs; lengths in torso lengths, rates per second.

    Attributes:
        flicker: spread from frame to frame of a joint that is well seen.
        drift: spread that stays for a tenth of a second or so.
        bias: spread of where it takes a joint to be, for the whole take.
        hidden_drift: spread of a hidden joint, over half a second or so.
        pull: how near to its visible mate a hidden joint is put, at most; 1 is on top of it.
        core_score: logit of the score of face, shoulders and hips, and its spread.
        seen_score: likewise of a visible elbow, wrist, knee or ankle.
        hidden_score: likewise of a hidden one.
        outside_score: likewise of any joint outside the frame.
        score_flicker: share of the spread that changes from frame to frame.
        score_step: of the logit, where scores are few; 0 for any.
        grid: steps across the person's square that places are rounded to; 0 for any.
        invents: whether joints outside the frame are put anywhere inside it; otherwise where they might be.
        outliers: how often a joint jumps.
        swaps: how often left and right are confused.
        turns: how often a body that lies is taken for the other way up.
        losses: how often nobody is found.
    """

    flicker: float
    drift: float
    bias: float
    hidden_drift: float
    pull: float
    core_score: tuple[float, float]
    seen_score: tuple[float, float]
    hidden_score: tuple[float, float]
    outside_score: tuple[float, float]
    score_flicker: float
    score_step: float
    grid: float
    invents: bool
    outliers: float
    swaps: float
    turns: float
    losses: float


SENSORS = {
    "blazepose": Sensor(
        flicker=0.006,
        drift=0.02,
        bias=0.035,
        hidden_drift=0.09,
        pull=0.6,
        core_score=(6.5, 1.5),
        seen_score=(5.0, 1.2),
        hidden_score=(0.6, 1.5),
        outside_score=(-3.2, 1.4),
        score_flicker=0.2,
        score_step=0.0,
        grid=0.0,
        invents=False,
        outliers=0.004,
        swaps=0.03,
        turns=0.015,
        losses=0.01,
    ),
    "movenet": Sensor(
        flicker=0.018,
        drift=0.03,
        bias=0.04,
        hidden_drift=0.15,
        pull=0.8,
        core_score=(0.8, 0.75),
        seen_score=(1.0, 0.8),
        hidden_score=(0.1, 1.0),
        outside_score=(-2.4, 0.6),
        score_flicker=0.8,
        score_step=0.281,
        grid=192.0,
        invents=True,
        outliers=0.012,
        swaps=0.06,
        turns=0.01,
        losses=0.02,
    ),
}
"""BlazePose is sure of trunk and face even when they are hidden, MoveNet of little at any time."""
CORE = [*range(7), Joint.LEFT_HIP, Joint.RIGHT_HIP]

MATES = np.array([0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15])
GROUPS = (tuple(range(1, 5)), tuple(range(5, 11)), tuple(range(11, 17)), tuple(range(17)))
"""What is confused together: the face, the arms, the legs, everything."""
TORSO = [Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER, Joint.LEFT_HIP, Joint.RIGHT_HIP]
BEYOND = 0.15
"""A joint this many torso lengths outside the frame is not seen at all."""
SQUARE = 4.9
"""Usual side of the square in which a pose model looks at a person, in torso lengths."""
LYING = 0.6
"""A torso that rises less than this for its way across the frame lies."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One pose model at work on one take: `quality` is 1 in usual light, more where it errs more."""

    sensor: Sensor
    times_s: Array
    torso_px: float
    quality: float
    rng: np.random.Generator

    def smooth(self, every_s: float, shape: tuple[int, ...]) -> Array:
        """(n, *shape) normal noise that changes over about so many seconds."""
        at = (self.times_s - self.times_s[0]) / every_s + self.rng.random()
        knots = self.rng.normal(0.0, 1.0, (int(at[-1]) + 2, *shape))
        index = at.astype(int)
        share = (at - index).reshape(-1, *([1] * len(shape))) * np.pi / 2
        # Weights whose squares sum to one keep the spread the same between knots.
        return np.asarray(knots[index] * np.cos(share) + knots[index + 1] * np.sin(share))

    def bursts(self, rate: float, lasting_s: tuple[float, float]) -> list[slice]:
        """When something happens that does so now and then: at this rate a second, for a while."""
        span_s = float(self.times_s[-1] - self.times_s[0])
        count = self.rng.poisson(rate * self.quality * span_s)
        starts_s = self.times_s[0] + self.rng.uniform(0, span_s, count)
        ends_s = starts_s + self.rng.uniform(*lasting_s, count)
        bounds = np.searchsorted(self.times_s, np.stack([starts_s, ends_s]))
        return [slice(start, end) for start, end in bounds.T.tolist()]

    def places(self, pixels: Array, hidden: Array) -> Array:
        """Where the joints (n, 17, 2) seem to be: hidden ones less exactly, drawn to their mates."""
        sensor, rng = self.sensor, self.rng
        pull = np.clip(0.5 + 0.5 * self.smooth(0.8, (17,)), 0, 1) * sensor.pull * hidden
        pull *= 1 - hidden[:, MATES]  # no help from a mate that is hidden as well
        unseen = hidden[..., None]
        error = sensor.flicker * (1 + 0.6 * unseen) * rng.normal(0, 1, pixels.shape)
        error += sensor.drift * self.smooth(0.15, (17, 2))
        error += sensor.hidden_drift * unseen * self.smooth(0.6, (17, 2))
        error *= self.quality
        error += sensor.bias * rng.normal(0, 1, (1, 17, 2))
        return np.asarray(pixels + pull[..., None] * (pixels[:, MATES] - pixels) + self.torso_px * error)

    def logits(self, hidden: Array, outside: Array) -> Array:
        """Scores (n, 17) by how much of each joint is hidden and how far it is outside."""
        sensor = self.sensor
        seen, unseen, core, away = np.array(
            [sensor.seen_score, sensor.hidden_score, sensor.core_score, sensor.outside_score]
        )
        level = seen + hidden[..., None] * (unseen - seen)
        level[:, CORE] = core
        level += outside[..., None] * (away - level)
        steady = 0.7 * self.rng.normal(0, 1, (1, 17)) + 0.7 * self.smooth(0.35, (17,))
        share = sensor.score_flicker
        moving = (1 - share**2) ** 0.5 * steady + share * self.rng.normal(0, 1, hidden.shape)
        return np.asarray(level[..., 0] + level[..., 1] * moving - 0.6 * np.log(self.quality))

    def guesses(self, points: Array) -> Array:
        """Where the joints outside the frame are put (n, 17, 2)."""
        if not self.sensor.invents:
            return np.asarray(points + 0.25 * self.torso_px * self.smooth(0.5, (17, 2)))
        # A heat map finds them about some other joint, now here, now there.
        about = self.rng.choice([*range(Joint.LEFT_SHOULDER, Joint.RIGHT_HIP + 1)], (2, 17))
        share = np.clip(0.5 + 1.5 * self.smooth(0.4, (17,)), 0, 1)[..., None]
        noise = 0.25 * self.smooth(0.2, (17, 2)) + 0.08 * self.rng.normal(0, 1, points.shape)
        place = points[:, about[0]] + share * (points[:, about[1]] - points[:, about[0]])
        return np.asarray(place + self.torso_px * noise)

    def confuse(self, points: Array, logits: Array) -> None:
        """Joints that jump, left taken for right, a body that lies taken for the other way up; in place."""
        rng = self.rng
        for jumped in self.bursts(17 * self.sensor.outliers, (0.03, 0.25)):
            joint = int(rng.integers(17))
            points[jumped, joint] += 0.4 * self.torso_px * np.clip(rng.standard_t(2, 2), -5, 5)
            logits[jumped, joint] -= rng.uniform(0, 2)
        for swapped in self.bursts(self.sensor.swaps, (0.05, 0.7)):
            group = list(GROUPS[int(rng.integers(len(GROUPS)))])
            points[swapped, group] = points[swapped][:, MATES[group]]
        corners = points[:, TORSO]
        across_px, rise_px = np.abs(corners[:, :2].mean(axis=1) - corners[:, 2:].mean(axis=1)).mean(axis=0)
        if rise_px < LYING * across_px:
            for turned in self.bursts(self.sensor.turns, (0.3, 2.0)):
                points[turned] = 2 * corners[turned].mean(axis=1, keepdims=True) - points[turned]


def sense(view: View, body: Body, times_s: Array, sensor: Sensor, rng: np.random.Generator) -> Array:
    """Keypoints (n, 17, 3) as the pose model would give them: x, y, score; zeros where it finds nobody."""
    torso_px = body.torso * view.scale_px
    sight = Sight(sensor, times_s, torso_px, float(np.exp(rng.normal(0.0, 0.35))), rng)
    hidden = hidden_joints(view, times_s)
    size = np.array(view.size_px, dtype=np.float64)
    beyond_px = np.maximum(-view.pixels, view.pixels - size).max(axis=-1)
    outside = np.clip(beyond_px / (BEYOND * torso_px), 0, 1)
    points, logits = sight.places(view.pixels, hidden), sight.logits(hidden, outside)
    points += outside[..., None] * (sight.guesses(points) - points)
    if sensor.invents:
        points = np.where(outside[..., None] > 0, np.clip(points, 0, size), points)
    sight.confuse(points, logits)
    if sensor.grid:
        step_px = SQUARE * torso_px / sensor.grid
        points = np.round(points / step_px) * step_px
    if sensor.score_step:
        logits = np.round(logits / sensor.score_step) * sensor.score_step
    found = np.concatenate([points, 1 / (1 + np.exp(-logits[..., None]))], axis=-1)
    for lost in sight.bursts(sensor.losses, (0.05, 0.9)):
        found[lost] = 0
    return found
