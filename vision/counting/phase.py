"""Up or down: a phase relative to the person's own range of motion.

The tracker follows the reach of the working limbs (see `vision.counting.limbs`) between its turning
points. It never asks for a fixed angle: *down* is a descent by a good share of this person's own travel,
*up* is most of the way back. Runs of phases leave it as symbols, each with the moment it describes:

    X  a new track began: nothing is known of what went before
    O  another posture, or a descent too quick or too slow: whatever is going on, it is not this exercise
    U  up        D  down        M  a dip that turned back too early to be a full down
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import Literal

from vision.counting.extreme import Extreme

PHASE_MODEL = "own-range-2"
"""Name and version of this stage, for records."""

Symbol = Literal["X", "O", "U", "D", "M"]
Phase = Literal["up", "down", "between", "unknown"]


@dataclass(frozen=True, slots=True)
class PhaseSettings:
    """The range of motion of one exercise, in units of reach.

    Attributes:
        full_travel: nobody's full rep travels less.
        partial_travel: a dip of at least this is a partial rep, less is sway.
        own_share: a full rep travels at least this share of the person's usual travel.
        return_share: a rep has ended when this share of the descent has been taken back.
        straight: with this reach or more the limbs are as good as straight.
        opening_reach: a track that begins at this reach or less begins in the down posture.
        turn_s: a bottom at the very beginning counts only when the limbs stayed near it this long.
        rest_s: a track that begins lying or sitting low for longer than this does not begin with a rep.
        dip_s: what is over sooner is a twitch, and no rep.
        longest_s: what takes longer, down and back, is a rest, and no full rep.
        dwell_s: a phase shorter than this is a glitch.
    """

    full_travel: float = 0.33
    partial_travel: float = 0.15
    own_share: float = 0.6
    return_share: float = 0.6
    straight: float = 0.85
    opening_reach: float = 0.65
    turn_s: float = 0.1
    rest_s: float = 4.0
    dip_s: float = 0.35
    longest_s: float = math.inf
    dwell_s: float = 0.06


REMEMBERED_TRAVELS = 5
UNSEEN_S = 0.5
"""Limbs out of sight for this long may have made a whole way meanwhile."""
STEP_S = 0.05
"""Frames further apart than this are joined by a straight line; nothing that a body does is over sooner."""
TOP_LIMIT = 1.05
"""Reach above this is noise: no limb is longer than itself."""


@dataclass(frozen=True, slots=True)
class Run:
    """A symbol with its times.

    Attributes:
        symbol: what happened.
        start_s: when it began: for D and M when the limbs left the top, for U when they returned to it.
        lowest_s: D, M: the lowest moment so far; U: the lowest moment of the descent that it ends.
        depth: the travel down to there as a share of the person's usual travel, at most 1.
        opening: D: the track began there, nothing came down to it.
    """

    symbol: Symbol
    start_s: float
    lowest_s: float
    depth: float = 0.0
    opening: bool = False


class PhaseTracker:
    """Follows one exercise's reach; pure, told the time."""

    def __init__(self, settings: PhaseSettings) -> None:
        self._settings = settings
        self._travels: list[float] = []
        self._phase: Phase = "unknown"
        self._top: Extreme | None = None
        self._bottom: Extreme | None = None
        self._opening = False
        self._started_s = 0.0
        self._time_s = 0.0
        self._reach = 0.0
        self._last_top = 0.0
        self._descent_s = 0.0
        self._pending_s: float | None = None
        self._missed = False

    def tune(self, settings: PhaseSettings) -> None:
        """Go on by another range of motion."""
        self._settings = settings

    @property
    def phase(self) -> Phase:
        """The phase now; on the way between top and bottom it is `between`."""
        if self._phase == "unknown":
            return "unknown"
        depth = self.depth or 0.0
        if self._phase == "up":
            return "up" if depth < 1 - self._settings.return_share else "between"
        return "down" if depth > self._settings.own_share else "between"

    @property
    def is_down(self) -> bool:
        """Whether a full descent has been made and not been taken back yet."""
        return self._phase == "down"

    @property
    def depth(self) -> float | None:
        """0 at the top, 1 at this person's usual bottom."""
        if self._phase == "unknown" or self._top is None:
            return None
        top = max(self._top.reach, self._last_top)
        return max(0.0, min(1.0, (top - self._reach) / self._span()))

    def begin(self, time_s: float, *, fresh: bool) -> Run:
        """Forget the turning points: a new track (fresh, also forgets the range) or another posture."""
        if fresh:
            self._travels.clear()
        self._opening = fresh
        self._phase = "unknown"
        self._top = self._bottom = self._pending_s = None
        self._last_top = 0.0
        self._missed = False
        return Run("X" if fresh else "O", time_s, time_s)

    def miss(self) -> None:
        """The limbs are out of sight in this frame."""
        self._missed = True

    def update(self, time_s: float, reach: float) -> list[Run]:
        """Follow the reach; returns the symbols that this moment settles."""
        reach = min(reach, TOP_LIMIT)
        lost = self.is_down and self._missed and time_s - self._time_s >= UNSEEN_S
        self._missed = False
        runs = self._go(time_s, reach)
        if lost:
            self._find_again(time_s, reach)
        return runs

    def _find_again(self, time_s: float, reach: float) -> None:
        """The limbs were lost at the bottom: where they are found, another rep may have begun unseen."""
        self._bottom = Extreme(reach, time_s)
        if not self.is_down and reach < self._settings.straight:
            # Its top was not seen either, so that only the way back tells of it.
            self._phase, self._opening, self._started_s = "unknown", True, time_s
            self._top = Extreme(reach, time_s)

    def _go(self, time_s: float, reach: float) -> list[Run]:
        """Go straight to this reach, so that dwell is a matter of seconds and not of frames."""
        if self._top is None:
            return self._step(time_s, reach)
        steps = max(1, math.ceil((time_s - self._time_s) / STEP_S))
        times = [self._time_s + (time_s - self._time_s) * step / steps for step in range(1, steps)]
        way = reach - self._reach
        reaches = [self._reach + way * step / steps for step in range(1, steps)]
        return [
            run
            for at_s, there in zip((*times, time_s), (*reaches, reach), strict=True)
            for run in self._step(at_s, there)
        ]

    def _step(self, time_s: float, reach: float) -> list[Run]:
        elapsed_s = max(0.0, time_s - self._time_s)
        self._time_s, self._reach = time_s, reach
        if self._top is None or self._bottom is None:
            self._started_s = time_s
            self._top = Extreme(reach, time_s)
            self._bottom = Extreme(reach, time_s)
            return []
        self._top.follow(reach, time_s, elapsed_s, sign=1)
        self._bottom.follow(reach, time_s, elapsed_s, sign=-1)
        if self._bottom.time_s == time_s:
            self._descent_s = self._top.left_s
        if self._phase == "unknown":
            return self._orient(self._top, self._bottom)
        if self._phase == "up":
            return self._from_top(self._top, self._bottom)
        return self._from_bottom(self._top, self._bottom)

    def _span(self) -> float:
        """This person's usual travel; before it is known, the least that anybody's full rep takes."""
        usual = median(self._travels) if self._travels else 0.0
        return max(self._settings.full_travel, usual)

    def _full_travel(self) -> float:
        """What a full rep must travel. One rep is no habit yet: nobody's least has a say among the usual."""
        usual = median([self._settings.full_travel, *self._travels])
        return max(self._settings.full_travel, self._settings.own_share * usual)

    def _settled(self, *, condition: bool) -> bool:
        """Whether the condition has held for the dwell time."""
        if not condition:
            self._pending_s = None
            return False
        if self._pending_s is None:
            self._pending_s = self._time_s
        if self._time_s - self._pending_s < self._settings.dwell_s:
            return False
        self._pending_s = None
        return True

    def _orient(self, top: Extreme, bottom: Extreme) -> list[Run]:
        """Find out which end of the range the track began at."""
        settings = self._settings
        risen = self._reach - bottom.reach
        if self._reach >= settings.straight or risen >= settings.full_travel:
            low = (
                [Run("D", self._started_s, bottom.time_s, 1.0, opening=True)]
                if self._opened_low(bottom)
                else []
            )
            return [*low, self._turn_up(top, bottom)]
        if self._settled(condition=top.reach - self._reach >= settings.full_travel):
            self._phase = "down"
            up = Run("U", top.time_s, top.time_s)
            return [up, self._down(top, bottom, "D")]
        return []

    def _opened_low(self, bottom: Extreme) -> bool:
        """Whether the track began at the bottom of a rep: low, with the turn in view, and not as a rest."""
        settings = self._settings
        turned = bottom.reach <= settings.opening_reach and bottom.near_s >= settings.turn_s
        return self._opening and turned and bottom.left_s - self._started_s <= settings.rest_s

    def _from_top(self, top: Extreme, bottom: Extreme) -> list[Run]:
        if bottom.time_s < top.time_s:
            bottom.restart(self._reach, self._time_s)
            self._descent_s = top.left_s
        fallen = top.reach - bottom.reach
        if self._settled(condition=top.reach - self._reach >= self._full_travel()):
            self._phase = "down"
            return [self._down(top, bottom, "D")]
        returned = self._reach - bottom.reach >= self._settings.return_share * fallen
        if fallen >= self._settings.partial_travel and returned:
            if self._time_s - self._descent_s < self._settings.dip_s:
                bottom.restart(self._reach, self._time_s)
                return []
            dip = self._down(top, bottom, "M")
            return [dip, self._turn_up(top, bottom)]
        return []

    def _from_bottom(self, top: Extreme, bottom: Extreme) -> list[Run]:
        fallen = top.reach - bottom.reach
        back = self._reach - bottom.reach >= self._settings.return_share * fallen
        if not self._settled(condition=back):
            return []
        lasted_s = self._time_s - self._descent_s
        up = self._turn_up(top, bottom)
        if not self._settings.dip_s <= lasted_s <= self._settings.longest_s:
            return [Run("O", self._time_s, self._time_s), up]
        self._travels = [*self._travels, fallen][-REMEMBERED_TRAVELS:]
        return [up]

    def _depth_of(self, top: Extreme, bottom: Extreme) -> float:
        return max(0.0, min(1.0, (top.reach - bottom.reach) / self._span()))

    def _down(self, top: Extreme, bottom: Extreme, symbol: Symbol) -> Run:
        return Run(symbol, self._descent_s, bottom.time_s, self._depth_of(top, bottom))

    def _turn_up(self, top: Extreme, bottom: Extreme) -> Run:
        """Begin a new stay at the top, measured from here."""
        run = Run("U", self._time_s, bottom.time_s, self._depth_of(top, bottom))
        self._phase = "up"
        self._last_top = top.reach
        self._pending_s = None
        self._top = Extreme(self._reach, self._time_s)
        self._bottom = Extreme(self._reach, self._time_s)
        return run
