"""Moving pictures through OpenCV, for stations and whole videos: opened with a reason if they do not open."""

from __future__ import annotations

import math
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from vision.rtsp_probe import probe_rtsp
from vision.source import SourceFailedError, check_present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vision.source import Source

# RTSP over TCP: lost datagrams grey out the picture. The rest keeps FFmpeg from collecting a second
# of pictures before it hands out the first.
_RTSP_OPTIONS = "rtsp_transport;tcp|fflags;nobuffer|flags;low_delay|analyzeduration;1000000|probesize;500000"
_OPTIONS_VARIABLE = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
_opening = threading.Lock()
_SILENT = "-8"
_FPS_MOST = 240.0  # containers that claim more carry a clock rate instead of a frame rate
_NOT_OPENED = {
    "file": "{} holds no video that can be read: it is damaged, or another kind of file",
    "device": "{} is there but does not give a picture; another program may be using it",
    "network": "{} answers, but no picture can be had from it",
}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long the library may take; longer than any camera that works needs."""

    open_s: float = 4.0
    read_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Claims:
    """What a source says about itself; often wrong, None where it says nothing that makes sense."""

    fps: float | None
    frames: int | None


class LiveVideo(Protocol):
    """An opened camera."""

    @property
    def shows(self) -> bool:
        """Whether what was grabbed last can be retrieved as a picture."""

    def grab(self, *, sparing: bool = False) -> bool:
        """Advance by one picture; False when the camera is lost.

        ``sparing`` asks for no more than now and then a picture that costs little.
        """

    def retrieve(self) -> NDArray[np.uint8] | None:
        """The grabbed picture, (height, width, 3) BGR, or None when it cannot be had."""

    def close(self) -> None:
        """Let go of the source."""


class FileVideo(LiveVideo, Protocol):
    """An opened file, whose every picture has its place."""

    def position_s(self) -> float:
        """Where in the file the grabbed picture stands."""


class OpenCvVideo:
    """A source of which OpenCV decodes every picture."""

    shows = True

    def __init__(self, capture: cv2.VideoCapture) -> None:
        """Take over an opened capture."""
        self._capture = capture

    def grab(self, *, sparing: bool = False) -> bool:  # noqa: ARG002 - every picture builds on the one before
        """Advance to the next picture; False at the end and when the source is lost."""
        return self._capture.grab()

    def position_s(self) -> float:
        """Where in the file the grabbed picture stands."""
        return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3

    def retrieve(self) -> NDArray[np.uint8] | None:
        """The grabbed picture as BGR, or None."""
        ok, image = self._capture.retrieve()
        return np.asarray(image, dtype=np.uint8) if ok and image.size else None

    def claims(self) -> Claims:
        """What the source says about itself."""
        fps, frames = self._capture.get(cv2.CAP_PROP_FPS), self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        return Claims(
            fps=fps if math.isfinite(fps) and 0 < fps <= _FPS_MOST else None,
            frames=int(frames) if math.isfinite(frames) and frames >= 1 else None,
        )

    def close(self) -> None:
        """Let go of the source."""
        self._capture.release()


def quieten() -> None:
    """Keep OpenCV and FFmpeg from writing addresses to stderr, and OpenCV to one thread; once per process.

    Its part is small, and threads that wait for more of it take from the pose model.
    """
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = _SILENT
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    cv2.setNumThreads(1)


def open_video(source: Source, timeouts: Timeouts, *, threads: int = 1) -> OpenCvVideo:
    """Open a source; raises ``SourceFailedError`` with the reason when it gives no pictures.

    One decoding thread is right for a camera: more would each hold a frame back, and take the cores of the
    other cameras. 0 lets the library choose, for a file that is worked through as fast as it goes.
    """
    check_present(source)
    if source.is_rtsp:
        probe_rtsp(source.address)
    if source.kind == "device":
        capture = _open_device(source)
    else:
        options = _RTSP_OPTIONS if source.speaks_rtsp else None
        capture = open_ffmpeg(source, timeouts, options, {cv2.CAP_PROP_N_THREADS: threads})
    return OpenCvVideo(opened(capture, source))


def opened(capture: cv2.VideoCapture, source: Source) -> cv2.VideoCapture:
    """The capture if it is open; raises ``SourceFailedError`` if not."""
    if not capture.isOpened():
        capture.release()
        raise SourceFailedError("no_video", _NOT_OPENED[source.kind].format(source.shown))
    return capture


@contextmanager
def capture_options(options: str | None) -> Iterator[None]:
    """Have what is opened meanwhile take these FFmpeg options; they can be passed by the environment alone.

    One opening at a time, which OpenCV itself sees to anyway; the environment is left as it was.
    """
    with _opening:
        before = os.environ.pop(_OPTIONS_VARIABLE, None)
        if options is not None:
            os.environ[_OPTIONS_VARIABLE] = options
        try:
            yield
        finally:
            os.environ.pop(_OPTIONS_VARIABLE, None)
            if before is not None:
                os.environ[_OPTIONS_VARIABLE] = before


def open_ffmpeg(
    source: Source, timeouts: Timeouts, options: str | None, wanted: dict[int, int]
) -> cv2.VideoCapture:
    """Open with these FFmpeg options and OpenCV properties; the capture may turn out not to be open."""
    # Timeouts bind only when they stand in the constructor and the backend is named.
    limits = {
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC: round(timeouts.open_s * 1e3),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC: round(timeouts.read_s * 1e3),
    }
    properties = [word for pair in (limits | wanted).items() for word in pair]
    with capture_options(options):
        return cv2.VideoCapture(source.address, cv2.CAP_FFMPEG, properties)


def _open_device(source: Source) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(int(source.address), cv2.CAP_V4L2)
    if not capture.isOpened():
        capture.release()
        capture = cv2.VideoCapture(int(source.address), cv2.CAP_ANY)
    return capture


def fit(image: NDArray[np.uint8], max_bytes: int) -> NDArray[np.uint8]:
    """The picture, made smaller in its own proportions until it takes no more than ``max_bytes``."""
    if image.nbytes <= max_bytes:
        return image
    height, width = image.shape[:2]
    scale = (max_bytes / image.nbytes) ** 0.5
    # Even sides, rounded down, can never exceed the bound; a sliver of a picture keeps one pixel.
    size = (max(1, int(width * scale) // 2 * 2), max(1, int(height * scale) // 2 * 2))
    smaller = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, dtype=np.uint8)
