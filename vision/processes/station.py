"""One watched station: who is there, and what they have done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from vision.processes.occupant import Occupant
from vision.processes.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vision.counting.counter import CountingSettings, CountStatus
    from vision.counting.reps import Rep
    from vision.keypoints import Pose
    from vision.phase.belief import Recogniser
    from vision.pose.sought import Sought
    from vision.processes.messages import Watch
    from vision.processes.ring import Frame


class Estimator(Protocol):
    """What is needed of a pose estimator."""

    def estimate(
        self, frame_bgr: NDArray[np.uint8], time_s: float, sought: Sought | None = None
    ) -> Pose | None:
        """The person in this frame; None looks for anybody."""

    def reset(self) -> None:
        """Forget the person tracked so far."""


class Counter(Protocol):
    """What is needed of a counter of repetitions."""

    @property
    def status(self) -> CountStatus:
        """Where the count stands."""

    def update(self, time_s: float, pose: Pose | None) -> list[Rep]:
        """Take a pose; give the repetitions it completes."""

    def reset_track(self) -> None:
        """Another shot: forget the pattern."""

    @property
    def refused(self) -> int:
        """Full repetitions that the recogniser spoke against."""

    def tune(self, settings: CountingSettings) -> None:
        """Go on with other settings."""

    def replace_recogniser(self, recogniser: Recogniser) -> None:
        """Go on with another recogniser."""


@dataclass(slots=True)
class Station:
    """Looks with an estimator of its own, which follows one person and no neighbour."""

    watch: Watch
    counter: Counter
    estimator: Estimator | None = None
    trace: Trace = field(default_factory=Trace)
    view_due_s: float = float("-inf")
    _occupant: Occupant = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nobody there."""
        self._occupant = Occupant(self.watch.zone)

    def look(
        self, frame: Frame, neighbours: Sequence[Station], new_estimator: Callable[[], Estimator]
    ) -> Pose | None:
        """The person who is at this station, and at none of the neighbours."""
        if self.estimator is None:
            self.estimator = new_estimator()
        others = [each._occupant for each in neighbours if each is not self]  # noqa: SLF001 - of its own kind
        sought = self._occupant.sought(frame.captured_s, frame.width, frame.height, others)
        pose = self.estimator.estimate(frame.image, frame.captured_s, sought)
        if self._occupant.note(frame.captured_s, pose):
            self._forget_pattern()
        return pose

    def follow(self, time_s: float, pose: Pose | None) -> list[Rep]:
        """Count with this pose, and keep it for a replay."""
        reps = self.counter.update(time_s, pose)
        self.trace.note(time_s, pose, reps)
        return reps

    def reset_track(self) -> None:
        """Another shot."""
        if self.estimator is not None:
            self.estimator.reset()
        self._occupant.forget()
        self._forget_pattern()

    def _forget_pattern(self) -> None:
        self.counter.reset_track()
        self.trace.cut()
