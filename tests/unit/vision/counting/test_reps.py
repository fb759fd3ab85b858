from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.counting.phase import Run
from vision.counting.reps import Rep, RepMatcher

if TYPE_CHECKING:
    from vision.counting.phase import Symbol


def spelt(symbols: str) -> list[Symbol]:
    return [cast("Symbol", letter) for letter in symbols]


def feed(symbols: str) -> list[Rep]:
    matcher = RepMatcher("pushup", {"full": [spelt("UDU"), spelt("XDU")], "partial": [spelt("UMU")]})
    runs = [Run(symbol, float(at), at + 0.5, 0.9) for at, symbol in enumerate(spelt(symbols))]
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


@given(st.text("XOUDM", max_size=60))
def test_reps_are_what_a_search_for_the_patterns_finds(symbols: str) -> None:
    runs = "".join(b for a, b in pairwise("?" + symbols) if a != b)
    full = sum(runs[end - 3 : end] in {"UDU", "XDU"} for end in range(3, len(runs) + 1))
    partial = sum(runs[end - 3 : end] == "UMU" for end in range(3, len(runs) + 1))
    reps = feed(symbols)
    assert [sum(not rep.partial for rep in reps), sum(rep.partial for rep in reps)] == [full, partial]


@given(before=st.text("XOUDM", max_size=20), after=st.text("UDM", max_size=20))
def test_a_new_track_forgets_what_went_before(before: str, after: str) -> None:
    assert len(feed(before + "X" + after)) == len(feed(before)) + len(feed("X" + after))


def test_a_pattern_that_ends_as_full_and_as_partial_is_full() -> None:
    matcher = RepMatcher("pushup", {"partial": [spelt("DU")], "full": [spelt("UDU")]})
    reps = [rep for at, symbol in enumerate(spelt("DUDU")) for rep in matcher.feed(Run(symbol, at, at))]
    assert [rep.partial for rep in reps] == [True, False]
