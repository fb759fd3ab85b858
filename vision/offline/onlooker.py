"""Those who look on while a video is counted: what they are shown, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vision.counting.counter import CountStatus
    from vision.counting.reps import Rep
    from vision.keypoints import Pose


@dataclass(frozen=True, slots=True)
class Step:
    """One frame and what came of it, for those who look on (overlay, plot)."""

    time_s: float
    frame: NDArray[np.uint8]
    pose: Pose | None
    status: CountStatus
    finished: tuple[Rep, ...]
    reps: int


class Onlooker(Protocol):
    """Sees every step of a count."""

    def open(self, width: int, height: int, fps: float) -> None:
        """The video is open."""

    def see(self, step: Step) -> None:
        """One frame is done."""

    def close(self) -> None:
        """The video has ended; called after `open`, whatever happened."""
