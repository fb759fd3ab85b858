"""What drives a rep: how far a pair of limbs carries the body above its hands or feet.

Arms or legs, it is the same quantity. *Reach* is the height of the carried joints (shoulders, hips) over
the bearing ones (wrists, ankles) in units of the straight limb: 1 with straight limbs, about 0.45 in a
parallel squat or with the chest near the floor. Heights survive every viewpoint of an upright camera, where
joint angles do not. The torso is a limb without a hinge: its reach is that of the shoulders over the hips.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from vision.counting.geometry import LEAST_SCORE, distance
from vision.keypoints import Joint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

Limb = Literal["arm", "leg", "torso"]
Chain = tuple[Joint, ...]
Rows = list["Sequence[float]"]
"""Each joint's x, y and score."""

CHAINS: dict[Limb, tuple[Chain, Chain]] = {
    "arm": (
        (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, Joint.LEFT_WRIST),
        (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST),
    ),
    "leg": (
        (Joint.LEFT_HIP, Joint.LEFT_KNEE, Joint.LEFT_ANKLE),
        (Joint.RIGHT_HIP, Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE),
    ),
    "torso": ((Joint.LEFT_SHOULDER, Joint.LEFT_HIP), (Joint.RIGHT_SHOULDER, Joint.RIGHT_HIP)),
}
"""Carried joint, hinge where there is one, bearing joint."""

SHRINK_S = 8.0
"""A limb's length in the frame is remembered this long: it looks shorter while it points at the camera."""
ASSUMED_SCORE = 0.5
"""What a joint is worth that is put where it must be instead of seen."""
FAR_SIDE = 0.75
"""No camera in a room shows one arm shorter than this share of the other one's true length."""


@dataclass(frozen=True, slots=True)
class LimbView:
    """One moment of a pair of limbs.

    Attributes:
        reach: height of the carried over the bearing joints in limb lengths; the better side counts more.
        chord: straight distance between them in limb lengths: small only when the hinges really bend.
        carried_px, bearing_px: their heights in the frame, downwards.
        length_px: the length of the straight limb.
        score: how well the limbs are seen, 0..1.
        chains: the joints of the limbs that were measured.
    """

    reach: float
    chord: float
    carried_px: float
    bearing_px: float
    length_px: float
    score: float
    chains: tuple[Chain, ...] = ()


def _with_assumed_feet(rows: Rows) -> Rows:
    """Where the frame cuts the feet off, put them a thigh's length under the knees: shins stay upright."""
    ankles, knees, hips = ([chain[k] for chain in CHAINS["leg"]] for k in (2, 1, 0))
    feet_seen = max(rows[ankle][2] for ankle in ankles) >= LEAST_SCORE
    knees_seen = min(rows[knee][2] for knee in knees) >= LEAST_SCORE
    if feet_seen or not knees_seen:
        return rows
    assumed = list(rows)
    thigh = max(distance(rows[hip], rows[knee]) for hip, knee in zip(hips, knees, strict=True))
    for ankle, knee in zip(ankles, knees, strict=True):
        x, y, score = rows[knee]
        assumed[ankle] = (x, y + thigh, score * ASSUMED_SCORE)
    return assumed


class LimbGauge:
    """Measures a pair of limbs, or one side of it; remembers how long they are in the frame."""

    def __init__(self, limb: Limb, chains: tuple[Chain, ...] | None = None) -> None:
        self._limb = limb
        self._chains = chains or CHAINS[limb]
        self._lengths = [0.0] * len(self._chains)
        self._time_s: float | None = None

    def reset(self) -> None:
        """Another person or view: other lengths."""
        self._lengths = [0.0] * len(self._chains)
        self._time_s = None

    def measure(self, time_s: float, points: NDArray[np.float32]) -> LimbView | None:
        """The limbs now, or None when neither side is seen."""
        rows: Rows = points.tolist()  # with so few numbers, plain ones are the quicker
        if self._limb == "leg":
            rows = _with_assumed_feet(rows)
        ends = [(rows[chain[0]], rows[chain[-1]]) for chain in self._chains]
        scores = [min(carried[2], bearing[2]) for carried, bearing in ends]
        if max(scores) < LEAST_SCORE:
            return None
        self._learn_lengths(time_s, rows)
        longest = max(self._lengths)
        lengths = [max(length, FAR_SIDE * longest, 1.0) for length in self._lengths]
        sides = list(zip(ends, lengths, strict=True))
        weights = [score * score for score in scores]

        def mean(figures: Iterable[float]) -> float:
            """Of both sides, the better seen one counting more."""
            return sum(weight * each for weight, each in zip(weights, figures, strict=True)) / sum(weights)

        return LimbView(
            reach=mean((bearing[1] - carried[1]) / length for (carried, bearing), length in sides),
            chord=mean(distance(carried, bearing) / length for (carried, bearing), length in sides),
            carried_px=mean(carried[1] for carried, _ in ends),
            bearing_px=mean(bearing[1] for _, bearing in ends),
            length_px=mean(lengths),
            score=max(scores),
            chains=self._chains,
        )

    def _learn_lengths(self, time_s: float, rows: Rows) -> None:
        elapsed_s = 0.0 if self._time_s is None else max(0.0, time_s - self._time_s)
        self._time_s = time_s
        keep = math.exp(-elapsed_s / SHRINK_S)
        sure = [min(rows[joint][2] for joint in chain) >= LEAST_SCORE for chain in self._chains]
        for side, chain in enumerate(self._chains):
            seen = sum(distance(rows[a], rows[b]) for a, b in pairwise(chain))
            known = self._lengths[side]
            # A guess is better than nothing, but only than nothing.
            if not sure[side] and (any(sure) or max(self._lengths) > 0):
                continue
            self._lengths[side] = seen if seen > known else seen + (known - seen) * keep
