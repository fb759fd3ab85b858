"""One stream of one exercise: a curve of the body becomes phases, phases become reps."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from vision.counting.bottom import Bottom
from vision.counting.carried import feet_planted, knees_in_view, leg_misjudged
from vision.counting.form import KNEE_DOUBT_DEGREES, FormObserver
from vision.counting.phase import PhaseTracker, Run
from vision.counting.posture import Moment
from vision.counting.reps import RepMatcher

if TYPE_CHECKING:
    from vision.counting.counter import CountingSettings
    from vision.counting.exercises import Exercise
    from vision.counting.phase import Phase
    from vision.counting.reps import Rep
    from vision.counting.signals import Gauge
    from vision.keypoints import Pose

OPENING_SCORE = 0.3
"""A track that begins with a guess does not begin with a rep."""
SETTLING_S = 0.5
"""A pose model that has just found somebody needs about this long to see how they lie..."""
SETTLED_SCORE = 0.5
"""...unless it is as sure as this."""
TOP_NOISE = 0.02
"""A reach this little below the highest is as high: by pose models, who stands still sways by as much."""
BOUNCE_S = 0.6
"""Who is in the lower half of the way for less than this bounces: so quick a bottom is no proof of depth."""
AWAITED_MOST = 64
"""Moments kept while it is not sure yet that the posture is right."""


class StreamCounter:
    """Counts one exercise of one person by one stream of the body."""

    def __init__(self, exercise: Exercise, gauge: Gauge, settings: CountingSettings) -> None:
        self.exercise = exercise
        self._gauge = gauge
        self._tracker = PhaseTracker(exercise.phase)
        self._matcher = RepMatcher(exercise.name, exercise.patterns)
        self._form = FormObserver(exercise.limb, exercise.form)
        self._high: Moment | None = None
        self._low: Moment | None = None
        self._lowest: Moment | None = None
        self._bottom = Bottom()
        self._awaited: deque[tuple[float, Moment]] = deque(maxlen=AWAITED_MOST)
        self._top = -math.inf
        self._unlike: Run | None = None
        self._like: Run | None = None
        self._doubt_s: float | None = None
        self._began_s = 0.0
        self.in_posture = False
        self.tune(settings)

    @property
    def phase(self) -> Phase:
        """Where in the rep."""
        return self._tracker.phase

    @property
    def depth(self) -> float | None:
        """0 at the top, 1 at this person's usual bottom."""
        return self._tracker.depth

    def tune(self, settings: CountingSettings) -> None:
        """Go on with other settings; the repetition in progress goes on too."""
        self._posture_s = settings.posture_s
        self._tracker.tune(settings.over(self.exercise.phase))
        self._form.limits = settings.form

    def begin(self, time_s: float) -> None:
        """A new track."""
        self._gauge.reset()
        self._awaited.clear()
        self.in_posture = True
        self._began_s = time_s
        self._restart(time_s, fresh=True)

    def leave(self) -> None:
        """Nobody is there any more."""
        self.in_posture = False

    def update(self, time_s: float, pose: Pose) -> list[Rep]:
        """Follow one smoothed pose."""
        view = self._gauge.measure(time_s, pose.points)
        if view is None:
            self._tracker.miss()
            return []
        now = Moment(view, pose.points)
        right = self.exercise.posture.problem(now) is None
        self._judge_posture(time_s, right)
        if not self.in_posture:
            if right:
                self._awaited.append((time_s, now))
            else:
                self._awaited.clear()
            return []
        # Now that the posture is believed, what the body did meanwhile counts too.
        moments = [*self._awaited, (time_s, now)]
        self._awaited.clear()
        return [rep for at_s, moment in moments for rep in self._follow(at_s, moment)]

    def _follow(self, time_s: float, now: Moment) -> list[Rep]:
        """Follow one moment in the right posture."""
        view = now.view
        self._note_low(time_s, now)
        self._form.see(time_s, now)
        runs = self._tracker.update(time_s, view.reach)
        reps = [rep for run in runs for rep in self._take(run, time_s, now)]
        reps = [replace(rep, form=self._form.judge(partial=rep.partial)) for rep in reps]
        if runs and runs[-1].symbol == "U":
            self._lowest, self._top = None, view.reach
            self._leave_top(time_s, now)
            self._form.begin()
        elif view.reach >= self._top - TOP_NOISE and not self._tracker.is_down:
            # Who stands for a while moves about: the descent is measured from where it began.
            self._top = max(self._top, view.reach)
            self._leave_top(time_s, now)
        return reps

    def _leave_top(self, time_s: float, now: Moment) -> None:
        """A descent from here."""
        self._high, self._low = now, None
        self._bottom.begin()
        self._bottom.see(time_s, now)

    def _note_low(self, time_s: float, now: Moment) -> None:
        """Keep the lowest moment after the top, and the lowest of all since the last return."""
        self._bottom.see(time_s, now)
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
            self._restart(self._doubt_s if right else time_s, fresh=False)

    def _restart(self, time_s: float, *, fresh: bool) -> None:
        self._high = self._low = self._lowest = self._doubt_s = self._unlike = self._like = None
        self._top = -math.inf
        self._bottom.begin()
        self._form.begin()
        self._matcher.feed(self._tracker.begin(time_s, fresh=fresh))

    def _take(self, run: Run, time_s: float, now: Moment) -> list[Rep]:
        """Feed a run to the patterns if the body really moved as the exercise asks.

        A descent is judged as soon as it is one, and once more at its end by its lowest moment: no single
        frame decides.
        """
        contested = False
        if run.symbol == "U":
            unlike, like, self._unlike, self._like = self._unlike, self._like, None, None
            if unlike is not None:
                real = self._is_real(unlike, now)
                self._matcher.feed(unlike if real else Run("O", unlike.start_s, unlike.lowest_s))
            contested = like is not None and not self._is_real(like, now)
        if run.symbol in {"D", "M"} and not self._is_real(run, now):
            if run.symbol == "M":
                return []
            if run.opening or self._began_badly(time_s):
                self._restart(time_s, fresh=self._began_badly(time_s))
            else:
                self._unlike = run
            return []
        if run.symbol == "D":
            self._like = run
        return [
            replace(rep, contested=contested, partial=self._is_partial(rep))
            for rep in self._matcher.feed(run)
        ]

    def _began_badly(self, time_s: float) -> bool:
        """Whether the first poses of this track were guesses: what they tell of its beginning is void."""
        guessed = self._high is not None and self._high.view.score < SETTLED_SCORE
        return guessed and time_s - self._began_s <= SETTLING_S

    def _is_real(self, run: Run, now: Moment) -> bool:
        """Whether the body came down from the top, or up to now when the track began low."""
        top, bottom = (now, self._lowest) if run.opening else (self._high, self._low)
        if top is None or bottom is None:
            return False
        if run.opening and (bottom.view.score < OPENING_SCORE or self.exercise.posture.problem(bottom)):
            return False
        return self.exercise.posture.is_descent(top, bottom)

    def _is_partial(self, rep: Rep) -> bool:
        """Whether it was too shallow for a full rep: by its travel, unless knees, feet or time contradict."""
        if not self.exercise.form.knee_depth or self._high is None or self._low is None:
            return rep.partial
        enough_degrees, bent_degrees = self._form.limits.deep_enough_degrees, self._bottom.knee_degrees()
        clearly_degrees = enough_degrees - KNEE_DOUBT_DEGREES
        if leg_misjudged(self._low, clearly_degrees):
            return True
        bounced = self._bottom.lasted_s() < BOUNCE_S
        if rep.partial:
            return bounced or bent_degrees >= enough_degrees or not feet_planted(self._high, self._low)
        return bounced and bent_degrees >= clearly_degrees and knees_in_view(self._low)
