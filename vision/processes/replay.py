"""Counting a recording again with other settings, in the time that live frames leave."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from vision.processes.messages import Declined, Replayed
from vision.processes.trace import tally

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from vision.counting.reps import Rep
    from vision.keypoints import Pose
    from vision.processes.trace import Recording

_MOST_WAITING = 4
"""A recording is a copy of 0.8 MB; who asks for more at a time is told to wait."""
_MOST_TIMES = 300


class Counter(Protocol):
    """What is needed of a counter of repetitions."""

    def update(self, time_s: float, pose: Pose | None) -> list[Rep]:
        """Take a pose; give the repetitions it completes."""

    def reset_track(self) -> None:
        """Another shot: forget the pattern."""


class Mailbox(Protocol):
    """Where answers go."""

    def post(self, message: object, *, key: Hashable | None = None) -> None:
        """Send."""


@dataclass(slots=True)
class _Job:
    request_id: int
    exercises: tuple[str, ...]
    recording: Recording
    counter: Counter
    frames: Iterator[tuple[float, Pose | None, bool]]
    reps: list[Rep] = field(default_factory=list)

    def advance(self) -> bool:
        """Count one more frame; False when there is none."""
        for time_s, pose, cut in self.frames:
            if cut:
                self.counter.reset_track()
            self.reps += self.counter.update(time_s, pose)
            return True
        return False

    def answer(self) -> Replayed:
        start_s = self.recording.times_s[0] if len(self.recording.times_s) else 0.0
        ends_s = [round(float(rep.ended_s - start_s), 2) for rep in self.reps if not rep.partial]
        return Replayed(
            request_id=self.request_id,
            exercises=self.exercises,
            window_s=round(self.recording.window_s, 2),
            as_counted=self.recording.counted,
            would_count=tally(self.reps),
            reps_at_s=tuple(ends_s[:_MOST_TIMES]),
        )


class Replays:
    """One recording at a time; ``work`` is called between two frames and never takes long."""

    def __init__(self, *, outbox: Mailbox, clock: Callable[[], float]) -> None:
        """``clock`` gives monotonic seconds."""
        self._outbox = outbox
        self._clock = clock
        self._jobs: deque[_Job] = deque(maxlen=_MOST_WAITING)

    @property
    def busy(self) -> bool:
        """Whether any recording is still to be counted."""
        return bool(self._jobs)

    def add(
        self, request_id: int, exercises: tuple[str, ...], recording: Recording, counter: Counter
    ) -> None:
        """Count this recording with a fresh counter, soon."""
        if len(self._jobs) == self._jobs.maxlen:
            reason = f"{_MOST_WAITING} replays are under way; try again in a moment"
            self._outbox.post(Declined(request_id=request_id, reason=reason))
            return
        self._jobs.append(_Job(request_id, exercises, recording, counter, iter(recording)))

    def work(self, budget_s: float) -> None:
        """Go on for about so long."""
        until_s = self._clock() + budget_s
        while self._jobs and self._clock() < until_s:
            if not self._jobs[0].advance():
                self._outbox.post(self._jobs.popleft().answer())
