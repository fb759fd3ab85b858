"""The usual figures of counting, and what is counted where nothing is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from benchmarks.counting.methods import asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from benchmarks.counting.clips import Kind, Truth
    from benchmarks.counting.rows import Row

    Count = Callable[[Row, str], int | None]
    """Repetitions of an exercise in a row, or None where the method cannot count it."""


@dataclass(frozen=True, slots=True)
class Score:
    """Figures over many pairs of a clip and an exercise.

    Attributes:
        clips: how many hold the exercise; the next four are over these, 0 where there are none.
        mae: mean of |counted - true| / true.
        obo: share that is off by one at most.
        exact: share that is right.
        inside: share between the least and the most that may be counted.
        false_reps: counted in clips where the exercise does not happen.
        false_clips: in how many of these anything is counted.
        false_on_negatives, false_on_partials: of the false reps, those in clips without any
            exercise and in clips of unfinished repetitions.
    """

    clips: int
    mae: float
    obo: float
    exact: float
    inside: float
    false_reps: int
    false_clips: int
    false_on_negatives: int
    false_on_partials: int

    def to_json(self) -> dict[str, float]:
        """Plain values for `json.dumps`."""
        return asdict(self)


def score(rows: Sequence[Row], exercises: Iterable[str], count: Count) -> Score | None:
    """Figures of a method over rows; None where it can count none of the exercises."""
    right: list[tuple[int, Truth]] = []
    false: list[tuple[int, Kind]] = []
    for exercise in exercises:
        for row in rows:
            counted = count(row, exercise)
            if counted is None:
                continue
            truth = row.truth(exercise)
            if truth is None:
                false.append((counted, row.clip.kind))
            else:
                right.append((counted, truth))
    if not right and not false:
        return None
    total = max(len(right), 1)
    return Score(
        clips=len(right),
        mae=sum(abs(counted - truth.reps) / max(truth.reps, 1) for counted, truth in right) / total,
        obo=sum(abs(counted - truth.reps) <= 1 for counted, truth in right) / total,
        exact=sum(counted == truth.reps for counted, truth in right) / total,
        inside=sum(truth.least <= counted <= truth.most for counted, truth in right) / total,
        false_reps=sum(counted for counted, _ in false),
        false_clips=sum(counted > 0 for counted, _ in false),
        false_on_negatives=sum(counted for counted, kind in false if kind == "negative"),
        false_on_partials=sum(counted for counted, kind in false if kind == "partial"),
    )


def by(method: str) -> Count:
    """What a method counts as it comes."""
    return lambda row, exercise: row.counts[exercise].get(method)


def groups(rows: Sequence[Row]) -> dict[tuple[str, float | None], list[Row]]:
    """The rows by pose model and rate, in order."""
    found: dict[tuple[str, float | None], list[Row]] = {}
    for row in rows:
        found.setdefault((row.pose, row.fps), []).append(row)
    return found


def label(pose: str, fps: float | None) -> str:
    """What a pose model at a rate is called: `movenet`, or `movenet@5` at 5 frames a second."""
    return pose if fps is None else f"{pose}@{fps:g}"


def summary(rows: Sequence[Row], methods: Sequence[str]) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Scores by pose model and rate, exercise and method."""
    found: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    for (pose, fps), group in groups(rows).items():
        by_exercise = found.setdefault(label(pose, fps), {})
        for exercise in asked():
            scores = {method: score(group, [exercise], by(method)) for method in methods}
            by_exercise[exercise] = {method: each.to_json() for method, each in scores.items() if each}
    return found
