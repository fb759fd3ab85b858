"""Another version of a model, loaded beside the one that works."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from vision.keypoints import COCO_KEYPOINTS
from vision.phase.belief import LOGITS
from vision.phase.window import CHANNELS, STEPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vision.phase.model import PhaseModel
    from vision.pose import PoseEstimator
    from vision.processes.messages import SwapModel

T = TypeVar("T")


class RehearsalFailedError(RuntimeError):
    """A model was loaded but does not do what such a model does."""


@dataclass(frozen=True, slots=True)
class Loaded(Generic[T]):
    """The other version, or why there is none."""

    request: SwapModel
    model: T | None
    reason: str = ""


def rehearse(estimator: PoseEstimator, frame_bgr: NDArray[np.uint8]) -> None:
    """Have a pose model look at one picture, H x W x 3.

    Raises:
        RehearsalFailedError: what it gives is no pose.
    """
    pose = estimator.twin().estimate(frame_bgr, 0.0)
    if pose is not None and (pose.points.shape != (len(COCO_KEYPOINTS), 3) or not pose.is_possible):
        raise RehearsalFailedError(f"on the current frame it gives {pose.points.shape} that are no pose")


def rehearse_phase(model: PhaseModel) -> None:
    """Have a phase model judge somebody who is nowhere.

    Raises:
        RehearsalFailedError: what it gives are no logits.
    """
    logits = model.logits(np.zeros((STEPS, CHANNELS), np.float32))
    if logits.shape != (LOGITS,) or not np.isfinite(logits).all():
        raise RehearsalFailedError(
            f"of a window of zeros it says {logits.tolist()}, which are no {LOGITS} logits"
        )


class Loader(Generic[T]):
    """Loads on a thread of its own, one model at a time: frames go on being looked at meanwhile."""

    def __init__(self, *, deliver: Callable[[Loaded[T]], None]) -> None:
        """``deliver`` is called once for every request, on the thread that loaded."""
        self._deliver = deliver
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether a model is being loaded."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, request: SwapModel, load: Callable[[], T]) -> None:
        """Begin; returns at once."""
        if self.busy:
            self._deliver(Loaded(request, None, "another version is being loaded; try again in a moment"))
            return
        self._thread = threading.Thread(
            target=self._run, args=(request, load), name="model-loader", daemon=True
        )
        self._thread.start()

    def _run(self, request: SwapModel, load: Callable[[], T]) -> None:
        try:
            model = load()
        except Exception as error:  # noqa: BLE001 - whatever the runtime raises is told; the running model stays
            self._deliver(Loaded(request, None, str(error) or type(error).__name__))
        else:
            self._deliver(Loaded(request, model))
