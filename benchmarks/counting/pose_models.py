"""The pose models that are measured: those of a box, and MoveNet in int8 whatever the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vision import runtimes
from vision.pose.blazepose import BlazePose
from vision.pose.movenet import MoveNet
from vision.runtimes import MODEL_FILES, Runtime, litert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vision.pose import PoseEstimator

MOVENET = "movenet"
INT8 = "movenet-int8"
"""The same file as it is written, and as an Edge TPU computes it; a CPU may compute it in floats."""


def estimator(pose: str, models: Path) -> PoseEstimator:
    """Who finds people; raises as `networks` does."""
    return estimator_on(networks(pose, models))


def networks(pose: str, models: Path, threads: int = 1) -> list[Runtime]:
    """The networks of a pose model on the CPU.

    Raises:
        vision.runtimes.ModelFileError: a file cannot be used.
    """
    cpu = MODEL_FILES["litert"]
    if pose == INT8:
        return [litert.load_as_written(models / MOVENET / cpu, threads)]
    parts = (cpu,) if pose == MOVENET else ("detector.tflite", "landmarks.tflite")
    return [runtimes.load("auto", models / pose / part, threads) for part in parts]


def estimator_on(networks: Sequence[Runtime]) -> PoseEstimator:
    """Who finds people with these."""
    return MoveNet(*networks) if len(networks) == 1 else BlazePose(*networks)
