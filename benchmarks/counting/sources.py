"""Leave one source out: how a counter does on people and places that nobody fitted it to.

A peer's thresholds are fitted, for each source in turn and each exercise, to the clips of all other sources:
the least mean absolute error, then the fewest false repetitions, then the nearest to the usual thresholds.
With these it counts the clips of the source that was left out. This project fits nothing to clips, so that
leaving a source out changes none of its counts; what can be shown is how they spread over the sources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.counting.scores import score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.counting.methods import Peer
    from benchmarks.counting.rows import Row
    from benchmarks.counting.scores import Count, Score


def sources(rows: Sequence[Row]) -> list[str]:
    """Who filmed these clips, each once."""
    return list(dict.fromkeys(row.clip.source for row in rows))


def held_out(rows: Sequence[Row], exercises: Sequence[str], peer: Peer) -> Count:
    """What a peer counts with thresholds that were fitted to the other sources than the row's own."""
    found: dict[tuple[str, str], int] = {}
    for exercise in exercises:
        followed = [row.followed[peer.name].get(exercise) for row in rows]
        numbers = [each for each in followed if each is not None]
        if len(numbers) < len(rows):
            continue
        counts = np.array([[peer.count(each, choice) for each in numbers] for choice in peer.choices])
        for source in sources(rows):
            left = np.array([row.clip.source == source for row in rows])
            best = _fit(counts[:, ~left], [row for row in rows if row.clip.source != source], exercise, peer)
            for row, count in zip(rows, counts[best], strict=True):
                if row.clip.source == source:
                    found[row.clip.path.name, exercise] = int(count)
    return lambda row, exercise: found.get((row.clip.path.name, exercise))


def _fit(counts: NDArray[np.int_], rows: Sequence[Row], exercise: str, peer: Peer) -> int:
    """Which choice is best for these rows; `counts` is (choices, rows)."""
    reps = np.array([0 if (truth := row.truth(exercise)) is None else truth.reps for row in rows], float)
    holds = np.array([row.truth(exercise) is not None for row in rows], bool)
    away = np.abs(np.array(peer.choices) - peer.usual).sum(axis=1)
    if not holds.any():
        return int(away.argmin())
    error = (np.abs(counts - reps) / np.maximum(reps, 1))[:, holds].mean(axis=1)
    false = counts[:, ~holds].sum(axis=1)
    return int(np.lexsort((away, false, error))[0])


def by_source(rows: Sequence[Row], exercises: Sequence[str], count: Count) -> dict[str, Score]:
    """A score for each source, all its exercises together."""
    scored = {
        source: score([row for row in rows if row.clip.source == source], exercises, count)
        for source in sources(rows)
    }
    return {source: each for source, each in scored.items() if each is not None}


def worst(scores: dict[str, Score]) -> str | None:
    """The source with the most clips that are off by more than one, then with the greatest error."""
    holding = [source for source, each in scores.items() if each.clips]
    return max(holding, key=lambda source: (1 - scores[source].obo, scores[source].mae), default=None)
