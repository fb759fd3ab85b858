"""Rep counting against known footage, and its speed, with the usual counters beside it, in one run.

    python benchmarks/vision.py [--footage DIR] [--models DIR] [--pose movenet,blazepose] [--fps 10,5]
        [--offsets] [--samples CSV] [--poses-cache DIR] [--mediapipe-python PYTHON] [--rounds 3]
        [--cameras 1,2,4] [--camera-seconds S] [--parts counting,frames,cameras,teaching] [--json]

Pose models are those of a box, and `movenet-int8`: MoveNet as it is written, and as an Edge TPU computes it.
A CPU may compute the same file in floats (`vision/runtimes/litert/floats.py`).

**counting**: DIR holds clips and an `index.json` (see `counting/clips.py`); without it, the project's own
clip is counted. Every exercise is asked for in every clip: what is counted where it does not happen is false.
The peers see the same keypoints: the angle rule of common counters on the right side and on the better-seen
side (`counting/angle_rule.py`) and, with CSV, the nearest labelled poses (`counting/nearest_poses.py`). With
`--fps`, the same at lower rates, and with `--offsets` with every frame that such a sampling can begin with
(`counting/samplings.py`): which frames are left out is chance, so that one such count alone says little.
Clips of more than one source are also scored with each source left out (`counting/sources.py`).

**frames**: milliseconds a frame (`speed/per_frame.py`). PYTHON is one that can import `mediapipe`, such as
`mp/bin/python` after `python3.12 -m venv mp && mp/bin/pip install mediapipe==0.10.21`. Of so many `--rounds`
the least disturbed one counts, for each.

**cameras**: 720p cameras over RTSP on a running box (`speed/cameras.py`); 600 seconds show whether memory
grows.

**teaching**, only when asked for: each clip of four repetitions or more whose index says when they were is
cut into labelled frames (`teaching/recordings.py`), and the phase model is taught them as `gymbox models
train-phase --frames` does; the last quarter of each label judges. As a peer, the nearest of the same poses
vote. It takes a minute for each clip, and the extra `train`.
"""

# ruff: noqa: E402 - the packages can only be imported once the path is right

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path

# Started as a script, this file's own folder comes first and its name would hide the package `vision`.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import TYPE_CHECKING, Any

from benchmarks.counting import pose_models, samplings, tables
from benchmarks.counting.clips import own_clip, read_index
from benchmarks.counting.methods import OURS, peers
from benchmarks.counting.poses import PoseCache, beginnings, look
from benchmarks.counting.rows import count_clip
from benchmarks.counting.scores import summary
from benchmarks.speed import cameras, per_frame
from benchmarks.teaching import recordings
from gateway.config.file import data_dir
from provisioning.models import installed
from provisioning.pull import PullFailed, pull
from vision.offline.count import pose_threads
from vision.pose import POSE_MODELS
from vision.source import SourceFailedError
from vision.training.frames import FramesError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.counting.clips import LabelledClip
    from benchmarks.counting.methods import Peer
    from benchmarks.counting.poses import PoseSeries
    from benchmarks.counting.rows import Row
    from benchmarks.teaching.lessons import Lesson
    from vision.pose import PoseEstimator

