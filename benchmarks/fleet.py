"""A fleet that asks whether anything is new, and what that costs one process of the cloud.

    python benchmarks/fleet.py [--boxes N] [--interval S ...] [--seconds S] [--parts polling] [--json]

**polling**: every box keeps a connection with its certificate and asks `GET /api/v1/shadows` with the ETag
that it has; 2,000 boxes every 10 s are as many requests as 12,000 boxes every 60 s, their natural interval.
Beside it the same boxes ask an application that knows nobody, behind the same TLS. All share two cores.
"""

# ruff: noqa: E402 - the packages can only be imported once the path is right

from __future__ import annotations

import argparse
import sys
from pathlib import Path

# Started as a script, this file's own folder comes first.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from itertools import chain
from typing import TYPE_CHECKING

from benchmarks import parts
from benchmarks.polling import measure

if TYPE_CHECKING:
    from benchmarks.parts import Figures


def main() -> int:
    """Command line; the exit code is 1 when a part could not be measured."""
    parser = argparse.ArgumentParser(description="A fleet and one process of the cloud.")
    add = parser.add_argument
    add("--boxes", type=parts.positive, default=2000, help="that ask [2000]")
    add("--interval", type=float, nargs="+", default=[10.0], help="seconds between two requests [10]")
    add("--seconds", type=float, default=60.0, help="that each service is asked [60]")
    return parts.run(parser, {"polling": _polling}, failures=(measure.ServiceFailedError, OSError))


def _polling(options: argparse.Namespace) -> Figures:
    found = {each: measure.measure(options.boxes, each, options.seconds) for each in options.interval}
    figures = {f"every {interval_s:g} s": measure.figures(turns) for interval_s, turns in found.items()}
    return figures, chain.from_iterable(measure.table(*each) for each in found.items())


if __name__ == "__main__":
    sys.exit(main())
