"""One camera in one process: its pictures into a ring, its state to the parent.

The process may be killed at any moment. It never waits for its reader, opens its
source again for ever, and a call that does not return cannot keep it from
reporting, from stopping in time, or from ending with its parent.
"""

from __future__ import annotations

import logging
import os
import random
import sys
import time
import traceback
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vision.processes.capture_report import CaptureReport, StatusSender
from vision.processes.lifeline import Lifeline, leave_interrupts_to_parent
from vision.processes.messages import EXIT_HUNG, SetRate
from vision.processes.outbox import Outbox
from vision.processes.pacing import LATE_S, Backoff, FilePacer, RateGate
from vision.processes.ring import FrameRing, RingHandle
from vision.source import Source, SourceFailedError, parse_source, redact_url

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    import numpy as np
    from numpy.typing import NDArray

    from vision.video import FileVideo, LiveVideo

logger = logging.getLogger(__name__)

_SETTLED_S = 10.0  # pictures for this long, and the next failure is waited for briefly again
_SILENT_READ_S = 2.0  # a read that failed after this long timed out; sooner, the other side hung up
_BAD_PICTURES = 50
_HEEDS_S = 0.04  # a file that stands still goes on this soon
_NAP_S = 0.2  # what comes meanwhile fits into what the system keeps for a connection: 200 kB at 8 Mbit/s
_WAITED_S = 0.003  # what had come already is there sooner


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSettings:
    """What a capture process is started with."""

    camera_id: str
    source: str = field(repr=False)
    """RTSP or other URL, path of a file (played at its own pace, over and over) or device number.

    At the idle rate a file stands still from one wanted picture to the next, and costs no more than a camera.
    """
    fps: float = 15.0
    """Frames a second wanted while somebody trains; ``SetRate`` changes it."""
    idle_fps: float = 2.0
    """Frames a second at the start, until the first ``SetRate``; for no more than these, key pictures do."""


def capture_process(settings: CaptureSettings, ring: RingHandle, connection: Connection[Any, Any]) -> None:
    """Entry of a spawned process; ends by ``Stop``, by a closed connection or with its parent."""
    leave_interrupts_to_parent()
    from vision.processes.packets import open_camera  # noqa: PLC0415 - OpenCV loads in the child only
    from vision.video import Timeouts, fit, open_video, quieten  # noqa: PLC0415 - likewise

    quieten()
    report = CaptureReport(camera_id=settings.camera_id, now_s=time.monotonic())
    gate = RateGate(settings.idle_fps)
    sender = StatusSender(report=report, outbox=Outbox(connection=connection))

    def on_tick(now_s: float) -> None:
        sender.tick(now_s)
        if report.hung(now_s):
            os._exit(EXIT_HUNG)

    def on_command(command: object) -> None:
        if isinstance(command, SetRate):
            gate.fps = command.fps
        else:
            logger.warning("A capture process does not know the command %s", type(command).__name__)

    lifeline = Lifeline(connection=connection, on_command=on_command, on_tick=on_tick)
    lifeline.start()
    with FrameRing.attach(ring) as frames:
        loop = CaptureLoop(
            source=parse_source(settings.source),
            open_camera=lambda source: open_camera(source, Timeouts()),
            open_file=lambda source: open_video(source, Timeouts()),
            fit=fit,
            ring=frames,
            gate=gate,
            idle_fps=settings.idle_fps,
            report=report,
            stopping=lifeline.stopping,
        )
        try:
            loop.run()
        except Exception:  # noqa: BLE001 - the process ends here, and its traceback must hold no credential
            logger.error("Capture of %s failed: %s", settings.camera_id, redact_url(traceback.format_exc()))  # noqa: TRY400 - the traceback goes through the redaction
            sys.exit(1)
    lifeline.finish()


