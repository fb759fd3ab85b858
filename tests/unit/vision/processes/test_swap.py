"""Another model is loaded beside the one that works, or is not, and somebody is told in any case."""

import queue
import threading
from typing import Any, cast

import numpy as np
import pytest

from vision.keypoints import Pose
from vision.phase.belief import LOGITS
from vision.phase.model import load
from vision.phase.window import CHANNELS, STEPS
from vision.pose.sought import Sought
from vision.processes.messages import SwapModel
from vision.processes.swap import Loaded, Loader, RehearsalFailedError, rehearse, rehearse_phase

REQUEST = SwapModel(request_id=3, model="played", version="2")
FRAME = np.zeros((90, 160, 3), np.uint8)


class Estimator:
    """Gives what it is told to give."""

    name = "played"
    runtime = "test"
    trouble = ""

    def __init__(self, pose: Pose | None) -> None:
        self.pose = pose
        self.looked = 0
        self.twins: list[Estimator] = []

    def estimate(self, frame_bgr: np.ndarray, time_s: float, _sought: Sought | None = None) -> Pose | None:
        assert frame_bgr is FRAME
        assert time_s == 0.0
        self.looked += 1
        return self.pose

    def reset(self) -> None:
        """Follows nobody."""

    def twin(self) -> "Estimator":
        self.twins.append(Estimator(self.pose))
        return self.twins[-1]


@pytest.mark.parametrize("pose", [None, Pose(np.ones((17, 3), np.float32), 0.5)])
def test_a_pose_model_may_see_somebody_or_nobody(pose: Pose | None) -> None:
    estimator = Estimator(pose)
    rehearse(estimator, FRAME)
    assert (estimator.looked, [twin.looked for twin in estimator.twins]) == (0, [1])


@pytest.mark.parametrize(
    "pose",
    [
        Pose(np.ones((33, 3), np.float32), 0.5),
        Pose(np.full((17, 3), np.nan, np.float32), 0.5),
        Pose(np.ones((17, 3), np.float32), float("nan")),
    ],
)
def test_what_is_no_pose_fails_the_rehearsal(pose: Pose) -> None:
    with pytest.raises(RehearsalFailedError, match="no pose"):
        rehearse(Estimator(pose), FRAME)


class Saying:
    """A phase model that says one thing."""

    def __init__(self, logits: np.ndarray) -> None:
        self.said = logits

    def logits(self, window: np.ndarray) -> np.ndarray:
        assert window.shape == (STEPS, CHANNELS)
        assert window.dtype == np.float32
        assert not window.any()
        return self.said


def test_the_packaged_phase_model_passes_its_rehearsal() -> None:
    rehearse_phase(load())
    rehearse_phase(cast("Any", Saying(np.zeros(LOGITS, np.float32))))


@pytest.mark.parametrize(
    "logits", [np.zeros(LOGITS - 1), np.zeros((1, LOGITS)), np.full(LOGITS, np.nan), np.full(LOGITS, np.inf)]
)
def test_what_are_no_logits_fail_the_rehearsal(logits: np.ndarray) -> None:
    with pytest.raises(RehearsalFailedError, match="no 12 logits"):
        rehearse_phase(cast("Any", Saying(logits.astype(np.float32))))


def delivered(answers: "queue.Queue[Loaded[str]]") -> Loaded[str]:
    return answers.get(timeout=5)


def test_a_model_is_delivered_from_another_thread() -> None:
    answers: queue.Queue[Loaded[str]] = queue.Queue(4)
    loader = Loader(deliver=answers.put)
    loader.start(REQUEST, lambda: threading.current_thread().name)
    assert delivered(answers) == Loaded(REQUEST, "model-loader")


@pytest.mark.parametrize(
    ("error", "reason"),
    [(ValueError("the file is cut short"), "the file is cut short"), (MemoryError(), "MemoryError")],
)
def test_whatever_goes_wrong_is_delivered_as_the_reason(error: Exception, reason: str) -> None:
    answers: queue.Queue[Loaded[str]] = queue.Queue(4)

    def fail() -> str:
        raise error

    Loader(deliver=answers.put).start(REQUEST, fail)
    assert delivered(answers) == Loaded(REQUEST, None, reason)


def test_one_model_at_a_time() -> None:
    answers: queue.Queue[Loaded[str]] = queue.Queue(4)
    loader, go_on = Loader(deliver=answers.put), threading.Event()

    def slow() -> str:
        assert go_on.wait(5)
        return "first"

    loader.start(REQUEST, slow)
    second = SwapModel(request_id=4, model="phase", version="3")
    loader.start(second, lambda: "second")
    refused = delivered(answers)
    assert (refused.request, refused.model) == (second, None)
    assert "another version is being loaded" in refused.reason
    assert loader.busy
    go_on.set()
    assert delivered(answers).model == "first"
