"""What the camera and inference processes say of themselves, as states and words for people."""

from typing import TYPE_CHECKING

from gateway.processes.handle import describe_exit
from vision.processes.messages import EXIT_HUNG, CameraStatus, InferenceStatus

if TYPE_CHECKING:
    from gateway.health import State


def of_camera(status: CameraStatus) -> "tuple[State, str]":
    """Return how a camera does, and why."""
    if status.state == "ok":
        return "ok", ""
    return ("degraded" if status.state == "starting" else "failed"), status.reason or status.state


def of_inference(status: InferenceStatus) -> "tuple[State, str]":
    """Return how counting does, and why."""
    if status.state == "ok":
        return "ok", ""
    if status.state == "starting":
        return "degraded", status.reason or f"loading the pose model {status.pose_model}"
    return "degraded" if status.state == "degraded" else "failed", status.reason


def capture_exit(returncode: int | None) -> str:
    """Return words for the exit code of a capture process."""
    return (
        "a call into the video library did not return"
        if returncode == EXIT_HUNG
        else describe_exit(returncode)
    )
