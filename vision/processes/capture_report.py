"""What a capture process knows about its camera, told by one thread and read by another."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from vision.processes.messages import CameraState, CameraStatus
from vision.processes.pacing import RateMeter

if TYPE_CHECKING:
    from collections.abc import Hashable

    from vision.processes.outbox import Outbox
    from vision.source import SourceFailedError

SILENT_S = 3.5
"""No picture for this long is a fault, whatever the library still waits for."""
HUNG_S = 20.0
"""The library has been in one call for this long: it will not come back."""
_REPEAT_S = 1.0


class CaptureReport:
    """State and figures of one camera; every method takes the time and may run in any thread."""

    def __init__(self, *, camera_id: str, now_s: float) -> None:
        """Begin in the state ``starting``."""
        self._camera_id = camera_id
        self._lock = threading.Lock()
        self._state: CameraState = "starting"
        self._reason = "looking for the camera"
        self._since_s = self._step_s = self._picture_s = now_s
        self._handed_on = RateMeter()
        self._delivered = RateMeter()
        self._frames = self._dropped = self._width = self._height = 0

    def alive(self, now_s: float) -> None:
        """The main thread is between two calls into the library."""
        with self._lock:
            self._step_s = now_s

    def failed(self, failure: SourceFailedError, now_s: float) -> None:
        """The source gives no pictures."""
        with self._lock:
            self._step_s = now_s
            self._state, self._reason = failure.state, failure.reason

    def delivered(self, now_s: float) -> None:
        """A picture has come."""
        with self._lock:
            self._step_s = self._picture_s = now_s
            self._delivered.mark(now_s)
            if self._state != "ok":
                self._state, self._reason = "ok", ""

    def holds(self, now_s: float) -> None:
        """The next picture is there, and waits until it is wanted."""
        with self._lock:
            self._step_s = self._picture_s = now_s

    def dropped(self) -> None:
        """The picture is not wanted, or too late."""
        with self._lock:
            self._dropped += 1

    def handed_on(self, width: int, height: int, now_s: float) -> None:
        """The picture is in the ring."""
        with self._lock:
            self._handed_on.mark(now_s)
            self._frames += 1
            self._width, self._height = width, height

    def hung(self, now_s: float) -> bool:
        """Whether the main thread has been in one call for far too long."""
        with self._lock:
            return now_s - self._step_s > HUNG_S

    def status(self, now_s: float) -> CameraStatus:
        """The camera as it stands; silence counts, even while the library is still waiting."""
        with self._lock:
            state, reason = self._state, self._reason
            silent_s = now_s - self._picture_s
            if state == "ok" and silent_s > SILENT_S:
                state, reason = "stalled", f"no picture for more than {SILENT_S:g} s"
            elif state == "starting" and silent_s > SILENT_S:
                state, reason = "unreachable", f"no picture within {SILENT_S:g} s of the start"
            return CameraStatus(
                camera_id=self._camera_id,
                state=state,
                reason=reason,
                fps=round(self._handed_on.per_second(now_s), 1),
                source_fps=round(self._delivered.per_second(now_s), 1),
                frames=self._frames,
                dropped=self._dropped,
                width=self._width,
                height=self._height,
            )


class StatusSender:
    """Sends the status when its state or reason changes, and otherwise once a second."""

    def __init__(self, *, report: CaptureReport, outbox: Outbox) -> None:
        """Read from the report, post to the outbox."""
        self._report = report
        self._outbox = outbox
        self._last: tuple[CameraState, str] | None = None
        self._sent_s = 0.0

    def tick(self, now_s: float) -> None:
        """Send if it is time; also push on what the parent had no room for before."""
        status = self._report.status(now_s)
        now = (status.state, status.reason)
        if now != self._last or now_s - self._sent_s >= _REPEAT_S:
            self._last, self._sent_s = now, now_s
            self._outbox.post(status, key=_KEY)
        else:
            self._outbox.flush()


_KEY: Hashable = "status"
