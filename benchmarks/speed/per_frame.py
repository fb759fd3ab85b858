"""What one frame costs: decoding, the bare pose model, the whole pipeline, and MediaPipe's own Pose solution.

All work through the same frames of the same clips in the same run, one after the other through each
clip, several rounds of it. What else the machine does can only add to a time, and adds most to what takes
two cores: of each, the round counts in which it was disturbed least. Only ratios say anything about another
machine: each clip gives one, and their median stands with the least and the most. Our pipeline is what
`gymbox count` does, which gives the pose model two threads where there are two cores; with one thread it is
as on a small box, whose other core is for other cameras. MediaPipe runs as its documentation shows, in a
Python of its own, since the project does not depend on it; it takes as many threads as it likes. Each has
seen a frame before its clock runs.
"""

from __future__ import annotations

import json
import math
import subprocess
import time
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.counting import pose_models
from benchmarks.counting.methods import new_counter
from vision.offline.clip import Clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from vision.runtimes import Runtime, TensorSpec

EXERCISE = "pushup"
"""What is counted while the clock runs; the others take as long."""
MEDIAPIPE = "mediapipe"
MEDIAPIPE_SCRIPT = Path(__file__).with_name("mediapipe_pose.py")
MEDIAPIPE_TIMEOUT_S = 900.0


class MediaPipeFailedError(RuntimeError):
    """MediaPipe did not run under the named Python; the text holds its last words."""


@dataclass(slots=True)
class Timed:
    """A runtime that knows how long it worked."""

    model: Runtime
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """As the model's."""
        return self.model.name

    @property
    def trouble(self) -> str:
        """As the model's."""
        return self.model.trouble

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """As the model's."""
        return self.model.inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """As the model's."""
        return self.model.outputs

    def run(self, inputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """As the model, on the clock."""
        begin = time.perf_counter()
        result = self.model.run(inputs)
        self.seconds += time.perf_counter() - begin
        return result


@dataclass(frozen=True, slots=True)
class FrameCost:
    """Milliseconds a frame.

    Attributes:
        frames: over how many.
        decode: from the file to a picture.
        bare_model: in the pose model's runtime alone; None where that cannot be seen.
        pose: all of the pose estimation, the model included.
        count: from the pose to the repetitions; None where nothing counts.
        cpu: processor time of all threads.
    """

    frames: int
    decode: float
    bare_model: float | None
    pose: float
    count: float | None
    cpu: float

    @property
    def whole(self) -> float:
        """From the file to the repetitions."""
        return self.decode + self.decoded

    @property
    def decoded(self) -> float:
        """From the picture to the repetitions."""
        return self.pose + (self.count or 0.0)

    @property
    def over_decode_and_model(self) -> float | None:
        """The whole over what it cannot do without."""
        return None if self.bare_model is None else self.whole / (self.decode + self.bare_model)

    def to_json(self) -> dict[str, float | None]:
        """Plain values for `json.dumps`."""
        return {
            **asdict(self),
            "whole": self.whole,
            "whole_over_decode_and_model": self.over_decode_and_model,
        }


def chosen(clips: Sequence[Path], most: int = 6) -> list[Path]:
    """Some of the clips, evenly spread over the list."""
    return list(clips[:: math.ceil(len(clips) / most)])


def named(pose: str, threads: int) -> str:
    """A pose model, and on how many threads where there are more than one."""
    return pose if threads == 1 else f"{pose}, {threads} threads"


def ours(pose: str, models: Path, clip: Path, frames: int, threads: int) -> FrameCost:
    """The project's pipeline over the first `frames` of a clip, with so many threads for the pose model.

    Raises:
        vision.source.SourceFailedError: the clip cannot be read.
        vision.runtimes.ModelFileError: the pose model cannot be used.
    """
    timed = [Timed(network) for network in pose_models.networks(pose, models, threads)]
    estimator = pose_models.estimator_on(timed)
    counter = new_counter(EXERCISE)
    seen, decode_s, pose_s, count_s = 0, 0.0, 0.0, 0.0
    with Clip(clip) as video:
        each = iter(video)
        for time_s, frame in islice(each, 1):
            estimator.estimate(frame, time_s)
        for part in timed:
            part.seconds = 0.0
        begin_cpu_s = time.process_time()
        for spent_s, time_s, frame in islice(_on_the_clock(each), frames):
            begin = time.perf_counter()
            found = estimator.estimate(frame, time_s)
            estimated = time.perf_counter()
            counter.update(time_s, found)
            count_s += time.perf_counter() - estimated
            pose_s += estimated - begin
            decode_s += spent_s
            seen += 1
        cpu_s = time.process_time() - begin_cpu_s
    model_s = math.fsum(part.seconds for part in timed)
    return FrameCost(seen, *(1000 * part / seen for part in (decode_s, model_s, pose_s, count_s, cpu_s)))


def mediapipe(python: Path, clip: Path, frames: int) -> FrameCost:
    """MediaPipe's Pose solution over the same frames.

    Raises:
        MediaPipeFailedError: it did not run.
    """
    command = [str(python), str(MEDIAPIPE_SCRIPT), str(frames), str(clip.resolve())]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=MEDIAPIPE_TIMEOUT_S, check=True)
        spent = json.loads(run.stdout)
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().splitlines()[-1:] or [f"exit code {error.returncode}"]
        raise MediaPipeFailedError(f"{python}: {last[0]}; give a Python that can import mediapipe") from error
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise MediaPipeFailedError(f"{python}: {error}") from error
    decode, pose, cpu = (1000 * spent[key] / spent["frames"] for key in ("decode_s", "pose_s", "cpu_s"))
    return FrameCost(spent["frames"], decode, None, pose, None, cpu)


