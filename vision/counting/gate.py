"""No rep for an exercise that is not happening: the word of a model that knows them all, asked per rep."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from vision.phase.belief import EXERCISES

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
        told = self._told(rep)
        own = EXERCISES.index(rep.exercise)
        return _against(max(told, key=lambda belief: float(belief[own])), own) if told else 0.0

    def usual_doubt(self, rep: Rep) -> float:
        """The same for most of its time: the median of its moments."""
        told = self._told(rep)
        own = EXERCISES.index(rep.exercise)
        return median(_against(belief, own) for belief in told) if told else 0.0

    def _told(self, rep: Rep) -> list[NDArray[np.float32]]:
        """What was believed while it lasted, each (8,) as in `Belief.exercise`."""
        return [belief.exercise for belief in self._beliefs if rep.started_s <= belief.time_s <= rep.ended_s]


def _against(belief: NDArray[np.float32], own: int) -> float:
    """How much more the likeliest other exercise is believed than this one."""
    return float(np.delete(belief, own).max() - belief[own])
