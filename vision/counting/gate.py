"""No rep for an exercise that is not happening: the word of a model that knows them all, asked per rep."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from vision.phase.belief import EXERCISES

if TYPE_CHECKING:
    from vision.counting.reps import Rep
    from vision.keypoints import Pose
    from vision.phase.belief import Belief, Recogniser

BELIEFS = 512
"""Beliefs kept: most of a minute at the rate at which they change."""


class Gate:
    """Keeps what a recogniser believed of one person, and tells how far that speaks against a rep."""

    def __init__(self, recogniser: Recogniser | None) -> None:
        self._recogniser = recogniser
        self._beliefs: deque[Belief] = deque(maxlen=BELIEFS)

    def reset(self) -> None:
        """Another person, or a cut."""
        self._beliefs.clear()
        if self._recogniser is not None:
            self._recogniser.reset()

    def see(self, time_s: float, pose: Pose) -> None:
        """Take one pose, not smoothed."""
        belief = None if self._recogniser is None else self._recogniser.update(time_s, pose)
        if belief is not None and (not self._beliefs or belief is not self._beliefs[-1]):
            self._beliefs.append(belief)

    def doubt(self, rep: Rep) -> float:
        """How much more something else was believed than this rep's exercise while it lasted, -1..1.

        0 where nothing is known. The moment counts at which the exercise itself was believed most: a rep's
        first second still shows what went before it.
        """
        told = [belief.exercise for belief in self._beliefs if rep.started_s <= belief.time_s <= rep.ended_s]
        if not told:
            return 0.0
        own = EXERCISES.index(rep.exercise)
        best = max(told, key=lambda belief: float(belief[own]))
        return float(np.delete(best, own).max() - best[own])
