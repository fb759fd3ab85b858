"""Plans: how fast they are made, how fast models load and answer, how right they are; each beside a peer.

    python benchmarks/recommender.py [--members N] [--turns N] [--requests N]
        [--parts speed,cold,serving,hearts,others,judged,reachable] [--json]

**speed**: one plan with its explanation on one core, its parts, and Shapley values the straightforward way
(`plans/speed.py`).

**cold**: both models in a fresh process, and onnxruntime alone (`plans/cold.py`).

**serving**: Triton's client at the box and at a bare FastAPI application (`plans/serving.py`).

**hearts**: heart rates foretold, beside two baselines (`plans/hearts.py`).

**others**: how few others an explanation may compare somebody with (`plans/others.py`).

**judged**: minutes and intensity beside the rule engine, the mean and the truth (`plans/judged.py`).

**reachable**: how near to what members say an intensity could come that steps as little; learns, for some
minutes, from eight times as many members (`plans/reachable.py`).

All members are simulated: none of this is real data.
"""

# ruff: noqa: E402 - the packages can only be imported once the path is right

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

# Started as a script, this file's own folder comes first and its name would hide the package `recommender`.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import TYPE_CHECKING

from benchmarks import parts
from benchmarks.plans import cold, hearts, judged, others, reachable, serving, speed
from benchmarks.plans.serving import NoClientError
from recommender.onnx_model import ModelRefused

if TYPE_CHECKING:
    from benchmarks.parts import Figures, Parts


def main() -> int:
    """Command line; the exit code is 1 when a part could not be measured."""
    parser = argparse.ArgumentParser(description="Plans: their speed and how right they are.")
    add = parser.add_argument
    add("--members", type=parts.positive, default=100, help="simulated, in each part [100]")
    add("--turns", type=parts.positive, default=7, help="fresh processes [7]")
    add("--requests", type=parts.positive, default=1000, help="to each server [1000]")
    failures = (ModelRefused, NoClientError, RuntimeError, OSError, subprocess.SubprocessError)
    return parts.run(parser, MEASURED, failures=failures)


def _speed(options: argparse.Namespace) -> Figures:
    figures = speed.measure(options.members)
    told = {name: asdict(each) for name, each in figures.items()}
    return {"timings": told, "ratios": speed.ratios(figures)}, speed.table(figures)


def _cold(options: argparse.Namespace) -> Figures:
    figures = cold.measure(options.turns)
    told = {name: asdict(each) for name, each in figures.items()}
    return {"timings": told, "times_onnxruntime": cold.ratio(figures)}, cold.table(figures)


def _serving(options: argparse.Namespace) -> Figures:
    figures = serving.measure(options.requests)
    return {**asdict(figures), "times_bare": figures.times_bare}, serving.table(figures)


def _hearts(options: argparse.Namespace) -> Figures:
    errors = hearts.measure(options.members)
    return {**asdict(errors), "gain": errors.gain}, hearts.table(errors)


def _others(options: argparse.Namespace) -> Figures:
    size, costs = others.measure(options.members)
    return {"size": size, "costs": [asdict(each) for each in costs]}, others.table(size, costs)


def _judged(options: argparse.Namespace) -> Figures:
    found = judged.measure(options.members)
    return {"seeds": [each.to_json() for each in found]}, judged.table(found, options.members)


def _reachable(options: argparse.Namespace) -> Figures:
    found = reachable.measure(options.members)
    return {"reached": [asdict(each) for each in found]}, reachable.table(found, options.members)


MEASURED: Parts = {
    "speed": _speed,
    "cold": _cold,
    "serving": _serving,
    "hearts": _hearts,
    "others": _others,
    "judged": _judged,
    "reachable": _reachable,
}


if __name__ == "__main__":
    sys.exit(main())
