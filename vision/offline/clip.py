"""Frames with their times from a file, a camera index or a network camera, read one after the other."""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING, Self

from vision.source import SourceFailedError, parse_source
from vision.video import Timeouts, open_video, quieten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from vision.video import OpenCvVideo

LOG = logging.getLogger(__name__)
FPS_GUESS = 25.0
LOST_SHARE = 0.02
"""Containers miscount their frames by a few; more than this share missing is damage."""


class FrameClock:
    """Times of a file's frames: the stream's own, made strictly rising where the stream is wrong."""

    def __init__(self, fps: float) -> None:
        self._step_s = 1 / fps
        self._last_s: float | None = None

    def next(self, claimed_s: float) -> float:
        """The time of the next frame, given what the stream claims."""
        if self._last_s is None:
            self._last_s = claimed_s if math.isfinite(claimed_s) and claimed_s >= 0 else 0.0
        elif math.isfinite(claimed_s) and claimed_s > self._last_s:
            self._last_s = claimed_s
        else:
            self._last_s += self._step_s
        return self._last_s


class Clip:
    """An open source; iterate over it for `(time_s, frame)`, close it after."""

    def __init__(self, source: str | int | Path, timeouts: Timeouts | None = None) -> None:
        self.source = parse_source(str(source))
        self._timeouts = timeouts or Timeouts()
        self.fps = FPS_GUESS
        self.width = 0
        self.height = 0
        self.frames_expected: int | None = None
        self.frames_read = 0
        self._video: OpenCvVideo | None = None
        self._first: NDArray[np.uint8] | None = None
        self._first_s = 0.0

    def __enter__(self) -> Self:
        """Open it and read the first frame.

        Raises:
            SourceFailedError: it cannot be opened, or holds no frames.
        """
        quieten()
        self._video = open_video(self.source, self._timeouts, threads=1 if self.source.is_live else 0)
        self._first = self._read(self._video)
        if self._first is None:
            self._video.close()
            raise self._no_frames()
        self._first_s = self._video.position_s()
        self.height, self.width = self._first.shape[:2]
        claims = self._video.claims()
        self.fps = claims.fps or FPS_GUESS
        self.frames_expected = None if self.source.is_live else claims.frames
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        if self._video is not None:
            self._video.close()

    def __iter__(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """Every frame with its time: the stream's for a file, the arrival for a live source."""
        if self._video is None or self._first is None:
            raise SourceFailedError("no_video", f"{self.source.shown} is not open")
        clock = FrameClock(self.fps)
        started_s = time.monotonic()
        frame: NDArray[np.uint8] | None = self._first
        stream_s = self._first_s
        while frame is not None:
            self.frames_read += 1
            yield (time.monotonic() - started_s if self.source.is_live else clock.next(stream_s)), frame
            frame, stream_s = self._read(self._video), self._video.position_s()
        self._note_end()

    @staticmethod
    def _read(video: OpenCvVideo) -> NDArray[np.uint8] | None:
        return video.retrieve() if video.grab() else None

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

    def _no_frames(self) -> SourceFailedError:
        if self.source.is_live:
            waited = f"sent no picture within {self._timeouts.read_s:g} s"
            return SourceFailedError("no_video", f"{self.source.shown} opened but {waited}")
        return SourceFailedError("no_video", f"{self.source.shown} holds no video frames that can be read")
