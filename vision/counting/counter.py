"""A station's counter: poses in, reps out. Pure: it is told the time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from vision.counting import exercises as catalogue
from vision.counting.continuity import Continuity, ContinuitySettings
from vision.counting.form import FormLimits
from vision.counting.gate import Gate
from vision.counting.reps import together
from vision.counting.signals import gauges
from vision.counting.smoothing import PoseSmoother, SmoothingSettings
from vision.counting.stream import StreamCounter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vision.counting.exercises import Exercise
    from vision.counting.phase import PhaseSettings
    from vision.counting.reps import Rep
    from vision.keypoints import Pose
    from vision.phase.belief import Recogniser

PhaseName = Literal["up", "down", "between", "unknown"]


@dataclass(frozen=True, slots=True)
class CountingSettings:
    """What may be tuned per station.

    Attributes:
        min_score: a pose less sure than this is nobody.
        posture_s: a posture must be wrong, or right again, for this long before it closes or opens the count.
        smoothing: how hard keypoints are smoothed.
        continuity: when a person is another person.
        hysteresis: share of a descent to be taken back before it is up again; None: the exercise's own.
        dwell_s: a phase shorter than this is a glitch; None: the exercise's own.
        form: where good form ends.
        refusal: a rep is none when the recogniser believed something else by this much more, 0..1; 1: never.
            For one that at its lowest no longer looked like the exercise, half of it is enough, or all of it
            for most of its time.
    """

    min_score: float = 0.3
    posture_s: float = 0.3
    smoothing: SmoothingSettings = field(default_factory=SmoothingSettings)
    continuity: ContinuitySettings = field(default_factory=ContinuitySettings)
    hysteresis: float | None = None
    dwell_s: float | None = None
    form: FormLimits = field(default_factory=FormLimits)
    refusal: float = 0.7

    def over(self, phase: PhaseSettings) -> PhaseSettings:
        """An exercise's own range of motion, with what is tuned in its place."""
        if self.hysteresis is not None:
            phase = replace(phase, return_share=self.hysteresis)
        return phase if self.dwell_s is None else replace(phase, dwell_s=self.dwell_s)


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


STRANGE_S = 0.1
"""A body that is suddenly elsewhere is a slip of the pose model if it is back sooner than this."""
STRANGE_MOST = 64
FOUND_S = 0.5
"""Who is lost again this soon was not found yet: what was seen of them were guesses. (Three frames are asked
for by Wojke, Bewley and Paulus, "Simple online and realtime tracking ...", ICIP 2017.)"""
NOTHING = CountStatus(None, "unknown", None)


