"""Machines and bands through a real broker: how much, how fast, at what cost, with a bare subscriber beside.

    python benchmarks/devices.py [--messages N] [--turns N] [--devices N] [--pages N] [--seconds S]
        [--parts rate,steady] [--json]

**rate**: messages a second through the whole box and through a paho subscriber that only counts
(`machines/rate.py`).

**steady**: N devices that speak four times a second, for S seconds (`machines/steady.py`): from publishing to
the page, processor, memory; 300 seconds show whether memory grows.
"""

# ruff: noqa: E402 - the packages can only be imported once the path is right

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

# Started as a script, this file's own folder comes first and its name would hide the package `devices`.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import TYPE_CHECKING, Any

from benchmarks.machines import rate, steady
from benchmarks.machines.broker import NoBrokerError
from benchmarks.speed.running_box import BoxFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PARTS = ("rate", "steady")


def main() -> int:
    """Command line; the exit code is 1 when a part could not be measured."""
    options = _parser().parse_args()
    results: dict[str, Any] = {}
    failed = False
    for part in options.parts:
        try:
            figures, lines = MEASURE[part](options)
        except (NoBrokerError, BoxFailedError, OSError) as error:
            print(f"{part}: {error}", file=sys.stderr, flush=True)
            failed = True
            continue
        results |= figures
        if not options.json:
            print("\n".join(lines), end="\n\n", flush=True)
    if options.json:
        print(json.dumps(results))
    return int(failed)


def _rate(options: argparse.Namespace) -> tuple[dict[str, Any], Iterable[str]]:
    turns = rate.measure(options.messages, options.turns)
    figures = {"rate": [asdict(turn) for turn in turns], "share_of_bare_paho": rate.share(turns)}
    return figures, rate.table(turns)


def _steady(options: argparse.Namespace) -> tuple[dict[str, Any], Iterable[str]]:
    evening = steady.measure(options.devices, options.pages, options.seconds)
    return {"steady": asdict(evening)}, steady.table(evening)


Figures = tuple[dict[str, Any], "Iterable[str]"]
MEASURE: dict[str, Callable[[argparse.Namespace], Figures]] = {"rate": _rate, "steady": _steady}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Machines and bands through a real broker.")
    add = parser.add_argument
    add("--messages", type=_positive, default=60_000, help="in each flood [60000]")
    add("--turns", type=_positive, default=3, help="floods for each of the two [3]")
    add("--devices", type=_positive, default=300, help="that speak four times a second [300]")
    add("--pages", type=_positive, default=10, help="open at so many stations [10]")
    add("--seconds", type=_positive, default=60, help="how long they speak [60]")
    add("--parts", type=_parts, default=list(PARTS), help=f"what to measure [{','.join(PARTS)}]")
    add("--footage", help=argparse.SUPPRESS)  # `make bench` hands it to every benchmark
    add("--json", action="store_true", help="print one JSON object")
    return parser


def _parts(text: str) -> list[str]:
    parts = text.split(",")
    if unknown := set(parts) - set(PARTS):
        raise argparse.ArgumentTypeError(
            f"no part {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}"
        )
    return parts


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number from 1 on")
    return number


if __name__ == "__main__":
    sys.exit(main())
