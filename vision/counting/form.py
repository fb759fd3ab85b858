"""How well a rep was done: its figures, and a verdict with a reason in plain words."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from vision.counting.measures import RepMeasures

if TYPE_CHECKING:
    from vision.counting.limbs import Limb
    from vision.counting.posture import Moment

Verdict = Literal["good", "shallow", "hips_sagging", "uneven_left", "uneven_right", "fast"]
Half = Literal["first", "second"]

MOMENTS = 512
"""Moments kept of one rep: 17 s at 30 frames a second, less than half a megabyte."""
KNEE_DOUBT_DEGREES = 10.0
"""A rep that was counted as full was deep enough as counting sees it: only a clear angle contradicts that."""


@dataclass(frozen=True, slots=True)
class FormLimits:
    """Where good form ends; may be tuned per station.

    Attributes:
        deep_enough_degrees: a squat's hip-knee-ankle angle below this is deep enough; standing is 180.
        least_range: share of the exercise's standard range; a quarter less is shallow.
        least_symmetry: share of one side's travel that the other one does. Asymmetry is said to matter from
            15 % on (Bishop et al., Strength Cond. J. 40(4), 2018), but of simulated even reps every twentieth
            looks as uneven as this to one camera.
        most_sag_degrees: hips this far below the body's line sag. Coaches call 170 to 180 degrees straight;
            a pose model may be wrong by another 5.
        least_eccentric_s: lowering faster than this is dropping. ACSM (Med. Sci. Sports Exerc. 41(3), 2009)
            calls 1 to 2 s moderate and less fast, as sets of push-ups often are; half of it is no control.
    """

    deep_enough_degrees: float = 120.0
    least_range: float = 0.75
    least_symmetry: float = 0.6
    most_sag_degrees: float = 15.0
    least_eccentric_s: float = 0.5


@dataclass(frozen=True, slots=True)
class FormStandard:
    """What can be asked of one exercise.

    Attributes:
        travel: the full range as textbooks draw it, in units of reach; None: range is not judged.
        eccentric: which half of a rep lowers the body or the weight; None: neither, tempo is not judged.
        knee_depth: the knee's angle says whether it was deep enough.
        both_sides: left and right do the same.
        straight_body: shoulders, hips and ankles stay on one line.
    """

    travel: float | None = None
    eccentric: Half | None = None
    knee_depth: bool = False
    both_sides: bool = False
    straight_body: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """How one rep was done. None: not seen well enough, from the wrong side, or not asked of this exercise.

    How deep it was for this person is the rep's own `depth`.

    Attributes:
        range_of_motion: share of the exercise's standard range: 1 is the textbook's, more is possible.
        eccentric_s: lowering, without pauses.
        concentric_s: lifting, without pauses.
        symmetry: travel of the lesser side as a share of the other's, 0..1.
        hip_sag_degrees: hips below the line of the body; negative above it.
        knee_degrees: hip-knee-ankle at the deepest moment; 180 is straight.
        verdict: the first that is wrong, as a code that can be translated; None: too little was seen.
        reason: the verdict in plain English.
    """

    range_of_motion: float | None = None
    eccentric_s: float | None = None
    concentric_s: float | None = None
    symmetry: float | None = None
    hip_sag_degrees: float | None = None
    knee_degrees: float | None = None
    verdict: Verdict | None = None
    reason: str = "not seen well enough"


class FormObserver:
    """Follows the moments of one exercise and judges each rep by those since the last return to the start."""

    def __init__(self, limb: Limb, standard: FormStandard) -> None:
        self.limits = FormLimits()
        self._limb = limb
        self._standard = standard
        self._moments: deque[tuple[float, Moment]] = deque(maxlen=MOMENTS)

    def begin(self) -> None:
        """What comes from here on is another rep."""
        self._moments.clear()

    def see(self, time_s: float, now: Moment) -> None:
        """Take one moment."""
        self._moments.append((time_s, now))

    def judge(self, *, partial: bool) -> Form:
        """The form of the rep that ends with the last moment seen."""
        if not self._moments:
            return Form()
        asked, measures = self._standard, RepMeasures(self._moments)
        there_s, back_s = (measures.there_s(), measures.back_s()) if asked.eccentric else (None, None)
        lowered_s, lifted_s = (there_s, back_s) if asked.eccentric == "first" else (back_s, there_s)
        sides = measures.sides(self._limb) if asked.both_sides else None
        travel = measures.travel
        form = Form(
            range_of_motion=_rounded(travel / asked.travel, 3) if travel and asked.travel else None,
            eccentric_s=_rounded(lowered_s, 3),
            concentric_s=_rounded(lifted_s, 3),
            symmetry=_rounded(min(sides) / max(sides), 3) if sides else None,
            hip_sag_degrees=_rounded(measures.hip_sag_degrees() if asked.straight_body else None, 1),
            knee_degrees=_rounded(measures.hinge_degrees() if asked.knee_depth else None, 1),
        )
        left_more = sides is not None and sides[0] > sides[1]
        verdict, reason = self._verdict(form, partial=partial, left_more=left_more)
        return replace(form, verdict=verdict, reason=reason)

    def _verdict(self, form: Form, *, partial: bool, left_more: bool) -> tuple[Verdict | None, str]:
        """The first thing that is wrong, in the order in which a coach would mend it."""
        limits = self.limits
        if shallow := self._shallow(form, partial=partial):
            return "shallow", f"shallow: {shallow}"
        if form.hip_sag_degrees is not None and form.hip_sag_degrees > limits.most_sag_degrees:
            return "hips_sagging", f"hips sagging by {form.hip_sag_degrees:.0f} degrees"
        if form.symmetry is not None and form.symmetry < limits.least_symmetry:
            if left_more:
                return "uneven_left", f"uneven: left {self._limb} does more"
            return "uneven_right", f"uneven: right {self._limb} does more"
        if form.eccentric_s is not None and form.eccentric_s < limits.least_eccentric_s:
            return "fast", f"fast: lowered in {form.eccentric_s:.2f} s"
        return (None, form.reason) if form == Form() else ("good", "good")

    def _shallow(self, form: Form, *, partial: bool) -> str | None:
        """Why the rep was not deep enough, or None. Where the knee is asked for, it alone decides."""
        enough_degrees = self.limits.deep_enough_degrees
        doubt_degrees = 0.0 if partial else KNEE_DOUBT_DEGREES
        if form.knee_degrees is not None and form.knee_degrees >= enough_degrees + doubt_degrees:
            return f"knees at {form.knee_degrees:.0f} degrees, below {enough_degrees:.0f} is deep enough"
        too_short = form.range_of_motion is not None and form.range_of_motion < self.limits.least_range
        if too_short and not self._standard.knee_depth:
            return f"{form.range_of_motion:.0%} of the full range"
        return "turned back early" if partial else None


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
