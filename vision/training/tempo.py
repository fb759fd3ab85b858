"""When a set's repetitions happen: depth in time, with the unevenness of people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from vision.training.chance import either

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.training.body import Array

PARTIAL_DEPTHS = (0.25, 0.55)
FULL_LEAST = 0.85
"""Of a full repetition; a partial one ends well before, so that nobody has to judge those between."""


STUCK_AT = 0.6
"""Where a way back that halts does so, as a share of the depth."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """How one person does a set.

    Attributes:
        rep_s: one repetition without its pauses.
        eccentric_share: of it, on the way to the turn.
        turn_s: typical pause at the turn.
        start_s: typical pause in the start posture.
        stuck_s: how long the way back comes to a halt half-way, as under a load that is nearly too much.
        depth: of a typical full repetition; 1 is the textbook's.
        start_depth: where this person takes the start posture to be; 0 is locked out.
        partial_share: how many repetitions turn early.
        unevenness: spread of all of these from one repetition to the next, as a share.
        fatigue: how much slower and shallower each repetition is than the one before, as a share.
    """

    rep_s: float
    eccentric_share: float
    turn_s: float
    start_s: float
    stuck_s: float
    depth: float
    start_depth: float
    partial_share: float
    unevenness: float
    fatigue: float

    @classmethod
    def sample(cls, rng: np.random.Generator, rep_s: tuple[float, float]) -> Self:
        """Somebody's; a repetition takes between the two durations."""
        return cls(
            rep_s=float(np.exp(rng.uniform(*np.log(rep_s)))),
            eccentric_share=float(rng.uniform(0.35, 0.65)),
            turn_s=either(rng, 0.25, (0.0, 0.1), (0.1, 1.5)),
            start_s=either(rng, 0.25, (0.0, 0.3), (0.3, 1.8)),
            stuck_s=either(rng, 0.1, (0.0, 0.0), (0.1, 0.8)),
            depth=float(rng.uniform(0.92, 1.3)),
            start_depth=either(rng, 0.5, (0.0, 0.0), (0.0, 0.15)),
            partial_share=float(rng.choice([0.0, rng.uniform(0.1, 0.5), 1.0], p=[0.8, 0.12, 0.08])),
            unevenness=float(rng.uniform(0.02, 0.15)),
            fatigue=float(rng.uniform(0.0, 0.03)),
        )

    def quick(self) -> Tempo:
        """The same without pauses, for what is done in one swing."""
        return replace(self, turn_s=min(self.turn_s, 0.1), start_s=min(self.start_s, 0.15), stuck_s=0.0)

    def from_zero(self) -> Tempo:
        """The same with the start posture locked out, as a limb that waits for its turn is."""
        return replace(self, start_depth=0.0)


def eased(share: Array) -> Array:
    """From 0 to 1 with rest at both ends (minimum jerk; Flash and Hogan 1985)."""
    return np.asarray(share**3 * (10 - 15 * share + 6 * share**2))


def repetitions(
    times_s: Array, tempo: Tempo, rng: np.random.Generator, *, late: float = 0.0
) -> tuple[Array, NDArray[np.intp]]:
    """Depth (n,) of a set that goes on from the first time to the last, and which repetition it is (n,).

    Args:
        times_s: (n,), rising.
        tempo: how it is done.
        rng: for the unevenness.
        late: share of a repetition that is over when the set comes into view.
    """
    cycle_s = tempo.rep_s + tempo.turn_s + tempo.start_s
    keys_s = [float(times_s[0]) - late * cycle_s]
    depths = [tempo.start_depth]
    numbers: list[int] = []
    number = 0
    while keys_s[-1] <= times_s[-1]:
        spread = np.clip(rng.normal(1.0, tempo.unevenness, 4), 0.6, 1.5)
        drift = min(1.0 + tempo.fatigue * number, 1.5)
        depth = max(tempo.depth * (1 + 0.4 * (spread[3] - 1)) / drift**0.5, FULL_LEAST)
        if rng.random() < tempo.partial_share:
            depth = float(rng.uniform(*PARTIAL_DEPTHS))
        down_s = tempo.rep_s * tempo.eccentric_share * spread[0] * drift
        up_s = tempo.rep_s * (1 - tempo.eccentric_share) * spread[1] * drift
        rest_s = tempo.start_s * spread[2]
        top = tempo.start_depth * float(rng.uniform(0.5, 1.5))
        steps = [(down_s, depth), (tempo.turn_s * spread[2], depth)]
        if tempo.stuck_s:
            steps += [(up_s / 2, STUCK_AT * depth), (tempo.stuck_s * spread[2], STUCK_AT * depth)]
            up_s /= 2
        for step_s, value in (*steps, (up_s, top), (rest_s, top)):
            keys_s.append(keys_s[-1] + max(step_s, 1e-3))
            depths.append(value)
            numbers.append(number)
        number += 1
    index = np.clip(np.searchsorted(keys_s, times_s, side="right") - 1, 0, len(keys_s) - 2)
    keys, values = np.array(keys_s), np.array(depths)
    share = (times_s - keys[index]) / (keys[index + 1] - keys[index])
    return values[index] + eased(np.clip(share, 0, 1)) * (values[index + 1] - values[index]), np.array(
        numbers
    )[index]


def both(times_s: Array, depth: Array, rng: np.random.Generator) -> Array:
    """Depth (n, 2) of two limbs that work together, one a little behind and short of the other."""
    lag_s, short = float(rng.uniform(0.0, 0.06)), float(rng.uniform(0.94, 1.0))
    sides = [depth, short * np.interp(times_s - lag_s, times_s, depth)]
    order = rng.permutation(2)
    return np.stack([sides[order[0]], sides[order[1]]], axis=1)


def in_turn(depth: Array, number: NDArray[np.intp], rng: np.random.Generator) -> Array:
    """Depth (n, 2) of two limbs that take turns, repetition by repetition, from a start posture at 0."""
    turn = (number + rng.integers(2)) % 2
    return np.stack([np.where(turn == side, depth, 0.0) for side in range(2)], axis=1)


def one(depth: Array, rng: np.random.Generator) -> Array:
    """Depth (n, 2) of one limb that works alone."""
    side = int(rng.integers(2))
    return np.stack(
        [depth if index == side else np.full_like(depth, depth.min()) for index in range(2)], axis=1
    )
