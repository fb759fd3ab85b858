"""Rep counting against known footage, with the usual counters beside it, in one run.

    python benchmarks/vision.py [--footage DIR] [--models DIR] [--pose movenet,blazepose] [--json]

DIR holds clips and an `index.json`: a list of {"file", "exercise", "reps", "reps_strict", "reps_max"};
without it, the project's own clip is counted. Every clip of another exercise is a negative: whatever is
counted in it is false. The peers see the same keypoints: the angle rule of common counters (a rep whenever
the joint's angle falls below 90 after it was above 145 degrees), on the right side only and on the
better-seen side.
"""

# ruff: noqa: E402 - the package can only be imported once the path is right

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Started as a script, this file's own folder comes first and its name would hide the package.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).resolve().parent]

from gateway.config.file import data_dir
from provisioning.models import installed
from provisioning.pull import pull
from vision import runtimes
from vision.counting.counter import StationCounter
from vision.counting.exercises import catalogue
from vision.counting.geometry import angle_degrees
from vision.counting.limbs import CHAINS
from vision.footage import clip_path, truth_path
from vision.offline.clip import Clip
from vision.pose.blazepose import BlazePose
from vision.pose.movenet import MoveNet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from vision.counting.limbs import Limb
    from vision.keypoints import Pose
    from vision.pose import PoseEstimator

LIMBS: dict[str, Limb] = {name: exercise.limb for name, exercise in catalogue().items()}
METHODS = ("ours", "right side", "better side")
UP_DEGREES, DOWN_DEGREES = 145.0, 90.0
SEEN_SCORE = 0.3


