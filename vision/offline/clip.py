"""Frames with their times from a file, a camera index or a network camera, read one after the other."""

from __future__ import annotations

import logging
import math
import os
import time
from typing import TYPE_CHECKING, Self

import cv2
import numpy as np

from vision.source import SourceFailedError, check_present, parse_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

LOG = logging.getLogger(__name__)
OPEN_TIMEOUT_MS = 5000
READ_TIMEOUT_MS = 5000
TIMEOUTS = (
    *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS),
    *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS),
)
FPS_MOST = 240.0
"""Containers that claim more carry a clock rate instead of a frame rate."""
FPS_GUESS = 25.0
LOST_SHARE = 0.02
"""Containers miscount their frames by a few; more than this share missing is damage."""


class FrameClock:
    """Times of a file's frames: the stream's own, made strictly rising where the stream is wrong."""

    def __init__(self, fps: float) -> None:
        self._step_s = 1 / fps
        self._last_s: float | None = None

    def next(self, stream_ms: float) -> float:
        """The time of the next frame, given what the stream claims."""
        claimed_s = stream_ms / 1000
        if self._last_s is None:
            self._last_s = claimed_s if math.isfinite(claimed_s) and claimed_s >= 0 else 0.0
        elif math.isfinite(claimed_s) and claimed_s > self._last_s:
            self._last_s = claimed_s
        else:
            self._last_s += self._step_s
        return self._last_s


class Clip:
    """An open source; iterate over it for `(time_s, frame)`, close it after."""

    def __init__(self, source: str | int | Path) -> None:
        self.source = parse_source(str(source))
        self.fps = FPS_GUESS
        self.width = 0
        self.height = 0
        self.frames_expected: int | None = None
        self.frames_read = 0
        self._capture: cv2.VideoCapture | None = None
        self._first: NDArray[np.uint8] | None = None
        self._first_ms = 0.0

    def __enter__(self) -> Self:
        """Open it and read the first frame.

        Raises:
            SourceFailedError: it cannot be opened, or holds no frames.
        """
        self._capture = self._open()
        ok, frame = self._capture.read()
        if not ok or frame is None:
            self._capture.release()
            raise self._no_frames()
        self._first = np.asarray(frame, dtype=np.uint8)
        self._first_ms = self._capture.get(cv2.CAP_PROP_POS_MSEC)
        self.height, self.width = frame.shape[:2]
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if math.isfinite(fps) and 0 < fps <= FPS_MOST else FPS_GUESS
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        if not self.source.is_live and math.isfinite(count) and count >= 1:
            self.frames_expected = int(count)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        if self._capture is not None:
            self._capture.release()

    def __iter__(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """Every frame with its time: the stream's for a file, the arrival for a live source."""
        if self._capture is None or self._first is None:
            raise SourceFailedError("no_video", f"{self.source.shown} is not open")
        clock = FrameClock(self.fps)
        started_s = time.monotonic()
        frame, stream_ms = self._first, self._first_ms
        while True:
            self.frames_read += 1
            yield (time.monotonic() - started_s if self.source.is_live else clock.next(stream_ms)), frame
            ok, following = self._capture.read()
            if not ok or following is None:
                break
            frame, stream_ms = np.asarray(following, dtype=np.uint8), self._capture.get(cv2.CAP_PROP_POS_MSEC)
        self._note_end()

    def _note_end(self) -> None:
        missing = (self.frames_expected or 0) - self.frames_read
        if self.source.is_live:
            LOG.warning("%s ended after %d frames", self.source.shown, self.frames_read)
        elif missing > max(2, LOST_SHARE * self.frames_read):
            LOG.warning(
                "%s is damaged or cut off: %d of %d frames could be read; counted what was there",
                self.source.shown,
                self.frames_read,
                self.frames_expected,
            )

    def _open(self) -> cv2.VideoCapture:
        check_present(self.source)
        if self.source.kind == "device":
            capture = cv2.VideoCapture(int(self.source.address))
            fix = "is another program using it?"
        else:
            # UDP loses packets on the way, and with them half a picture.
            os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
            # FFmpeg's own words about a bad file would land between the lines of a command.
            os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
            capture = cv2.VideoCapture(self.source.address, cv2.CAP_FFMPEG, TIMEOUTS)
            fix = (
                "check the address, user name and password, and that the camera is on"
                if self.source.is_live
                else "it is damaged, holds no picture, or is another kind of file"
            )
        if not capture.isOpened():
            raise SourceFailedError("no_video", f"{self.source.shown} does not open as video: {fix}")
        return capture

    def _no_frames(self) -> SourceFailedError:
        if self.source.is_live:
            waited = f"sent no picture within {READ_TIMEOUT_MS / 1000:g} s"
            return SourceFailedError("no_video", f"{self.source.shown} opened but {waited}")
        return SourceFailedError("no_video", f"{self.source.shown} holds no video frames that can be read")
