"""Pose estimators: a frame in, one person's 17 keypoints out.

A model is a folder `models_dir/<name>/`; the numerical libraries load only in `load_estimator`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, get_args

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vision.keypoints import Pose
    from vision.pose.sought import Sought

PoseModel = Literal["blazepose", "movenet"]
POSE_MODELS: tuple[PoseModel, ...] = get_args(PoseModel)


class PoseEstimator(Protocol):
    """Finds and follows one person from frame to frame."""

    @property
    def name(self) -> str:
        """The pose model's name."""

    @property
    def runtime(self) -> str:
        """The runtime that executes it now."""

    @property
    def trouble(self) -> str:
        """Why another runtime executes it than should; empty when all is well."""

    def estimate(
        self, frame_bgr: NDArray[np.uint8], time_s: float, sought: Sought | None = None
    ) -> Pose | None:
        """The person in this frame who is sought, or anybody; `time_s` is when the frame was captured."""

    def reset(self) -> None:
        """Forget the tracked person (a cut)."""

    def twin(self) -> PoseEstimator:
        """One for another person, on the same loaded model and the same thread."""


class UnknownPoseModelError(ValueError):
    """No pose model of that name."""


def load_estimator(
    name: str, models_dir: Path, runtime: str = "auto", threads: int = 1, *, standby: bool = False
) -> PoseEstimator:
    """Load a pose model from `models_dir/<name>/`.

    With `standby`, the CPU takes over from an accelerator that is lost, and `trouble` says why.

    Raises:
        UnknownPoseModelError: no such pose model.
        vision.runtimes.RuntimeUnavailableError: the runtime cannot work on this machine.
        vision.runtimes.ModelFileError: a model file is missing, broken or another model's.
    """
    if name not in POSE_MODELS:
        raise UnknownPoseModelError(f"unknown pose model {name!r}: choose from {', '.join(POSE_MODELS)}")
    folder = models_dir / name
    if name == "movenet":
        from vision.pose.movenet import MoveNet  # noqa: PLC0415 - OpenCV loads only when a model is used

        return MoveNet.load(folder, runtime, threads, standby=standby)
    from vision.pose.blazepose import BlazePose  # noqa: PLC0415 - as above

    return BlazePose.load(folder, runtime, threads)
