"""What can be measured on the moments of one rep: tempo, knee, left and right, hips.

A picture is flat, so each measure needs the view that shows it. From elsewhere, or not seen well enough, it
is None, never a guess.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from vision.counting.geometry import angle_degrees, body_scale, distance
from vision.counting.limbs import CHAINS
from vision.keypoints import Joint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from vision.counting.limbs import Chain, Limb
    from vision.counting.posture import Moment

EDGE = 0.1
"""A way is timed from this share of it to as much before its end, as rise times are: its ends are blurred."""
RETURN_LEAST = 0.3
"""Less of the way back than this tells nothing of its tempo."""
WHOLE_LEAST = 0.9
"""A way there that is shorter than this share of the way back was only seen in part."""
START_S = 0.1
"""So long must the start posture have been seen; else the way there may have begun before."""
STRAIGHT_CHORD = 0.9
"""A limb that was never this straight has an unknown length."""
GAP_S = 0.5
"""A way with a longer gap in it has no known tempo: what was not seen may have been a pause."""
LIMB_SEEN = 0.3
SIDES_SEEN = 0.5
"""Least score of the joints that one limb or the hip is judged by, and of those that two sides are."""
TRAVEL_PERCENTILES = (5.0, 95.0)
SIDES_TRAVEL_LEAST = 0.3
"""In limb lengths; with less, what is between the sides is the noise of keypoints."""
SHOULDERS_APART_LEAST = 0.45
"""In torso lengths across the frame: 0.65 from the front, this from 45 degrees, nothing from the side."""
ALONE = 1 / 3
"""A side that does less than this share of the other one's travel rests while that one works."""
TORSO_SEEN_LEAST = 0.8
"""Share of the torso's true length in the frame: seen from the side, or within 37 degrees of it."""
STRAIGHT_LEG_DEGREES = 150.0
"""With knees bent more than this, a push-up is done on the knees, and there the body's line ends."""
SAG_PERCENTILE = 75.0
"""The sag that is exceeded for a quarter of the rep: no single frame decides."""

LINES = (
    (Joint.LEFT_SHOULDER, Joint.LEFT_HIP, Joint.LEFT_KNEE, Joint.LEFT_ANKLE),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_HIP, Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE),
)


def hinge_degrees(chord: float) -> float:
    """The angle of a limb's hinge when its ends are this share of its length apart; 180 is straight.

    By the law of cosines with equal halves (halves of 4 : 5 make it a degree wrong). It holds from any side
    as long as both ends are about as far from the camera, where the drawn angle only holds from the side:
    from the front a squat's drawn knee stays nearly straight. Under a camera at 2 m it may be 15 degrees off,
    and 30 too deep when that looks down from behind, where hips that go back come nearer.

    It comes closer than `geometry.knee_degrees` from most sides, but trusts the standing leg's length. That
    one needs no length, so it can doubt this one: they stay two.
    """
    return 2 * math.degrees(math.asin(max(0.0, min(1.0, chord))))