@dataclass(slots=True)
class Timed:
    """A runtime that knows how long it worked."""

    model: runtimes.Runtime
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """As the model's."""
        return self.model.name

    @property
    def inputs(self) -> tuple[runtimes.TensorSpec, ...]:
        """As the model's."""
        return self.model.inputs

    @property
    def outputs(self) -> tuple[runtimes.TensorSpec, ...]:
        """As the model's."""
        return self.model.outputs

    def run(self, inputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """As the model, on the clock."""
        begin = time.perf_counter()
        result = self.model.run(inputs)
        self.seconds += time.perf_counter() - begin
        return result


@dataclass(slots=True)
class Seconds:
    """Where the time of a model's runs went."""

    frames: int = 0
    decode: float = 0.0
    pose: float = 0.0
    bare_model: float = 0.0
    count: float = 0.0

    def per_frame_ms(self) -> dict[str, float]:
        """Milliseconds a frame, and the pipeline over what it cannot do without."""
        each = {
            name: getattr(self, name) * 1000 / max(self.frames, 1)
            for name in ("decode", "pose", "bare_model", "count")
        }
        whole = each["decode"] + each["pose"] + each["count"]
        rest = each["decode"] + each["bare_model"]
        return {**each, "whole": whole, "whole_over_decode_and_model": whole / max(rest, 1e-9)}


@dataclass(slots=True)
class Row:
    """One clip and one pose model; what each method counts for each exercise."""

    file: str
    pose: str
    truth: dict[str, tuple[int, int, int]]
    """By exercise: least, true and most repetitions; whatever is not named does not happen."""
    counts: dict[str, dict[str, int]] = field(default_factory=dict)


def load(name: str, models: Path) -> tuple[PoseEstimator, list[Timed]]:
    """A pose model whose runtimes are timed."""
    if name == "movenet":
        timed = [Timed(runtimes.load("auto", models / name / "cpu.tflite"))]
        return MoveNet(timed[0]), timed
    timed = [
        Timed(runtimes.load("auto", models / name / f"{part}.tflite")) for part in ("detector", "landmarks")
    ]
    return BlazePose(timed[0], timed[1]), timed


def poses_of(path: Path, estimator: PoseEstimator, spent: Seconds) -> list[tuple[float, Pose | None]]:
    """Every frame's pose; adds to the time spent."""
    estimator.reset()
    found: list[tuple[float, Pose | None]] = []
    with Clip(path) as clip:
        frames = iter(clip)
        while True:
            begin = time.perf_counter()
            following = next(frames, None)
            decoded = time.perf_counter()
            if following is None:
                return found
            time_s, frame = following
            found.append((time_s, estimator.estimate(frame, time_s)))
            spent.decode += decoded - begin
            spent.pose += time.perf_counter() - decoded
            spent.frames += 1


def ours(poses: Iterable[tuple[float, Pose | None]], exercise: str, spent: Seconds) -> int:
    """Full reps by this project."""
    counter = StationCounter([exercise])
    begin = time.perf_counter()
    reps = sum(not rep.partial for time_s, pose in poses for rep in counter.update(time_s, pose))
    spent.count += (time.perf_counter() - begin) / len(LIMBS)
    return reps


def angle_rule(poses: Iterable[tuple[float, Pose | None]], exercise: str, *, better_side: bool) -> int:
    """Reps by the fixed-angle rule."""
    reps, was_up = 0, False
    for _, pose in poses:
        if pose is None:
            continue
        chains = CHAINS[LIMBS[exercise]]
        scores = [float(min(pose.points[list(chain), 2])) for chain in chains]
        side = scores.index(max(scores)) if better_side else 1
        if scores[side] < SEEN_SCORE:
            continue
        a, b, c = chains[side]
        angle = angle_degrees(pose.points[a], pose.points[b], pose.points[c])
        if angle > UP_DEGREES:
            was_up = True
        elif angle < DOWN_DEGREES and was_up:
            reps, was_up = reps + 1, False
    return reps


def summary(rows: Sequence[Row], pose: str, exercise: str, method: str) -> dict[str, float]:
    """The usual figures over all clips of an exercise, and what is counted where nothing is."""
    mine = [row for row in rows if row.pose == pose and exercise in row.truth]
    others = [row for row in rows if row.pose == pose and exercise not in row.truth]
    pairs = [(row.counts[exercise][method], row.truth[exercise]) for row in mine]
    total = max(len(mine), 1)
    return {
        "clips": len(mine),
        "mae": sum(abs(count - reps) / max(reps, 1) for count, (_, reps, _) in pairs) / total,
        "obo": sum(abs(count - reps) <= 1 for count, (_, reps, _) in pairs) / total,
        "exact": sum(count == reps for count, (_, reps, _) in pairs) / total,
        "inside": sum(least <= count <= most for count, (least, _, most) in pairs) / total,
        "false_reps": sum(row.counts[exercise][method] for row in others),
        "false_clips": sum(row.counts[exercise][method] > 0 for row in others),
    }


def truth_of(entry: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    """What happens in a clip, from its entry in an index or from a truth file of several exercises."""
    return {
        each["exercise"]: (
            int(each.get("reps_strict", each["reps"])),
            int(each["reps"]),
            int(each.get("reps_max", each["reps"])),
        )
        for each in entry.get("exercises", [entry])
    }


def measure(
    index: Sequence[dict[str, Any]], footage: Path, models: Path, names: Sequence[str]
) -> tuple[list[Row], dict[str, Seconds]]:
    """Run everything; progress goes to stderr."""
    rows, spent = [], {name: Seconds() for name in names}
    for name in names:
        estimator, timed = load(name, models)
        for number, entry in enumerate(index, 1):
            print(f"\r{name} {number}/{len(index)} {entry['file']:32}", end="", file=sys.stderr, flush=True)
            poses = poses_of(footage / entry["file"], estimator, spent[name])
            row = Row(entry["file"], name, truth_of(entry))
            for exercise in LIMBS:
                row.counts[exercise] = {
                    "ours": ours(poses, exercise, spent[name]),
                    "right side": angle_rule(poses, exercise, better_side=False),
                    "better side": angle_rule(poses, exercise, better_side=True),
                }
            rows.append(row)
        spent[name].bare_model = math.fsum(part.seconds for part in timed)
        print(file=sys.stderr)
    return rows, spent


def show(rows: Sequence[Row], spent: dict[str, Seconds]) -> None:
    """Tables for people."""
    print(f"{'clip':24} {'pose':10} {'asked':12} {'truth':>10}  " + "  ".join(f"{m:>11}" for m in METHODS))
    for row in rows:
        for exercise in LIMBS:
            counts = row.counts[exercise]
            if exercise not in row.truth and not any(counts.values()):
                continue
            low, reps, high = row.truth.get(exercise, (0, 0, 0))
            truth = f"{reps} ({low}..{high})" if exercise in row.truth else "none"
            marks = [f"{counts[m]}{' ' if low <= counts[m] <= high else '!'}" for m in METHODS]
            print(
                f"{row.file:24} {row.pose:10} {exercise:12} {truth:>10}  "
                + "  ".join(f"{m:>11}" for m in marks)
            )
    head = f"{'pose':10} {'exercise':12} {'method':12} {'clips':>5}"
    print(f"\n{head} {'MAE':>6} {'OBO':>6} {'exact':>6} {'inside':>6}  false reps")
    for pose in spent:
        for exercise in LIMBS:
            for method in METHODS:
                s = summary(rows, pose, exercise, method)
                figures = " ".join(f"{s[key]:6.3f}" for key in ("mae", "obo", "exact", "inside"))
                false = f"{s['false_reps']:.0f} in {s['false_clips']:.0f} clips"
                print(f"{pose:10} {exercise:12} {method:12} {s['clips']:5.0f} {figures}  {false}")
    print(f"\n{'pose':10} {'ms a frame:':>12} decode  pose  (bare model)  count  whole  whole/(decode+model)")
    for pose, seconds in spent.items():
        t = seconds.per_frame_ms()
        print(
            f"{pose:10} {seconds.frames:5} frames {t['decode']:6.2f} {t['pose']:6.2f} {t['bare_model']:9.2f}"
            f" {t['count']:9.2f} {t['whole']:6.2f} {t['whole_over_decode_and_model']:10.2f}"
        )


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Rep counting and its speed, with peers beside it.")
    parser.add_argument("--footage", type=Path, help="folder of clips with an index.json [the project's own]")
    parser.add_argument("--models", type=Path, default=data_dir() / "models", help="folder of pose models")
    parser.add_argument("--pose", help="pose models, separated by commas [blazepose and what is installed]")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    if arguments.footage and not (arguments.footage / "index.json").is_file():
        parser.error(f"{arguments.footage} holds no index.json")
    pull("blazepose", arguments.models)
    here = [model.name for model in installed(arguments.models)]
    names = arguments.pose.split(",") if arguments.pose else here
    footage = arguments.footage or clip_path().parent
    index = json.loads((footage / "index.json" if arguments.footage else truth_path()).read_text())
    entries = index if isinstance(index, list) else [index]
    rows, spent = measure(entries, footage, arguments.models, names)
    if arguments.json:
        figures = {p: {e: {m: summary(rows, p, e, m) for m in METHODS} for e in LIMBS} for p in spent}
        speed = {pose: seconds.per_frame_ms() for pose, seconds in spent.items()}
        print(json.dumps({"clips": [asdict(row) for row in rows], "summary": figures, "ms_per_frame": speed}))
    else:
        show(rows, spent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
