"""Streaming Knuth-Morris-Pratt: which patterns end at this symbol, at a fixed cost per symbol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

SymbolT = TypeVar("SymbolT", bound="Hashable")


class Automaton(Generic[SymbolT]):
    """One pattern as a full automaton: `next_state` is a dictionary look-up, matches may overlap."""

    def __init__(self, pattern: Sequence[SymbolT]) -> None:
        if not pattern:
            raise ValueError("a pattern needs at least one symbol")
        self.pattern = tuple(pattern)
        self.final = len(self.pattern)
        self._table = _transitions(self.pattern)

    def next_state(self, state: int, symbol: SymbolT) -> int:
        """How many symbols of the pattern are matched after this one; `final` means a match."""
        return self._table[state].get(symbol, 0)


def _transitions(pattern: tuple[SymbolT, ...]) -> list[dict[SymbolT, int]]:
    """The table of the automaton; a symbol that is not in a row leads to state 0."""
    table: list[dict[SymbolT, int]] = [{pattern[0]: 1}]
    fallback = 0
    for state in range(1, len(pattern)):
        table.append({**table[fallback], pattern[state]: state + 1})
        fallback = table[fallback].get(pattern[state], 0)
    table.append(dict(table[fallback]))
    return table


class Matcher(Generic[SymbolT]):
    """Several named patterns over one stream of symbols."""

    def __init__(self, patterns: Sequence[tuple[str, Sequence[SymbolT]]]) -> None:
        self._automata = [(name, Automaton(pattern)) for name, pattern in patterns]
        self._states = [0] * len(self._automata)

    def feed(self, symbol: SymbolT) -> list[tuple[str, int]]:
        """Name and length of every pattern that ends with this symbol, in the order given."""
        ended = []
        for index, (name, automaton) in enumerate(self._automata):
            state = automaton.next_state(self._states[index], symbol)
            self._states[index] = state
            if state == automaton.final:
                ended.append((name, automaton.final))
        return ended

    def reset(self) -> None:
        """Forget what was matched so far."""
        self._states = [0] * len(self._automata)
