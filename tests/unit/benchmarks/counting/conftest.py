from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.counting.clips import LabelledClip, Truth
from benchmarks.counting.methods import Peer, asked
from benchmarks.counting.rows import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.counting.clips import Kind

LEVELS = "levels"


@pytest.fixture
def levels() -> Peer:
    """A peer that counts the numbers between its two thresholds."""
    return Peer(
        LEVELS,
        usual=(5.0, 1.0),
        choices=((5.0, 1.0), (8.0, 1.0), (9.0, 5.0)),
        follow=lambda _: {},
        count=lambda numbers, thresholds: sum(thresholds[1] < each < thresholds[0] for each in numbers),
    )


@pytest.fixture
def row() -> Callable[..., Row]:
    """A row of counts by exercise, for scoring."""

    def make(
        file: str,
        truth: Mapping[str, tuple[int, int, int]] | None = None,
        *,
        ours: Mapping[str, int] | None = None,
        numbers: Mapping[str, list[float]] | None = None,
        source: str = "a/a",
        kind: Kind = "reps",
        fps: float | None = None,
    ) -> Row:
        counts = {exercise: {"ours": (ours or {}).get(exercise, 0)} for exercise in asked()}
        truths = {exercise: Truth(*each) for exercise, each in (truth or {}).items()}
        clip = LabelledClip(Path(file), source, kind, truths)
        return Row(clip, "movenet", fps, counts, {LEVELS: numbers or {}})

    return make
