"""Records on their way to the cloud, and what the cloud makes of them; each step with a peer beside.

    python benchmarks/sync.py [--records N] [--turns N] [--boxes N] [--sessions N]
        [--millions N,N,N] [--members N] [--parts outbox,ingest,herd,features,retrain,challenger] [--json]

**outbox**: records a second into the outbox and out of it, beside plain sqlite3 that promises as much and a
queue in memory that promises nothing (`records/outbox.py`).

**ingest**: records a second that one process of the cloud lands, beside an application that only reads them
(`records/ingest.py`).

**herd**: a thousand boxes that come back after an outage at once (`records/herd.py`).

**features**: what models learn from, of millions of sessions, beside plain Python (`records/features.py`).

**retrain**: a whole retraining, on one process and on a Dask cluster of two (`records/retrain.py`).

**challenger**: what retraining makes of twice as many members who find everything harder, beside the
packaged models (`records/challenger.py`).
"""

# ruff: noqa: E402 - the packages can only be imported once the path is right

from __future__ import annotations

import argparse
import sqlite3
import sys
from dataclasses import asdict
from pathlib import Path

# Started as a script, this file's own folder comes first and its name would hide the package `sync`.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import TYPE_CHECKING

import httpx

from benchmarks import parts
from benchmarks.records import challenger, features, herd, ingest, outbox, retrain
from benchmarks.records.service import ServiceFailedError

if TYPE_CHECKING:
    from benchmarks.parts import Figures


def main() -> int:
    """Command line; the exit code is 1 when a part could not be measured."""
    parser = argparse.ArgumentParser(description="Records on their way to the cloud.")
    add = parser.add_argument
    add("--records", type=parts.positive, default=20_000, help="into each, a turn [20000]")
    add("--turns", type=parts.positive, default=3, help="of each [3]")
    add("--boxes", type=parts.positive, default=1000, help="in the herd [1000]")
    add("--sessions", type=parts.positive, default=50, help="that wait in each of them [50]")
    add("--millions", type=_numbers, default=[1, 3, 10], help="sessions to make features of [1,3,10]")
    add("--members", type=parts.positive, default=40, help="of each gym that models are trained from [40]")
    measured = {
        "outbox": _outbox,
        "ingest": _ingest,
        "herd": _herd,
        "features": _features,
        "retrain": _retrain,
        "challenger": _challenger,
    }
    return parts.run(parser, measured, failures=(ServiceFailedError, httpx.HTTPError, sqlite3.Error, OSError))


def _outbox(options: argparse.Namespace) -> Figures:
    found = outbox.measure(options.records, options.turns)
    figures = {"rates": [asdict(each) for each in found], "times_sqlite3": outbox.ratios(found)}
    return figures, outbox.table(found)


def _ingest(options: argparse.Namespace) -> Figures:
    found = ingest.measure(options.records, options.turns)
    return {"turns": [asdict(each) for each in found], "share_of_bare": ingest.share(found)}, ingest.table(
        found
    )


def _herd(options: argparse.Namespace) -> Figures:
    found = herd.measure(options.boxes, options.sessions)
    return herd.figures(found), herd.table(found)


def _features(options: argparse.Namespace) -> Figures:
    found, plain_per_s = features.measure(options.millions)
    figures = {"built": [asdict(each) for each in found], "plain_per_s": plain_per_s}
    return figures, features.table(found, plain_per_s)


def _retrain(options: argparse.Namespace) -> Figures:
    found = retrain.measure(options.members)
    return {"runs": [asdict(each) for each in found]}, retrain.table(found)


def _challenger(options: argparse.Namespace) -> Figures:
    found = challenger.measure(2 * options.members)
    return asdict(found), challenger.table(found)


def _numbers(text: str) -> list[int]:
    return [parts.positive(each) for each in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
