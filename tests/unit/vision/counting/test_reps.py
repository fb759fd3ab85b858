from __future__ import annotations

import pytest

from vision.counting.phase import Run
from vision.counting.reps import Rep, RepMatcher

PATTERNS = {"full": ["UDU", "XDU"], "partial": ["UMU"]}


def feed(symbols: str) -> list[Rep]:
    matcher = RepMatcher("pushup", PATTERNS)
    runs = [Run(symbol, float(at), at + 0.5, 0.9) for at, symbol in enumerate(symbols)]
    return [rep for run in runs for rep in matcher.feed(run)]


@pytest.mark.parametrize(
    ("symbols", "full", "partial"),
    [
        ("XUDUDUDU", 3, 0),
        ("XDUDU", 2, 0),
        ("ODUDU", 1, 0),
        ("XUDODU", 0, 0),
        ("XUDXDU", 1, 0),
        ("XUMUDUMU", 1, 2),
        ("XUD", 0, 0),
        ("XUOUDU", 1, 0),
        ("XUUDDU", 1, 0),
        ("", 0, 0),
    ],
)
def test_patterns(symbols: str, full: int, partial: int) -> None:
    reps = feed(symbols)
    assert (sum(not rep.partial for rep in reps), sum(rep.partial for rep in reps)) == (full, partial)


def test_a_rep_takes_its_times_from_its_runs() -> None:
    (rep,) = feed("XUDU")
    assert rep == Rep("pushup", started_s=2.0, turned_s=3.5, ended_s=3.0, depth=0.9, partial=False)
