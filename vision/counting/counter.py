"""A station's counter: poses in, reps out. Pure: it is told the time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from vision.counting import exercises as catalogue
from vision.counting.continuity import Continuity, ContinuitySettings
from vision.counting.phase import PhaseTracker
from vision.counting.posture import Moment
from vision.counting.reps import RepMatcher, together
from vision.counting.signals import gauges
from vision.counting.smoothing import PoseSmoother, SmoothingSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vision.counting.exercises import Exercise
    from vision.counting.phase import Run
    from vision.counting.reps import Rep
    from vision.counting.signals import Gauge
    from vision.keypoints import Pose

PhaseName = Literal["up", "down", "between", "unknown"]


@dataclass(frozen=True, slots=True)
class CountingSettings:
    """What may be tuned per station.

    Attributes:
        min_score: a pose less sure than this is nobody.
        posture_s: a posture must be wrong, or right again, for this long before it closes or opens the count.
        smoothing: how hard keypoints are smoothed.
        continuity: when a person is another person.
    """

    min_score: float = 0.3
    posture_s: float = 0.3
    smoothing: SmoothingSettings = field(default_factory=SmoothingSettings)
    continuity: ContinuitySettings = field(default_factory=ContinuitySettings)


@dataclass(frozen=True, slots=True)
class CountStatus:
    """What the counter sees now.

    Attributes:
        exercise: the one that is going on, None when the person does none of the allowed ones.
        phase: where in the rep.
        depth: 0 at the top, 1 at this person's usual bottom.
    """

    exercise: str | None
    phase: PhaseName
    depth: float | None


OPENING_SCORE = 0.3
"""A track that begins with a guess does not begin with a rep."""
NOTHING = CountStatus(None, "unknown", None)


class ExerciseCounter:
    """Counts one exercise of one person by one stream of the body."""

    def __init__(self, exercise: Exercise, posture_s: float, gauge: Gauge | None = None) -> None:
        self.exercise = exercise
        self._posture_s = posture_s
        self._gauge = gauge or gauges(exercise.limb, exercise.signal)[0]
        self._tracker = PhaseTracker(exercise.phase)
        self._matcher = RepMatcher(exercise.name, exercise.patterns)
        self._high: Moment | None = None
        self._low: Moment | None = None
        self._lowest: Moment | None = None
        self._doubt_s: float | None = None
        self.in_posture = False

    @property
    def status(self) -> CountStatus:
        """Phase and depth of this exercise, whether or not it is the one going on."""
        if not self.in_posture:
            return NOTHING
        return CountStatus(self.exercise.name, self._tracker.phase, self._tracker.depth)

    def begin(self, time_s: float) -> None:
        """A new track."""
        self._gauge.reset()
        self.in_posture = True
        self._restart(time_s, fresh=True)

    def leave(self) -> None:
        """Nobody is there any more."""
        self.in_posture = False

    def update(self, time_s: float, pose: Pose) -> list[Rep]:
        """Follow one smoothed pose."""
        view = self._gauge.measure(time_s, pose.points)
        if view is None:
            return []
        now = Moment(view, pose.points)
        self._judge_posture(time_s, self.exercise.posture.problem(now) is None)
        if not self.in_posture:
            return []
        self._note(now)
        runs = self._tracker.update(time_s, view.reach)
        reps = [rep for run in runs for rep in self._take(run, time_s, now)]
        if runs and runs[-1].symbol == "U":
            self._high, self._low, self._lowest = now, None, None
        return reps

    def _note(self, now: Moment) -> None:
        """Keep the highest moment, the lowest after it, and the lowest of all since the last return."""
        if self._high is None or now.view.reach >= self._high.view.reach:
            self._high, self._low = now, None
        if self._low is None or now.view.reach <= self._low.view.reach:
            self._low = now
        if self._lowest is None or now.view.reach <= self._lowest.view.reach:
            self._lowest = now

    def _judge_posture(self, time_s: float, right: bool) -> None:  # noqa: FBT001 - private
        if right == self.in_posture:
            self._doubt_s = None
            return
        if self._doubt_s is None:
            self._doubt_s = time_s
        if time_s - self._doubt_s >= self._posture_s:
            self.in_posture = right
            self._restart(time_s, fresh=False)

    def _restart(self, time_s: float, *, fresh: bool) -> None:
        self._high = self._low = self._lowest = self._doubt_s = None
        self._matcher.feed(self._tracker.begin(time_s, fresh=fresh))

    def _take(self, run: Run, time_s: float, now: Moment) -> list[Rep]:
        """Feed a run to the patterns if the body really moved as the exercise asks."""
        if run.symbol in {"D", "M"} and not self._is_real(run, now):
            if run.symbol == "D":
                self._restart(time_s, fresh=False)
            return []
        return self._matcher.feed(run)

    def _is_real(self, run: Run, now: Moment) -> bool:
        """Whether the body came down from its highest moment, or up to now when the track began low."""
        top, bottom = (now, self._lowest) if run.opening else (self._high, self._low)
        if top is None or bottom is None:
            return False
        if run.opening and bottom.view.score < OPENING_SCORE:
            return False
        return self.exercise.posture.is_descent(top, bottom)


class SidesCounter:
    """Counts an exercise by each of its streams: limbs that work in turn count each, both together once."""

    def __init__(self, exercise: Exercise, posture_s: float) -> None:
        self.exercise = exercise
        self._streams = [
            ExerciseCounter(exercise, posture_s, gauge) for gauge in gauges(exercise.limb, exercise.signal)
        ]
        self._last: list[Rep | None] = [None] * len(self._streams)

    @property
    def in_posture(self) -> bool:
        """Whether any side can be doing it."""
        return any(stream.in_posture for stream in self._streams)

    @property
    def status(self) -> CountStatus:
        """Of the side that is further on its way."""
        return max((stream.status for stream in self._streams), key=lambda status: status.depth or 0.0)

    def begin(self, time_s: float) -> None:
        """A new track."""
        for stream in self._streams:
            stream.begin(time_s)

    def leave(self) -> None:
        """Nobody is there any more."""
        for stream in self._streams:
            stream.leave()

    def update(self, time_s: float, pose: Pose) -> list[Rep]:
        """Follow one smoothed pose; leaves out what another side has counted at the same time."""
        return [
            rep
            for side, stream in enumerate(self._streams)
            for rep in stream.update(time_s, pose)
            if self._is_new(side, rep)
        ]

    def _is_new(self, side: int, rep: Rep) -> bool:
        self._last[side] = rep
        others = [last for index, last in enumerate(self._last) if index != side and last is not None]
        return not any(together(rep, other) and other.partial <= rep.partial for other in others)


class StationCounter:
    """Counts one person's reps of the allowed exercises; whichever really happens is counted."""

    def __init__(self, exercises: Sequence[str], settings: CountingSettings | None = None) -> None:
        self._settings = settings or CountingSettings()
        found = [catalogue.find(name) for name in dict.fromkeys(exercises)]
        self._counters = [SidesCounter(exercise, self._settings.posture_s) for exercise in found]
        self._continuity = Continuity(self._settings.continuity)
        self._smoother = PoseSmoother(self._settings.smoothing)
        self._current: SidesCounter | None = None
        self._seen_s: float | None = None

    @property
    def status(self) -> CountStatus:
        """What the counter sees now."""
        if self._current is not None and self._current.in_posture:
            return self._current.status
        return next((counter.status for counter in self._counters if counter.in_posture), NOTHING)

    def update(self, time_s: float, pose: Pose | None) -> list[Rep]:
        """Take one frame's pose (None: nobody seen); returns the reps that it completes."""
        if pose is None or not pose.is_possible or pose.score < self._settings.min_score:
            if self._seen_s is not None and time_s - self._seen_s > self._settings.continuity.gap_s:
                self.reset_track()
            return []
        self._seen_s = time_s
        if self._continuity.begins_new_track(time_s, pose):
            self._smoother.reset()
            for counter in self._counters:
                counter.begin(time_s)
        smooth = self._smoother.update(time_s, pose)
        reps: list[Rep] = []
        for counter in self._counters:
            done = counter.update(time_s, smooth)
            if done:
                self._current = counter
            reps += done
        return reps

    def reset_track(self) -> None:
        """Another person, or a cut: forget the pattern and the range; what was counted stays counted."""
        self._continuity.reset()
        self._current = None
        self._seen_s = None
        for counter in self._counters:
            counter.leave()
