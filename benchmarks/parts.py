"""A benchmark of several parts: each prints its table, or all together one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Figures = tuple[dict[str, Any], Iterable[str]]
    """What JSON gets, and the lines for people."""
    Parts = Mapping[str, Callable[[argparse.Namespace], Figures]]


def run(parser: argparse.ArgumentParser, parts: Parts, *, failures: tuple[type[Exception], ...]) -> int:
    """Measure what the command line asks for; 1 when a part could not be measured, as one of `failures` told.

    The parser has the options of the parts; `--parts` and `--json` are added to it.
    """
    names = ",".join(parts)
    parser.add_argument("--parts", type=_among(parts), default=list(parts), help=f"what to measure [{names}]")
    parser.add_argument("--footage", help=argparse.SUPPRESS)  # `make bench` hands it to every benchmark
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    failed = False
    for name in options.parts:
        try:
            results[name], lines = parts[name](options)
        except failures as error:
            print(f"{name}: {error}", file=sys.stderr, flush=True)
            failed = True
            continue
        if not options.json:
            print("\n".join(lines), end="\n\n", flush=True)
    if options.json:
        print(json.dumps(results))
    return int(failed)


def positive(text: str) -> int:
    """A whole number from 1 on, of an option."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number from 1 on")
    return number


def _among(parts: Parts) -> Callable[[str], list[str]]:
    def chosen(text: str) -> list[str]:
        names = text.split(",")
        if unknown := set(names) - set(parts):
            raise argparse.ArgumentTypeError(
                f"no part {', '.join(sorted(unknown))}: choose from {', '.join(parts)}"
            )
        return names

    return chosen
