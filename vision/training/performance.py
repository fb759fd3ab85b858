"""What one person does in one take: a set or another motion, and mostly how they got there and went away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vision.training.body import Posture, joined
from vision.training.chance import either, happens
from vision.training.motion.catalogue import Exercise
from vision.training.motion.floor import situp
from vision.training.motion.flows import crouched
from vision.training.motion.gait import walk
from vision.training.motion.waiting import sit, stand
from vision.training.motion.wander import sway
from vision.training.tempo import Tempo, both, eased, in_turn, one, repetitions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.training.body import Array, Body
    from vision.training.motion.catalogue import Other

FINISHED_SHARE = 0.8
"""Of the sets that end: after a repetition, not in the middle of one."""
WAY_S = (0.8, 3.0)
"""How long it takes to get into position, or out of it."""


@dataclass(frozen=True, slots=True)
class Performance:
    """What happens at n times.

    Attributes:
        posture: of the body.
        depth: (n,), 0 at the start posture, 1 at the turn of a textbook repetition, more beyond it.
        going_on: (n,) whether it is the exercise, or the other motion, rather than the way there or back.
    """

    posture: Posture
    depth: Array
    going_on: NDArray[np.bool_]


def perform(body: Body, variant: Exercise | Other, times_s: Array, rng: np.random.Generator) -> Performance:
    """A take of one variant at times (n,) in seconds."""
    count = len(times_s)
    begin, end = 0, count
    if variant.via != "nothing":
        begin = round(count * either(rng, 0.35, (0.0, 0.0), (0.1, 0.5)))
        end = round(count * either(rng, 0.25, (1.0, 1.0), (0.6, 0.9)))
    actor = _Actor(body, variant, rng)
    postures, depth = actor.act(times_s[begin:end], begins=begin > 0, ends=end < count)
    end = begin + len(postures)
    parts = [postures]
    if begin:
        before_s = times_s[begin] - times_s[:begin]
        parts.insert(0, actor.on_the_way(postures.at(0, begin), times_s[:begin], before_s))
    if end < count:
        after_s = times_s[end:] - times_s[end - 1]
        parts.append(actor.on_the_way(postures.at(-1, count - end), times_s[end:], after_s))
    return Performance(
        posture=joined(parts),
        depth=np.pad(depth, (begin, count - end)),
        going_on=np.pad(np.ones(end - begin, dtype=bool), (begin, count - end)),
    )


@dataclass(frozen=True, slots=True)
class _Actor:
    body: Body
    variant: Exercise | Other
    rng: np.random.Generator

    def act(self, times_s: Array, *, begins: bool, ends: bool) -> tuple[Posture, Array]:
        """The variant itself and its depth; a set that ends mostly does so after a whole repetition."""
        variant, rng = self.variant, self.rng
        if not isinstance(variant, Exercise):
            return self._alive(variant.motion(self.body, times_s, rng), times_s), np.zeros(len(times_s))
        tempo = Tempo.sample(rng, variant.rep_s)
        if variant.quick:
            tempo = tempo.quick()
        if variant.sides != "both":
            tempo = tempo.from_zero()
        late = 0.0 if begins else float(rng.random())
        depth, number = repetitions(times_s, tempo, rng, late=late)
        if ends and number[-1] > number[0] and happens(rng, FINISHED_SHARE):
            whole = int(np.searchsorted(number, number[-1]))
            times_s, depth, number = times_s[:whole], depth[:whole], number[:whole]
        if variant.sides == "both":
            sides = both(times_s, depth, rng)
        else:
            sides = in_turn(depth, number, rng) if variant.sides == "in_turn" else one(depth, rng)
        programme = variant.programme(self.body, variant.name, rng)
        return self._alive(programme(sides), times_s), sides.max(axis=1)

    def on_the_way(self, there: Posture, times_s: Array, away_s: Array) -> Posture:
        """Standing, sitting or walking about that becomes a posture `away_s` (n,) later, or was it before."""
        body, rng = self.body, self.rng
        share = np.clip(1 - away_s / rng.uniform(*WAY_S), 0, 1)
        key = there
        if self.variant.via == "crouch":
            key = crouched(body, there.wrist[0]).at(0, len(times_s))
        elif self.variant.via == "seat":
            key = situp(body, "hands_on_chest", rng)(np.ones((len(times_s), 2)))
        motions = (stand, stand, walk, sit) if self.variant.via == "standing" else (stand, stand, walk)
        about = motions[int(rng.integers(len(motions)))](body, times_s, rng)
        meet = int(share.argmax())  # where somebody who walks up arrives
        ahead = key.ankle[meet, :, 0].mean() - about.ankle[meet, :, 0].mean()
        about = about.moved(np.array([ahead, 0.0, 0.0]))
        if key is there:
            return about.blend(there, eased(share))
        half_way = about.blend(key, eased(np.clip(2 * share, 0, 1)))
        return half_way.blend(there, eased(np.clip(2 * share - 1, 0, 1)))

    def _alive(self, posture: Posture, times_s: Array) -> Posture:
        """With the small swaying of a living body."""
        moves = float(self.rng.uniform(0.2, 1.5)) * sway(times_s, self.rng, (8,))
        return replace(
            posture,
            pelvis=posture.pelvis + 0.008 * moves[:, :3],
            trunk=posture.trunk + 1.5 * moves[:, 3:6],
            head=posture.head + 7.0 * moves[:, 6:8],
        )
