"""How cameras and counting do, by the word of their processes: kept for pages, told to health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway import vision_health
from gateway.processes.handle import describe_exit
from vision.processes.messages import (
    EXIT_HUNG,
    EXIT_NO_MODEL,
    CameraStatus,
    CaptureMessage,
    InferenceMessage,
    InferenceStatus,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.health import Health, State
    from gateway.processes.supervisor import ChildChange

VISION: Final = "vision"

_PREFIX: Final = "camera:"

VisionMessage = CaptureMessage | InferenceMessage


def camera_part(camera_id: str) -> str:
    """Return the name under which a camera stands in the box's health."""
    return f"{_PREFIX}{camera_id}"


class CameraNews:
    """Hears what the processes say, and speaks for those that are down."""

    def __init__(self, health: Health, on_message: Callable[[VisionMessage], object]) -> None:
        self._health = health
        self._on_message = on_message
        # Children without a process; what their last one still had in its pipe says nothing about now.
        self._down: set[str] = set()
        self._refusal: str | None = None
        self._last_words = ""
        self.camera_status: dict[str, CameraStatus] = {}
        self.inference_status: InferenceStatus | None = None

    def heard(self, name: str, message: Any) -> None:
        """Take what a process says."""
        if isinstance(message, CameraStatus):
            if name in self._down:
                return
            self.camera_status[message.camera_id] = message
            self._health.set(name, *vision_health.of_camera(message))
        elif isinstance(message, InferenceStatus):
            self.inference_status = None if name in self._down else message
            self._last_words = message.reason if message.state == "failed" else ""
            if name not in self._down or self._last_words:
                self._health.set(name, *vision_health.of_inference(message))
        self._on_message(message)

    def started(self, name: str) -> None:
        """A process has been started."""
        self._down.discard(name)

    def ended(self, name: str) -> None:
        """A process ends: what it still says is not how the next one does."""
        self._down.add(name)

    def reopened(self, name: str) -> None:
        """A process ends because its camera is to be opened in another way."""
        self.ended(name)
        self._health.set(name, "degraded", "it is opened in another way now")

    def capture_ended(self, camera_id: str, change: ChildChange) -> None:
        """A camera has no process."""
        self.ended(change.name)
        level: State = "failed" if change.degraded or change.refused else "degraded"
        self.no_pictures(camera_id, level, f"capture {change.reason}")

    def no_pictures(self, camera_id: str, level: State, reason: str) -> None:
        """Say on a camera's behalf how it does, while it has no process that could."""
        status = CameraStatus(camera_id=camera_id, state="no_video", reason=reason)
        self.camera_status[camera_id] = status
        self._health.set(camera_part(camera_id), level, reason)
        self._on_message(status)

    def camera_removed(self, camera_id: str) -> None:
        """There is no such camera any more."""
        self._health.remove(camera_part(camera_id))
        self.camera_status.pop(camera_id, None)

    def counting_begins(self, pose: str) -> None:
        """Counting is to be started with this pose model."""
        self._health.set(VISION, "degraded", f"loading the pose model {pose}")

    def counting_refused(self, reason: str | None) -> None:
        """Why the process of counting cannot even be started; None when it may be tried."""
        self._refusal = reason

    def counting_ended(self, change: ChildChange) -> None:
        """Counting has no process."""
        self.ended(VISION)
        self.inference_status = None
        failed = change.degraded or change.refused or bool(self._last_words)
        self._health.set(
            VISION, "failed" if failed else "degraded", self._refusal or f"counting {change.reason}"
        )

    def counting_removed(self) -> None:
        """There is nothing to look through, or it is started in another way."""
        self._health.remove(VISION)
        self.inference_status = None

    def explain_counting(self, returncode: int | None) -> str:
        """Words for the exit code of the process of counting, its own last ones if it had any."""
        if returncode == EXIT_NO_MODEL:
            return self._last_words or "it could not load its pose model; see gymbox models verify"
        return "a call did not return" if returncode == EXIT_HUNG else describe_exit(returncode)
