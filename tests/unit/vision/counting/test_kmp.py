from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.counting.kmp import Automaton, Matcher

LETTERS = st.sampled_from("UDX")
PATTERN = st.text(LETTERS, min_size=1, max_size=6)
STREAM = st.text(LETTERS, max_size=80)


def ends_by_search(pattern: str, stream: str) -> list[int]:
    return [end for end in range(1, len(stream) + 1) if stream[:end].endswith(pattern)]


def ends_by_automaton(pattern: str, stream: str) -> list[int]:
    automaton = Automaton(pattern)
    state, ends = 0, []
    for end, symbol in enumerate(stream, 1):
        state = automaton.next_state(state, symbol)
        if state == automaton.final:
            ends.append(end)
    return ends


@given(pattern=PATTERN, stream=STREAM)
def test_finds_what_naive_search_finds(pattern: str, stream: str) -> None:
    assert ends_by_automaton(pattern, stream) == ends_by_search(pattern, stream)


@given(pattern=PATTERN, times=st.integers(1, 10))
def test_finds_every_repetition_of_a_pattern(pattern: str, times: int) -> None:
    assert set(range(len(pattern), times * len(pattern) + 1, len(pattern))) <= set(
        ends_by_automaton(pattern, pattern * times)
    )


def test_matches_overlap_so_that_one_return_starts_the_next_rep() -> None:
    assert ends_by_automaton("UDU", "UDUDUDU") == [3, 5, 7]


@given(pattern=PATTERN, stream=STREAM)
def test_a_state_is_the_longest_prefix_that_is_a_suffix(pattern: str, stream: str) -> None:
    automaton = Automaton(pattern)
    state = 0
    for symbol in stream:
        state = automaton.next_state(state, symbol)
    fitting = [size for size in range(len(pattern) + 1) if stream.endswith(pattern[:size])]
    assert state == max(fitting)


def test_a_symbol_outside_the_pattern_starts_over() -> None:
    assert ends_by_automaton("UDU", "UD?UDU") == [6]


def test_symbols_may_be_any_hashable() -> None:
    automaton = Automaton([("U", 1), ("D", 2)])
    assert automaton.next_state(automaton.next_state(0, ("U", 1)), ("D", 2)) == automaton.final


def test_an_empty_pattern_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one symbol"):
        Automaton("")


@given(patterns=st.lists(PATTERN, min_size=1, max_size=4), stream=STREAM)
def test_several_patterns_are_matched_as_each_alone(patterns: list[str], stream: str) -> None:
    matcher = Matcher([(str(number), pattern) for number, pattern in enumerate(patterns)])
    found = [(end, name) for end, symbol in enumerate(stream, 1) for name, _ in matcher.feed(symbol)]
    expected = [
        (end, str(n)) for n, pattern in enumerate(patterns) for end in ends_by_search(pattern, stream)
    ]
    assert sorted(found) == sorted(expected)


def test_matches_come_in_the_order_of_the_patterns_with_their_lengths() -> None:
    matcher = Matcher([("long", "UDU"), ("short", "DU")])
    assert [matcher.feed(symbol) for symbol in "UDU"] == [[], [], [("long", 3), ("short", 2)]]


@given(before=STREAM, stream=STREAM)
def test_reset_forgets(before: str, stream: str) -> None:
    used, fresh = Matcher([("rep", "UDU")]), Matcher([("rep", "UDU")])
    for symbol in before:
        used.feed(symbol)
    used.reset()
    assert [used.feed(symbol) for symbol in stream] == [fresh.feed(symbol) for symbol in stream]
