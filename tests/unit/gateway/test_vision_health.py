"""What a process says of itself, in the states and words of the health board."""

import pytest

from gateway import vision_health
from vision.processes.messages import EXIT_HUNG, CameraStatus, InferenceStatus


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        ("ok", "", ("ok", "")),
        ("starting", "looking for the camera", ("degraded", "looking for the camera")),
        ("stalled", "", ("failed", "stalled")),
        ("unauthorised", "cam refuses this password", ("failed", "cam refuses this password")),
    ],
)
def test_a_camera(state: str, reason: str, told: tuple[str, str]) -> None:
    status = CameraStatus(camera_id="cam", state=state, reason=reason)  # type: ignore[arg-type]
    assert vision_health.of_camera(status) == told


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        ("ok", "", ("ok", "")),
        ("starting", "", ("degraded", "loading the pose model toy")),
        ("degraded", "edgetpu failed", ("degraded", "edgetpu failed")),
        ("failed", "damaged", ("failed", "damaged")),
    ],
)
def test_counting(state: str, reason: str, told: tuple[str, str]) -> None:
    status = InferenceStatus(pose_model="toy", runtime="litert", state=state, reason=reason)  # type: ignore[arg-type]
    assert vision_health.of_inference(status) == told


def test_the_exit_of_a_capture_process() -> None:
    assert vision_health.capture_exit(EXIT_HUNG) == "a call into the video library did not return"
    assert vision_health.capture_exit(-9) == "killed by signal 9, SIGKILL"
