"""Kiosks in a real browser: weight, first paint, and from the event to the pixel, with a bare page beside.

    python benchmarks/kiosk.py [--pages N] [--seconds S] [--parts pages] [--json]

**pages**: N kiosks open at once in one Chromium, each shows another member's heart rate that comes once a
second through a real broker. The same again with pages that only write the rate into a paragraph
(`pages/wall.py`): what is above those is what the kiosk costs.
"""

# ruff: noqa: E402 - the packages can only be imported once the path is right

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import TYPE_CHECKING

from benchmarks import parts
from benchmarks.machines.broker import NoBrokerError
from benchmarks.pages import latency
from benchmarks.pages.wall import NoBrowserError
from benchmarks.speed.running_box import BoxFailedError

if TYPE_CHECKING:
    from benchmarks.parts import Figures


def main() -> int:
    """Command line; the exit code is 1 when it could not be measured."""
    parser = argparse.ArgumentParser(description="Kiosks in a real browser.")
    add = parser.add_argument
    add("--pages", type=parts.positive, default=20, help="open at once [20]")
    add("--seconds", type=parts.positive, default=30, help="how long is looked at each kind of page [30]")
    failures = (NoBrokerError, NoBrowserError, BoxFailedError, OSError)
    return parts.run(parser, {"pages": _pages}, failures=failures)


def _pages(options: argparse.Namespace) -> Figures:
    measured = latency.measure(options.pages, options.seconds)
    return measured.figures(), latency.table(measured)


if __name__ == "__main__":
    sys.exit(main())