class RepMeasures:
    """The moments of one rep in their order, the last one being where it was counted."""

    def __init__(self, moments: Iterable[tuple[float, Moment]]) -> None:
        times, bodies = zip(*moments, strict=True)
        self._times = np.array(times, dtype=np.float64)
        self._reach = np.array([body.view.reach for body in bodies], dtype=np.float64)
        self._chord = [body.view.chord for body in bodies]
        self._seen = float(np.median([body.view.score for body in bodies]))
        self._points: NDArray[np.float64] = np.stack([body.points for body in bodies]).astype(np.float64)
        self._turn = int(np.argmin(self._reach))
        self._top = int(np.argmax(self._reach[: self._turn + 1]))
        self.travel = self._seen_travel()
        """Reach between the start posture and the turn; None when the way there was not seen whole."""

    def _seen_travel(self) -> float | None:
        there = float(self._reach[self._top] - self._reach[self._turn])
        back = float(self._reach[-1] - self._reach[self._turn])
        if there <= 0 or there < WHOLE_LEAST * back or self._seen < LIMB_SEEN:
            return None
        start_s = self._times[self._left(self._done(there))] - self._times[0]
        return there if start_s >= START_S else None

    def _left(self, done: NDArray[np.float64]) -> int:
        """The last moment near the start posture before the turn."""
        return int(np.flatnonzero(done[: self._turn + 1] <= EDGE)[-1])

    def there_s(self) -> float | None:
        """Seconds from the start posture to the turn, pauses at either end left out.

        Timed over the middle of the way and scaled to the whole of it by the bell-shaped speed of human
        movement (Flash and Hogan, J. Neurosci. 5(7), 1985; here half a cosine).
        """
        if self.travel is None:
            return None
        done = self._done(self.travel)
        left = self._left(done)
        near = left + int(np.flatnonzero(done[left:] >= 1 - EDGE)[0])
        return self._timed(done, (left, EDGE), (near, 1 - EDGE), _bell(1 - EDGE) - _bell(EDGE))

    def back_s(self) -> float | None:
        """Seconds from the turn to the start posture, timed as the way there.

        A rep is counted before its end: the rest of the way back is taken to go on as it began.
        """
        if self.travel is None:
            return None
        done = self._done(self.travel)
        level = max(float(done[-1]), EDGE)
        if 1 - level < RETURN_LEAST:
            return None
        left = self._turn + int(np.flatnonzero(done[self._turn :] >= 1 - EDGE)[-1])
        near = left + int(np.flatnonzero(done[left:] <= level)[0])
        return self._timed(done, (left, 1 - EDGE), (near, level), _bell(1 - level) - _bell(EDGE))

    def hinge_degrees(self) -> float | None:
        """The hinge's angle at the turn; None when the limb was never seen straight before it."""
        if max(self._chord[: self._turn + 1]) < STRAIGHT_CHORD:
            return None
        return hinge_degrees(self._chord[self._turn])

    def sides(self, limb: Limb) -> tuple[float, float] | None:
        """Travel of the left and of the right limb in limb lengths, seen from the front or back.

        In one length for both: limbs differ less than what the picture makes of them. Without the extremes,
        which are the keypoints' own.
        """
        turn, points = self._points[self._turn], self._points[self._top :]
        apart = abs(float(turn[Joint.LEFT_SHOULDER, 0] - turn[Joint.RIGHT_SHOULDER, 0]))
        joints = [joint for chain in CHAINS[limb] for joint in chain]
        seen = float(np.median(points[:, joints, 2], axis=0).min())
        if apart < SHOULDERS_APART_LEAST * body_scale(turn) or seen < SIDES_SEEN:
            return None
        length_px = max(float(_lengths_px(points, chain).max()) for chain in CHAINS[limb])
        left, right = (_travel_px(points, chain) / max(length_px, 1.0) for chain in CHAINS[limb])
        both = max(left, right) >= SIDES_TRAVEL_LEAST and min(left, right) > ALONE * max(left, right)
        return (left, right) if both else None

    def hip_sag_degrees(self) -> float | None:
        """How far the hip is from straight, seen from the side: positive when below the body's line.

        What lies on a line does so in every view; only how far it is off needs the view from the side.
        """
        turn, points = self._points[self._turn], self._points[self._top :]
        line = list(max(LINES, key=lambda joints: turn[list(joints), 2].min()))
        torso_px = distance(turn[line[0]], turn[line[1]])
        seen = float(np.median(points[:, line, 2], axis=0).min())
        if torso_px < TORSO_SEEN_LEAST * body_scale(turn) or seen < LIMB_SEEN:
            return None
        return float(np.percentile([_sag_degrees(*body) for body in points[:, line]], SAG_PERCENTILE))

    def _done(self, travel: float) -> NDArray[np.float64]:
        """Share of the way there at every moment: 0 in the start posture, 1 at the turn."""
        done: NDArray[np.float64] = (self._reach[self._top] - self._reach) / travel
        return done

    def _timed(
        self, done: NDArray[np.float64], left: tuple[int, float], near: tuple[int, float], share: float
    ) -> float | None:
        """Seconds from leaving one level to reaching the other, scaled up from that share of the whole."""
        if float(np.diff(self._times[left[0] : near[0] + 1]).max()) > GAP_S:
            return None
        began_s, ended_s = self._crossing(done, *left), self._crossing(done, near[0] - 1, near[1])
        return (ended_s - began_s) / share

    def _crossing(self, done: NDArray[np.float64], before: int, level: float) -> float:
        """When the level was crossed, between this moment and the next."""
        here, there = float(done[before]), float(done[before + 1])
        share = (level - here) / (there - here)
        return float(self._times[before] + share * (self._times[before + 1] - self._times[before]))


def _bell(share: float) -> float:
    """After which share of its time a movement has done this share of its way."""
    return math.acos(1 - 2 * share) / math.pi


def _lengths_px(points: NDArray[np.float64], chain: Chain) -> NDArray[np.float64]:
    """How long a limb looks at every moment; points (n, 17, 3), result (n,)."""
    bones = [np.linalg.norm(points[:, a, :2] - points[:, b, :2], axis=1) for a, b in pairwise(chain)]
    lengths: NDArray[np.float64] = np.sum(bones, axis=0)
    return lengths


def _travel_px(points: NDArray[np.float64], chain: Chain) -> float:
    """How far a limb's reach moves; points (n, 17, 3)."""
    lowest, highest = np.percentile(points[:, chain[-1], 1] - points[:, chain[0], 1], TRAVEL_PERCENTILES)
    return float(highest - lowest)


def _sag_degrees(
    shoulder: NDArray[np.float64],
    hip: NDArray[np.float64],
    knee: NDArray[np.float64],
    ankle: NDArray[np.float64],
) -> float:
    end = ankle if angle_degrees(hip, knee, ankle) >= STRAIGHT_LEG_DEGREES else knee
    bent = 180 - angle_degrees(shoulder, hip, end)
    across, along = (end - shoulder)[1], (end - shoulder)[0]
    below = (hip - shoulder)[1] * along - (hip - shoulder)[0] * across
    return math.copysign(bent, below * along)
