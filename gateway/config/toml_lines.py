"""In which line of a TOML text a key stands; `tomllib` does not tell. A best effort on odd layouts."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

KeyPath = tuple[str | int, ...]

_TABLE = re.compile(r"^\s*\[(?P<array>\[)?(?P<name>[^\[\]]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*(?P<name>[A-Za-z0-9_.\"'\- ]+?)\s*=")
_FENCES: Final = ('"""', "'''")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line (from 1) in which each table and key of the text begins."""
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    fence: str | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if fence is not None:
            fence = None if fence in line else fence
            continue
        if match := _TABLE.match(line):
            table = _enter(_names(match["name"]), counts, array=match["array"] is not None)
            lines.setdefault(table, number)
        elif match := _KEY.match(line):
            path = table + _names(match["name"])
            lines.setdefault(path, number)
            fence = next((each for each in _FENCES if line.count(each) == 1), None)
    return lines


def line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int | None:
    """Return the line of the key, else of the nearest table around it, else None."""
    for length in range(len(path), 0, -1):
        if (line := lines.get(path[:length])) is not None:
            return line
    return None


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _enter(names: Sequence[str], counts: dict[KeyPath, int], *, array: bool) -> KeyPath:
    """Return the path of a table header; `[device.limits]` belongs to the last `[[device]]`."""
    path: KeyPath = ()
    for position, name in enumerate(names):
        path = (*path, name)
        if array and position == len(names) - 1:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path
