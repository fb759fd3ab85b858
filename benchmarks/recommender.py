"""Plans: how fast they are made, how fast models load and answer, how right they are; each beside a peer.

    python benchmarks/recommender.py [--members N] [--turns N] [--requests N]
        [--parts speed,cold,serving,hearts,others,judged] [--json]

**speed**: one plan with its explanation on one core, its parts, and Shapley values the straightforward way
(`plans/speed.py`).

**cold**: both models in a fresh process, and onnxruntime alone (`plans/cold.py`).

**serving**: Triton's client at the box and at a bare FastAPI application (`plans/serving.py`).

**hearts**: heart rates foretold, beside two baselines (`plans/hearts.py`).

**others**: how few others an explanation may compare somebody with (`plans/others.py`).

**judged**: minutes and intensity beside the rule engine and the mean (`plans/judged.py`).

All members are simulated: none of this is real data.
"""

# ruff: noqa: E402 - the packages can only be imported once the path is right

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

# Started as a script, this file's own folder comes first and its name would hide the package `recommender`.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import TYPE_CHECKING, Any

from benchmarks.plans import cold, hearts, judged, others, serving, speed
from benchmarks.plans.serving import NoClientError
from recommender.onnx_model import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def main() -> int:
    """Command line; the exit code is 1 when a part could not be measured."""
    options = _parser().parse_args()
    results: dict[str, Any] = {}
    failed = False
    for part in options.parts:
        try:
            figures, lines = MEASURE[part](options)
        except (ModelRefused, NoClientError, RuntimeError, OSError, subprocess.SubprocessError) as error:
            print(f"{part}: {error}", file=sys.stderr, flush=True)
            failed = True
            continue
        results[part] = figures
        if not options.json:
            print("\n".join(lines), end="\n\n", flush=True)
    if options.json:
        print(json.dumps(results))
    return int(failed)


Figures = tuple[dict[str, Any], "Iterable[str]"]


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
    corrected = judged.corrected_rules(options.members)
    told = {
        "gains": judged.gains(found),
        "worst_segment": judged.worst_segment(found),
        "rules_and_ratings": corrected,
    }
    return {**found.to_json(), **told}, judged.table(found, options.members, corrected)


MEASURE: dict[str, Callable[[argparse.Namespace], Figures]] = {
    "speed": _speed,
    "cold": _cold,
    "serving": _serving,
    "hearts": _hearts,
    "others": _others,
    "judged": _judged,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Plans: their speed and how right they are.")
    add = parser.add_argument
    add("--members", type=_positive, default=100, help="simulated, in each part [100]")
    add("--turns", type=_positive, default=7, help="fresh processes [7]")
    add("--requests", type=_positive, default=1000, help="to each server [1000]")
    add("--parts", type=_parts, default=list(MEASURE), help=f"what to measure [{','.join(MEASURE)}]")
    add("--footage", help=argparse.SUPPRESS)  # `make bench` hands it to every benchmark
    add("--json", action="store_true", help="print one JSON object")
    return parser


def _parts(text: str) -> list[str]:
    parts = text.split(",")
    if unknown := set(parts) - set(MEASURE):
        raise argparse.ArgumentTypeError(
            f"no part {', '.join(sorted(unknown))}: choose from {', '.join(MEASURE)}"
        )
    return parts


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number from 1 on")
    return number


if __name__ == "__main__":
    sys.exit(main())
