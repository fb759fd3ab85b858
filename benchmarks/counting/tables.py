"""Counts and scores as tables for people."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING

from benchmarks.counting.methods import OURS, asked
from benchmarks.counting.samplings import by_sampling
from benchmarks.counting.scores import by, groups, score
from benchmarks.counting.sources import by_source, held_out, sources, worst

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.counting.methods import Peer
    from benchmarks.counting.rows import Row
    from benchmarks.counting.scores import Count, Score

ALL = "all"
"""Stands for every exercise asked."""


def rate(fps: float | None, first: int = 0) -> str:
    """How a rate is called, and a sampling that begins later than with the first frame."""
    return "full" if fps is None else f"{fps:g} fps" + (f"+{first}" if first else "")


def clips_table(rows: Sequence[Row], methods: Sequence[str]) -> Iterator[str]:
    """Every clip and exercise that happens or is counted; `!` marks a count outside the range that passes."""
    heads = "  ".join(f"{method:>11}" for method in methods)
    yield f"{'clip':24} {'pose':10} {'rate':8} {'asked':12} {'truth':>12}  {heads}"
    for row in rows:
        for exercise, counts in row.counts.items():
            truth = row.truth(exercise)
            if truth is None and not any(counts.values()):
                continue
            least, most = (0, 0) if truth is None else (truth.least, truth.most)
            told = row.clip.kind if truth is None else f"{truth.reps} ({least}..{most})"
            told = "other" if truth is None and row.clip.kind == "reps" else told
            marks = [_mark(counts.get(method), least, most) for method in methods]
            cells = "  ".join(f"{mark:>11}" for mark in marks)
            seen = f"{row.pose:10} {rate(row.fps, row.first):8}"
            yield f"{row.clip.path.name:24} {seen} {exercise:12} {told:>12}  {cells}"


def _mark(count: int | None, least: int, most: int) -> str:
    if count is None:
        return "- "
    return f"{count}{' ' if least <= count <= most else '!'}"


def scores_table(rows: Sequence[Row], methods: Sequence[str]) -> Iterator[str]:
    """Figures by pose model, rate, exercise and method, the last row of each for all exercises together."""
    yield _head(f"{'pose':10} {'rate':7} {'exercise':12} {'method':12}")
    for (pose, fps), group in groups(rows).items():
        for exercise in (*asked(), ALL):
            for method in methods:
                found = score(group, asked() if exercise == ALL else [exercise], by(method))
                yield f"{pose:10} {rate(fps):7} {exercise:12} {method:12} {_figures(found)}"


def samplings_table(rows: Sequence[Row], methods: Sequence[str]) -> Iterator[str]:
    """Misses at each rate, sampling by sampling, with the worst and the mean of them."""
    each_head = "misses of each sampling (+ clips that another exercise is counted in)"
    yield f"{'pose':10} {'rate':7} {'method':12} {'worst':>5} {'mean':>6}  {each_head}"
    for (pose, fps), group in groups(rows).items():
        for method in methods:
            found = by_sampling(group, method)
            totals = [one.total for one in found]
            if totals:
                each = " ".join(f"{one!s:>4}" for one in found)
                yield f"{pose:10} {rate(fps):7} {method:12} {max(totals):5} {mean(totals):6.2f}  {each}"


def sources_table(rows: Sequence[Row], peers: Sequence[Peer]) -> Iterator[str]:
    """Leave one source out, at the full rate: peers with thresholds fitted to the other sources."""
    for (pose, fps), mine in groups(rows).items():
        if fps is not None:
            continue
        counted: dict[str, Count] = {OURS: by(OURS)}
        counted |= {peer.name: held_out(mine, asked(), peer) for peer in peers}
        yield _head(f"{'pose':10} {'exercise':12} {'method':12}", note="  worst source")
        for exercise in (*asked(), ALL):
            wanted = asked() if exercise == ALL else (exercise,)
            for method, count in counted.items():
                spread = by_source(mine, wanted, count)
                figures = _figures(score(mine, wanted, count))
                yield f"{pose:10} {exercise:12} {method:12} {figures}  {_worst(spread)}"
        yield ""
        yield from _spread(mine, counted)
        yield ""


def _spread(rows: Sequence[Row], counted: dict[str, Count]) -> Iterator[str]:
    heads = "  ".join(f"{method:>22}" for method in counted)
    yield f"{'source (inside/clips, false reps)':52} {heads}"
    spreads = {method: by_source(rows, asked(), count) for method, count in counted.items()}
    for source in sources(rows):
        cells = []
        for spread in spreads.values():
            each = spread.get(source)
            cells.append(
                "-" if each is None else f"{each.inside * each.clips:.0f}/{each.clips}, {each.false_reps}"
            )
        yield f"{source:52} " + "  ".join(f"{cell:>22}" for cell in cells)


def _worst(spread: dict[str, Score]) -> str:
    source = worst(spread)
    if source is None:
        return "-"
    return f"{source} (MAE {spread[source].mae:.3f}, OBO {spread[source].obo:.3f})"


def _head(names: str, note: str = "") -> str:
    figures = f"{'clips':>5} {'MAE':>6} {'OBO':>6} {'exact':>6} {'inside':>6}"
    return f"{names} {figures}  false: {'reps':>4} {'clips':>5} {'negatives':>9} {'partials':>8}{note}"


def _figures(found: Score | None) -> str:
    if found is None:
        return f"{'-':>5}"
    shares = " ".join(f"{share:6.3f}" for share in (found.mae, found.obo, found.exact, found.inside))
    if not found.clips:
        shares = " ".join(f"{'-':>6}" for _ in range(4))
    false = (
        f"{found.false_reps:4} {found.false_clips:5} {found.false_on_negatives:9} {found.false_on_partials:8}"
    )
    return f"{found.clips:5} {shares}         {false}"