class CaptureLoop:
    """Opens the source, for ever, and hands on its pictures until told to stop."""

    def __init__(
        self,
        *,
        source: Source,
        open_camera: Callable[[Source], LiveVideo],
        open_file: Callable[[Source], FileVideo],
        fit: Callable[[NDArray[np.uint8], int], NDArray[np.uint8]],
        ring: FrameRing,
        gate: RateGate,
        idle_fps: float,
        report: CaptureReport,
        stopping: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock`` gives monotonic seconds; ``stopping`` is also what every wait waits on."""
        self._source = source
        self._open_camera = open_camera
        self._open_file = open_file
        self._fit = fit
        self._ring = ring
        self._gate = gate
        self._idle_fps = idle_fps
        self._report = report
        self._stopping = stopping
        self._clock = clock
        self._pacer = FilePacer()
        self._backoff = Backoff(random.random)
        self._cut = True
        self._bad_pictures = 0

    def run(self) -> None:
        """Return only when told to stop."""
        while not self._stopping.is_set():
            self._cut = True
            try:
                self._play_once()
            except SourceFailedError as failure:
                self._report.failed(failure, self._clock())
                self._pause(self._backoff.next_s())

    @property
    def _idle(self) -> bool:
        return self._gate.fps <= self._idle_fps

    def _pause(self, seconds: float) -> None:
        until_s = self._clock() + seconds
        while not self._stopping.is_set() and (left_s := until_s - self._clock()) > 0:
            self._stopping.wait(min(left_s, 1.0))
            self._report.alive(self._clock())

    def _play_once(self) -> None:
        """From opening to the end: of the file, or of the connection."""
        self._report.alive(self._clock())
        if self._source.is_live:
            with closing(self._open_camera(self._source)) as camera:
                self._follow(camera)
        else:
            with closing(self._open_file(self._source)) as film:
                self._play_file(film)

    def _follow(self, video: LiveVideo) -> None:
        """Take every picture of a camera as it comes, so that none waits; hand on the wanted ones.

        While nobody trains, those of a moment are taken together: to wake up for each is what costs most.
        """
        started_s = self._clock()
        seen = False
        while not self._stopping.is_set():
            asked_s = self._clock()
            if not video.grab(sparing=self._idle):
                raise self._lost(self._clock() - asked_s)
            now_s = self._clock()
            seen = seen or video.shows
            if seen:
                self._report.delivered(now_s)
            else:  # what comes before the first key picture cannot be shown
                self._report.alive(now_s)
            self._hand_on(video, now_s, wanted=video.shows)
            if now_s - started_s > _SETTLED_S:
                self._backoff.reset()
            if self._idle and now_s - asked_s > _WAITED_S:
                self._stopping.wait(_NAP_S)

    def _lost(self, waited_s: float) -> SourceFailedError:
        if waited_s > _SILENT_READ_S:
            return SourceFailedError("stalled", f"{self._source.shown} sends no more pictures")
        return SourceFailedError("unreachable", f"{self._source.shown} closed the connection")

    def _play_file(self, video: FileVideo) -> None:
        """Show a file at its own pace, or one picture after the other as they are wanted while idle."""
        self._pacer.begin_pass()
        frames = 0
        while not self._stopping.is_set() and video.grab():
            held = self._hold()
            due_s = self._pacer.due_s(video.position_s(), self._clock(), held=held)
            self._pause(due_s - self._clock())
            now_s = self._clock()
            self._report.delivered(now_s)
            self._hand_on(video, due_s, wanted=now_s - due_s <= LATE_S)
            frames += 1
        if frames == 0 and not self._stopping.is_set():
            raise SourceFailedError("no_video", f"{self._source.shown} holds no picture that can be decoded")
        self._backoff.reset()

    def _hold(self) -> bool:
        """Stand still at the grabbed picture until it is wanted; whether that took time.

        Each picture of a file builds on the one before: all that are played are decoded.
        """
        held = False
        while self._idle and not self._gate.is_due(self._clock()) and not self._stopping.is_set():
            self._stopping.wait(_HEEDS_S)
            self._report.holds(self._clock())
            held = True
        return held

    def _hand_on(self, video: LiveVideo, captured_s: float, *, wanted: bool) -> None:
        if not wanted or not self._gate.wants(captured_s):
            self._report.dropped()
            return
        image = video.retrieve()
        if image is None:
            self._report.dropped()
            self._gate.missed()
            self._bad_pictures += 1
            if self._bad_pictures >= _BAD_PICTURES:
                raise SourceFailedError("no_video", f"the pictures of {self._source.shown} cannot be decoded")
            return
        self._bad_pictures = 0
        image = self._fit(image, self._ring.handle.max_bytes)
        self._ring.write(image, captured_s, cut=self._cut)
        self._cut = False
        self._report.handed_on(image.shape[1], image.shape[0], self._clock())
