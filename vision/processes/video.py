"""Moving pictures through OpenCV, for the capture process: opened with a reason when they do not open."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from vision.processes.rtsp_probe import probe_rtsp
from vision.source import SourceFailedError, check_present

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.source import Source

# RTSP over TCP: lost datagrams grey out the picture. The rest keeps FFmpeg from collecting a second
# of pictures before it hands out the first.
_RTSP_OPTIONS = "rtsp_transport;tcp|fflags;nobuffer|flags;low_delay|analyzeduration;1000000|probesize;500000"
_OPTIONS_VARIABLE = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
_SILENT = "-8"
_NOT_OPENED = {
    "file": "{} holds no video that can be read",
    "device": "{} is there but does not give a picture; another program may be using it",
    "network": "{} answers, but no picture can be had from it",
}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long the library may take; longer than any camera that works needs."""

    open_s: float = 4.0
    read_s: float = 5.0


class Video(Protocol):
    """An opened source."""

    def grab(self) -> bool:
        """Advance to the next picture; False at the end and when the source is lost."""

    def position_s(self) -> float:
        """Where in the file the grabbed picture stands."""

    def retrieve(self) -> NDArray[np.uint8] | None:
        """The grabbed picture as BGR, or None when it cannot be had."""

    def close(self) -> None:
        """Let go of the source."""


class OpenCvVideo:
    """A source that OpenCV has opened."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        """Take over an opened capture."""
        self._capture = capture

    def grab(self) -> bool:
        """Advance to the next picture."""
        return self._capture.grab()

    def position_s(self) -> float:
        """Where in the file the grabbed picture stands."""
        return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3

    def retrieve(self) -> NDArray[np.uint8] | None:
        """The grabbed picture as BGR, or None."""
        ok, image = self._capture.retrieve()
        return np.asarray(image, dtype=np.uint8) if ok and image.size else None

    def close(self) -> None:
        """Let go of the source."""
        self._capture.release()


def quieten() -> None:
    """Limit OpenCV to one thread and keep it from writing addresses to stderr; once per process."""
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = _SILENT
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    cv2.setNumThreads(1)


def open_video(source: Source, timeouts: Timeouts) -> Video:
    """Open a source; raises ``SourceFailedError`` with the reason when it gives no pictures."""
    check_present(source)
    if source.is_rtsp:
        probe_rtsp(source.address)
    capture = _open_device(source) if source.kind == "device" else _open_ffmpeg(source, timeouts)
    if not capture.isOpened():
        capture.release()
        raise SourceFailedError("no_video", _NOT_OPENED[source.kind].format(source.shown))
    return OpenCvVideo(capture)


def _open_ffmpeg(source: Source, timeouts: Timeouts) -> cv2.VideoCapture:
    if source.address.lower().startswith(("rtsp://", "rtsps://")):
        os.environ[_OPTIONS_VARIABLE] = _RTSP_OPTIONS
    else:
        os.environ.pop(_OPTIONS_VARIABLE, None)
    # Timeouts bind only when they stand in the constructor and the backend is named. One decoding
    # thread: more would each hold a frame back, and take the cores of the other cameras.
    limits = {
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC: round(timeouts.open_s * 1e3),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC: round(timeouts.read_s * 1e3),
        cv2.CAP_PROP_N_THREADS: 1,
    }
    return cv2.VideoCapture(
        source.address, cv2.CAP_FFMPEG, [word for pair in limits.items() for word in pair]
    )


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