LEFT_OUT = "left_out"
FRAMES_PER_CLIP = 150
"""Of each clip whose frames are timed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is measured, and with what: the command line, filled in."""

    clips: Sequence[LabelledClip]
    poses: Sequence[str]
    models: Path
    rates: Sequence[float]
    offsets: bool
    peers: Sequence[Peer]
    cache: Path | None
    mediapipe: Path | None
    rounds: int
    cameras: Sequence[int]
    camera_s: float
    as_json: bool

    def counting(self) -> dict[str, Any]:
        """Counts and scores."""
        methods = [OURS, *(peer.name for peer in self.peers)]
        left_out: dict[str, str] = {}
        rows = list(self._rows(left_out))
        first = [row for row in rows if not row.first]
        self._show(tables.clips_table(rows, methods))
        self._show(tables.scores_table(first, methods))
        if len({clip.source for clip in self.clips}) > 1:
            self._show(tables.sources_table(first, self.peers))
        results = {"clips": [row.to_json() for row in rows], "summary": summary(first, methods)}
        if self.offsets:
            self._show(tables.samplings_table(rows, methods))
            results["samplings"] = samplings.summary(rows, methods)
        return results | {LEFT_OUT: left_out}

    def _rows(self, left_out: dict[str, str]) -> Iterator[Row]:
        """Every clip through every pose model at every rate; notes those that cannot be read, and why."""
        for pose in self.poses:
            estimator = pose_models.estimator(pose, self.models)
            for fps in (None, *self.rates):
                for number, clip in enumerate(self.clips, 1):
                    _tell(f"{pose} {tables.rate(fps)} {number}/{len(self.clips)} {clip.path.name}")
                    try:
                        for first in beginnings(clip.path, fps) if fps and self.offsets else (0,):
                            cache = PoseCache.at(self.cache, pose, fps, first) if self.cache else None
                            series = _poses(clip.path, estimator, fps, first, cache)
                            yield replace(count_clip(clip, pose, fps, series, self.peers), first=first)
                    except SourceFailedError as error:
                        _tell(f"left out: {error}")
                        left_out[clip.path.name] = str(error)

    def frames(self) -> dict[str, Any]:
        """What a frame costs."""
        timed = per_frame.chosen([clip.path for clip in self.clips])
        costs: dict[str, list[per_frame.FrameCost]] = {}
        for number, clip in enumerate(timed, 1):
            _tell(f"{FRAMES_PER_CLIP} frames of {number}/{len(timed)} {clip.name}")
            rounds = [self._one_round(clip) for _ in range(self.rounds)]
            for name in rounds[0]:
                costs.setdefault(name, []).append(per_frame.least_disturbed([each[name] for each in rounds]))
        self._show(per_frame.table(costs))
        over = per_frame.over_mediapipe(costs)
        return {
            "ms_per_frame": {name: per_frame.mean(each).to_json() for name, each in costs.items()},
            "over_mediapipe": {
                name: {figure: asdict(ratio) for figure, ratio in ratios.items()}
                for name, ratios in over.items()
            },
        }

    def _one_round(self, clip: Path) -> dict[str, per_frame.FrameCost]:
        """MediaPipe, if it is to stand beside, and each pose model through one clip."""
        costs = {}
        if self.mediapipe:
            costs[per_frame.MEDIAPIPE] = per_frame.mediapipe(self.mediapipe, clip, FRAMES_PER_CLIP)
        for pose, threads in product(self.poses, range(1, pose_threads() + 1)):
            cost = per_frame.ours(pose, self.models, clip, FRAMES_PER_CLIP, threads)
            costs[per_frame.named(pose, threads)] = cost
        return costs

    def camera_loads(self) -> dict[str, Any]:
        """What cameras cost, with the fastest pose model that is here."""
        pose = pose_models.MOVENET if pose_models.MOVENET in self.poses else self.poses[0]
        loads: list[cameras.Load] = []
        try:
            with tempfile.TemporaryDirectory() as folder, cameras.played(Path(folder)) as url:
                for number in self.cameras:
                    _tell(f"{number} cameras for {self.camera_s:g} s")
                    loads.append(cameras.measure(url, number, self.camera_s, self.models, pose))
        finally:
            self._show(cameras.table(loads, pose))
        return {"cameras": [asdict(load) for load in loads]}

    def teaching(self) -> dict[str, Any]:
        """What frames of each clip teach, looked at with each pose model."""
        from benchmarks.teaching import lessons  # noqa: PLC0415 - needs the extra `train`, and seconds

        taught: dict[str, list[Lesson]] = {}
        left_out: dict[str, str] = {}
        for pose in (name for name in self.poses if name in POSE_MODELS):
            estimator = pose_models.estimator(pose, self.models)
            cache = PoseCache.at(self.cache, pose, None) if self.cache else None
            taught[pose] = []
            for clip, exercise in recordings.teachable(self.clips):
                recording = f"{clip.path.name} {exercise}"
                _tell(f"frames of {recording} teach, looked at with {pose}")
                poses = _poses(clip.path, estimator, None, 0, cache)
                try:
                    taught[pose].append(lessons.teach(recording, clip, exercise, poses, estimator))
                except FramesError as error:
                    _tell(f"left out: {error}")
                    left_out[recording] = str(error)
            self._show([f"looked at with {pose}", *lessons.table(taught[pose])])
        found = {pose: [asdict(lesson) for lesson in each] for pose, each in taught.items()}
        return {"teaching": found, LEFT_OUT: left_out}

    def _show(self, lines: Iterable[str]) -> None:
        """A table and an empty line after it."""
        if not self.as_json:
            print("\n".join(lines), end="\n\n", flush=True)