def least_disturbed(rounds: Sequence[FrameCost]) -> FrameCost:
    """Of several times through the same frames."""
    return min(rounds, key=lambda cost: cost.whole)


def mean(costs: Sequence[FrameCost]) -> FrameCost:
    """Of several clips together, each frame counting as much."""
    frames = sum(cost.frames for cost in costs)

    def of(part: Callable[[FrameCost], float | None]) -> float | None:
        shares = [(part(cost), cost.frames) for cost in costs]
        known = [value * count for value, count in shares if value is not None]
        return math.fsum(known) / frames if len(known) == len(shares) else None

    return FrameCost(
        frames=frames,
        decode=of(lambda cost: cost.decode) or 0.0,
        bare_model=of(lambda cost: cost.bare_model),
        pose=of(lambda cost: cost.pose) or 0.0,
        count=of(lambda cost: cost.count),
        cpu=of(lambda cost: cost.cpu) or 0.0,
    )


@dataclass(frozen=True, slots=True)
class Ratio:
    """Of the same figure of two, clip by clip."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, peer: Iterable[float], own: Iterable[float]) -> Ratio:
        """Of the peer's over ours."""
        each = [theirs / mine for theirs, mine in zip(peer, own, strict=True)]
        return cls(median(each), min(each), max(each))

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f} to {self.most:.2f})"


def over_mediapipe(costs: Mapping[str, Sequence[FrameCost]]) -> dict[str, dict[str, Ratio]]:
    """By pose model, how many times the frames of MediaPipe's Pose in a second, and in one of processor."""
    if (peer := costs.get(MEDIAPIPE)) is None:
        return {}
    return {
        name: {
            "frames_per_second": Ratio.of((cost.whole for cost in peer), (cost.whole for cost in mine)),
            "decoded_frames_per_second": Ratio.of(
                (cost.decoded for cost in peer), (cost.decoded for cost in mine)
            ),
            "frames_per_cpu_second": Ratio.of((cost.cpu for cost in peer), (cost.cpu for cost in mine)),
        }
        for name, mine in costs.items()
        if name != MEDIAPIPE
    }


def table(costs: Mapping[str, Sequence[FrameCost]]) -> Iterator[str]:
    """For people."""
    yield (
        f"{'ms a frame':20} {'frames':>6} {'decode':>7} {'model':>7} {'pose':>7} {'count':>7} {'whole':>7}"
        f" {'frames/s':>8} {'whole/(decode+model)':>20} {'cpu':>7}"
    )
    for name, each in costs.items():
        cost = mean(each)
        ratio = cost.over_decode_and_model
        yield (
            f"{name:20} {cost.frames:6} {cost.decode:7.2f} {_or_dash(cost.bare_model)} {cost.pose:7.2f}"
            f" {_or_dash(cost.count)} {cost.whole:7.2f} {1000 / cost.whole:8.1f}"
            f" {'-' if ratio is None else f'{ratio:.2f}':>20} {cost.cpu:7.2f}"
        )
    for name, ratios in over_mediapipe(costs).items():
        yield (
            f"{name}: {ratios['frames_per_second']} times the frames a second of MediaPipe's Pose,"
            f" {ratios['decoded_frames_per_second']} with decoding left out,"
            f" {ratios['frames_per_cpu_second']} times as many for the same processor time:"
            " median (least to most) of the clips"
        )


def _or_dash(value: float | None) -> str:
    return f"{'-':>7}" if value is None else f"{value:7.2f}"


def _on_the_clock(
    frames: Iterator[tuple[float, NDArray[Any]]],
) -> Iterator[tuple[float, float, NDArray[Any]]]:
    """Frames with the seconds that each took to come."""
    while True:
        begin = time.perf_counter()
        following = next(frames, None)
        if following is None:
            return
        yield time.perf_counter() - begin, *following
