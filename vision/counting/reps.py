"""Repetitions: runs of up and down, matched as patterns, become reps with their times."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vision.counting.kmp import Matcher

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vision.counting.form import Form
    from vision.counting.phase import Run, Symbol

RepKind = Literal["full", "partial"]


@dataclass(frozen=True, slots=True)
class Rep:
    """One repetition.

    Attributes:
        exercise: its name, e.g. `pushup`.
        started_s: when the person left the start posture.
        turned_s: the deepest moment.
        ended_s: when the start posture was reached again.
        depth: how deep, 0..1 of the person's own range.
        partial: turned too early to count as a full rep.
        form: how well it was done.
        contested: it looked like the exercise at first, and at its lowest no longer.
    """

    exercise: str
    started_s: float
    turned_s: float
    ended_s: float
    depth: float
    partial: bool
    form: Form | None = None
    contested: bool = False


def together(one: Rep, other: Rep) -> bool:
    """Whether each turned while the other was on its way: at any tempo, that is one movement of both."""
    return one.started_s <= other.turned_s <= one.ended_s and other.started_s <= one.turned_s <= other.ended_s


class RepMatcher:
    """Turns an exercise's runs into reps by its patterns.

    A pattern's last run is the return, the one before it the descent; the rest says how it must begin.
    """

    def __init__(self, exercise: str, patterns: Mapping[RepKind, Sequence[Sequence[Symbol]]]) -> None:
        self._exercise = exercise
        named = [(kind, pattern) for kind, several in patterns.items() for pattern in several]
        self._matcher: Matcher[Symbol] = Matcher(named)
        self._runs: deque[Run] = deque(maxlen=max(len(pattern) for _, pattern in named))

    def feed(self, run: Run) -> list[Rep]:
        """The reps that end with this run; a run of the same symbol as the last one only prolongs it."""
        if self._runs and self._runs[-1].symbol == run.symbol:
            self._runs[-1] = run
            return []
        self._runs.append(run)
        ended = self._matcher.feed(run.symbol)
        if not ended:
            return []
        descent = self._runs[-2]
        return [
            Rep(
                exercise=self._exercise,
                started_s=descent.start_s,
                turned_s=run.lowest_s,
                ended_s=run.start_s,
                depth=run.depth,
                partial=all(kind == "partial" for kind, _ in ended),
            )
        ]