PARTS = {
    "counting": Run.counting,
    "frames": Run.frames,
    "cameras": Run.camera_loads,
    "teaching": Run.teaching,
}
USUAL_PARTS = ("counting", "frames", "cameras")


def _poses(
    clip: Path, estimator: PoseEstimator, fps: float | None, first: int, cache: PoseCache | None
) -> PoseSeries:
    """From the cache, or looked for and kept there."""
    series = cache.load(clip) if cache else None
    if series is None:
        series = look(clip, estimator, fps, first)
        if cache:
            cache.save(clip, series)
    return series


def _tell(text: str) -> None:
    """Progress, away from the results."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Command line; the exit code is 1 when a part or a clip could not be measured."""
    parser = _parser()
    options = parser.parse_args()
    try:
        run = _prepare(options)
    except (ValueError, PullFailed) as error:
        parser.error(str(error))
    if "counting" in options.parts and not options.samples:
        _tell("no nearest poses beside ours: give --samples CSV")
    if "frames" in options.parts and not options.mediapipe_python:
        _tell("no MediaPipe beside ours: give --mediapipe-python PYTHON")
    results: dict[str, Any] = {}
    failed = False
    for part in options.parts:
        try:
            found = PARTS[part](run)
            if LEFT_OUT in found:
                found[LEFT_OUT] |= results.get(LEFT_OUT, {})
            results |= found
        except (OSError, ValueError, RuntimeError, SourceFailedError) as error:
            _tell(f"{part}: {error}")
            failed = True
    if run.as_json:
        print(json.dumps(results))
    return int(failed or bool(results.get(LEFT_OUT)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Rep counting and its speed, with peers beside it.")
    add = parser.add_argument
    add("--footage", type=Path, help="folder of clips with an index.json [the project's own clip]")
    add("--models", type=Path, default=data_dir() / "models", help="folder of pose models")
    add("--pose", type=_names, help="pose models [blazepose and what is installed]")
    add("--fps", type=_rates, default=[], help="count at these frame rates too: 10,5")
    add("--offsets", action="store_true", help="count every sampling of these rates")
    add("--samples", type=Path, help="labelled poses for the peer that lets the nearest vote")
    add("--poses-cache", type=Path, help="keep poses in this folder and take them from there")
    add("--mediapipe-python", type=Path, help="a Python that has mediapipe, to be timed beside ours")
    add("--rounds", type=_count, default=3, help="how often each clip's frames are timed [3]")
    add("--cameras", type=_counts, default=[1, 2, 4], help="how many at once [1,2,4]")
    add("--camera-seconds", type=float, default=20.0, help="how long each [20]")
    add(
        "--parts",
        type=_names,
        default=list(USUAL_PARTS),
        help=f"of {','.join(PARTS)} [{','.join(USUAL_PARTS)}]",
    )
    add("--json", action="store_true", help="print one JSON object")
    return parser


def _prepare(options: argparse.Namespace) -> Run:
    """Read what the options name.

    Raises:
        ValueError: an option names what is not there or cannot be used.
        PullFailed: the default pose model is not here and cannot be brought.
    """
    if unknown := set(options.parts) - set(PARTS):
        raise ValueError(f"no part {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    clips = read_index(options.footage) if options.footage else own_clip()
    pull("blazepose", options.models)
    here: list[str] = [model.name for model in installed(options.models) if model.name in POSE_MODELS]
    if pose_models.MOVENET in here:
        here.append(pose_models.INT8)
    if missing := set(options.pose or []) - set(here):
        raise ValueError(
            f"{options.models} has no pose model {', '.join(sorted(missing))}, only {', '.join(here)}"
        )
    return Run(
        clips=clips,
        poses=options.pose or here,
        models=options.models,
        rates=options.fps,
        offsets=options.offsets,
        peers=peers(options.samples),
        cache=options.poses_cache,
        mediapipe=options.mediapipe_python,
        rounds=options.rounds,
        cameras=options.cameras,
        camera_s=options.camera_seconds,
        as_json=options.json,
    )


def _names(text: str) -> list[str]:
    return text.split(",")


def _rates(text: str) -> list[float]:
    return [_positive(float(part), text) for part in text.split(",")]


def _counts(text: str) -> list[int]:
    return [int(_positive(int(part), text)) for part in text.split(",")]


def _count(text: str) -> int:
    return int(_positive(int(text), text))


def _positive(number: float, text: str) -> float:
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} may only hold positive numbers")
    return number


if __name__ == "__main__":
    sys.exit(main())
