"""What a motion is: postures by depth for an exercise, postures by time for everything else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vision.training.body import Array, Body, Posture

Programme = Callable[[Array], Posture]
"""From the depth (n, 2) of each side, 0 at the start, 1 at the turn of a full repetition, to postures."""

MakeProgramme = Callable[[Body, str, np.random.Generator], Programme]
"""For a body and the name of a variant; draws the person's own style."""

Motion = Callable[[Body, Array, np.random.Generator], Posture]
"""For a body, at times (n,) in seconds."""
