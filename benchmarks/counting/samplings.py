"""What a lower rate's counts owe to chance: the same clips with every frame that sampling can begin with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from benchmarks.counting.methods import asked
from benchmarks.counting.scores import by, groups, label, score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.counting.rows import Row


@dataclass(frozen=True, slots=True)
class Misses:
    """Of one method in one sampling; each is a pair of a clip and an exercise.

    Attributes:
        outside: counted outside the range that passes.
        false: anything is counted where nothing of it is done, or nothing of it in full.
        strayed: a clip of one exercise counts for another one, too, when that is asked for.
    """

    outside: int
    false: int
    strayed: int = 0

    @property
    def total(self) -> int:
        """What goes wrong when each clip is asked for what it holds, and a negative for everything."""
        return self.outside + self.false

    def __str__(self) -> str:
        return f"{self.total}+{self.strayed}" if self.strayed else str(self.total)


def samplings(rows: Sequence[Row]) -> list[list[Row]]:
    """One rate's rows as samplings of all clips; a clip with fewer of them begins anew."""
    clips: dict[str, list[Row]] = {}
    for row in rows:
        clips.setdefault(row.clip.path.name, []).append(row)
    most = max(len(mine) for mine in clips.values())
    return [[mine[number % len(mine)] for mine in clips.values()] for number in range(most)]


def misses(rows: Sequence[Row], method: str) -> Misses | None:
    """What a method misses in one sampling; None where it can count nothing."""
    if score(rows, asked(), by(method)) is None:
        return None
    outside = false = strayed = 0
    for row, exercise in product(rows, asked()):
        counted, truth = row.counts[exercise].get(method), row.truth(exercise)
        if counted is None:
            continue
        if truth is not None:
            outside += not truth.least <= counted <= truth.most
        elif row.clip.kind == "reps":
            strayed += counted > 0
        else:
            false += counted > 0
    return Misses(outside, false, strayed)


def by_sampling(rows: Sequence[Row], method: str) -> list[Misses]:
    """What a method misses in each sampling of one rate."""
    each = [misses(sampling, method) for sampling in samplings(rows)]
    return [one for one in each if one is not None]


def summary(rows: Sequence[Row], methods: Sequence[str]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Misses by pose model (`movenet`, or `movenet@5` at 5 frames a second), method and sampling."""
    return {
        label(pose, fps): {method: [asdict(one) for one in by_sampling(group, method)] for method in methods}
        for (pose, fps), group in groups(rows).items()
    }
