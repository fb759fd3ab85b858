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
import sys
from dataclasses import asdict
from pathlib import Path

# Started as a script, this file's own folder comes first and its name would hide the package `devices`.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import TYPE_CHECKING

from benchmarks import parts
from benchmarks.machines import rate, steady
from benchmarks.machines.broker import NoBrokerError
from benchmarks.speed.running_box import BoxFailedError

if TYPE_CHECKING:
    from benchmarks.parts import Figures


def main() -> int:
    """Command line; the exit code is 1 when a part could not be measured."""
    parser = argparse.ArgumentParser(description="Machines and bands through a real broker.")
    add = parser.add_argument
    add("--messages", type=parts.positive, default=60_000, help="in each flood [60000]")
    add("--turns", type=parts.positive, default=3, help="floods for each of the two [3]")
    add("--devices", type=parts.positive, default=300, help="that speak four times a second [300]")
    add("--pages", type=parts.positive, default=10, help="open at so many stations [10]")
    add("--seconds", type=parts.positive, default=60, help="how long they speak [60]")
    measured = {"rate": _rate, "steady": _steady}
    return parts.run(parser, measured, failures=(NoBrokerError, BoxFailedError, OSError))


def _rate(options: argparse.Namespace) -> Figures:
    turns = rate.measure(options.messages, options.turns)
    figures = {"turns": [asdict(turn) for turn in turns], "share_of_bare_paho": rate.share(turns)}
    return figures, rate.table(turns)


def _steady(options: argparse.Namespace) -> Figures:
    evening = steady.measure(options.devices, options.pages, options.seconds)
    return asdict(evening), steady.table(evening)


if __name__ == "__main__":
    sys.exit(main())