class SidesCounter:
    """Counts an exercise by each of its streams: limbs that work in turn count each, both together once."""

    def __init__(self, exercise: Exercise, settings: CountingSettings) -> None:
        self.exercise = exercise
        self._streams = [
            StreamCounter(exercise, gauge, settings) for gauge in gauges(exercise.limb, exercise.signal)
        ]
        self._last: list[Rep | None] = [None] * len(self._streams)

    @property
    def in_posture(self) -> bool:
        """Whether any side can be doing it."""
        return any(stream.in_posture for stream in self._streams)

    @property
    def status(self) -> CountStatus:
        """Of the side that is further on its way."""
        at_it = [stream for stream in self._streams if stream.in_posture]
        if not at_it:
            return NOTHING
        furthest = max(at_it, key=lambda stream: stream.depth or 0.0)
        return CountStatus(self.exercise.name, furthest.phase, furthest.depth)

    def tune(self, settings: CountingSettings) -> None:
        """Go on with other settings."""
        for stream in self._streams:
            stream.tune(settings)

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

    def __init__(
        self,
        exercises: Sequence[str],
        settings: CountingSettings | None = None,
        recogniser: Recogniser | None = None,
    ) -> None:
        self._settings = settings or CountingSettings()
        found = [catalogue.find(name) for name in dict.fromkeys(exercises)]
        self._counters = [SidesCounter(exercise, self._settings) for exercise in found]
        self._continuity = Continuity(self._settings.continuity)
        self._before = Continuity(self._settings.continuity)
        self._other = Continuity(self._settings.continuity)
        self._strange: deque[tuple[float, Pose]] = deque(maxlen=STRANGE_MOST)
        self._smoother = PoseSmoother(self._settings.smoothing)
        self._gate = Gate(recogniser)
        self._counted: deque[Rep] = deque(maxlen=len(self._counters))
        self._current: SidesCounter | None = None
        self.refused = 0
        """Full reps not counted because the recogniser was sure of something else."""
        self._found_s: float | None = None
        self._seen_s: float | None = None

    @property
    def status(self) -> CountStatus:
        """What the counter sees now."""
        if self._current is not None and self._current.in_posture:
            return self._current.status
        return next((counter.status for counter in self._counters if counter.in_posture), NOTHING)

    def tune(self, settings: CountingSettings) -> None:
        """Go on with other settings from the next pose; no count, range or repetition in progress is lost."""
        self._settings = settings
        for continuity in (self._continuity, self._before, self._other):
            continuity.settings = settings.continuity
        self._smoother.settings = settings.smoothing
        for counter in self._counters:
            counter.tune(settings)

    def replace_recogniser(self, recogniser: Recogniser | None) -> None:
        """Ask another recogniser from now on (None: nobody); no count is lost."""
        self._gate = Gate(recogniser)

    def update(self, time_s: float, pose: Pose | None) -> list[Rep]:
        """Take one frame's pose (None: nobody seen); returns the reps that it completes."""
        if pose is None or not pose.is_possible or pose.score < self._settings.min_score:
            self._miss(time_s)
            return []
        if self._seen_s is None and not self._is_seeking(time_s):
            self._found_s = time_s
        self._seen_s = time_s
        if self._continuity.is_over(time_s):
            return self._begin([(time_s, pose)])
        # Where the last pose was the slip, this one goes on from the one before it.
        if self._continuity.follows(time_s, pose) or self._before.follows(time_s, pose):
            self._strange.clear()
            return self._follow(time_s, pose)
        if self._strange and not self._other.follows(time_s, pose):
            self._strange.clear()
        self._other.keep(time_s, pose)
        self._strange.append((time_s, pose))
        lasted = time_s - self._strange[0][0] >= STRANGE_S
        return self._begin(self._strange) if lasted else []

    def _is_seeking(self, time_s: float) -> bool:
        """Whether somebody was found just now, and may still be lost and found again."""
        return self._found_s is not None and 0 <= time_s - self._found_s < FOUND_S

    def _miss(self, time_s: float) -> None:
        """Nobody is seen in this frame."""
        if self._seen_s is None:
            return
        if self._is_seeking(time_s):
            found_s = self._found_s
            self.reset_track()
            self._found_s = found_s
        elif time_s - self._seen_s > self._settings.continuity.gap_s:
            self.reset_track()

    def _begin(self, poses: Sequence[tuple[float, Pose]]) -> list[Rep]:
        """A new track, which these poses belong to."""
        self._continuity.reset()
        self._smoother.reset()
        self._gate.reset()
        for counter in self._counters:
            counter.begin(poses[0][0])
        reps = [rep for time_s, pose in poses for rep in self._follow(time_s, pose)]
        self._strange.clear()
        return reps

    def _follow(self, time_s: float, pose: Pose) -> list[Rep]:
        self._continuity, self._before = self._before, self._continuity
        self._continuity.keep(time_s, pose)
        self._gate.see(time_s, pose)
        smooth = self._smoother.update(time_s, pose)
        done = [(counter, rep) for counter in self._counters for rep in counter.update(time_s, smooth)]
        done.sort(key=lambda pair: self._gate.doubt(pair[1]))
        return [rep for counter, rep in done if self._takes(counter, rep)]

    def _takes(self, counter: SidesCounter, rep: Rep) -> bool:
        """Whether this rep is one of its exercise, and not another exercise's that was counted already."""
        if self._is_refused(rep):
            self.refused += not rep.partial
            return False
        others = (other for other in self._counted if other.exercise != rep.exercise)
        if any(together(rep, other) and other.partial <= rep.partial for other in others):
            return False
        self._counted.append(rep)
        self._current = counter
        return True

    def _is_refused(self, rep: Rep) -> bool:
        """Whether the recogniser is sure enough that this was something else."""
        refusal = self._settings.refusal
        if refusal >= 1:
            return False
        if rep.contested and self._gate.usual_doubt(rep) >= refusal:
            return True
        return self._gate.doubt(rep) >= (refusal / 2 if rep.contested else refusal)

    def reset_track(self) -> None:
        """Another person, or a cut: forget the pattern and the range; what was counted stays counted."""
        self._continuity.reset()
        self._before.reset()
        self._other.reset()
        self._strange.clear()
        self._current = None
        self._found_s = self._seen_s = None
        for counter in self._counters:
            counter.leave()
