"""What runs first in a camera or inference process: the box's log, then the work.

Imports little, since every child pays for it at its start.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway import logs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from multiprocessing.connection import Connection

    from vision.processes.capture import CaptureSettings
    from vision.processes.inference import InferenceSettings
    from vision.processes.ring import RingHandle


def capture(
    level: str, settings: CaptureSettings, ring: RingHandle, connection: Connection[Any, Any]
) -> None:
    """Entry of a capture process."""
    _name_process("gymbox-capture")
    logs.configure(level=level)
    from vision.processes.capture import capture_process  # noqa: PLC0415 - after the log is ready to say what fails

    capture_process(settings, ring, connection)


def inference(
    level: str,
    settings: InferenceSettings,
    rings: Mapping[str, RingHandle],
    connection: Connection[Any, Any],
) -> None:
    """Entry of the inference process."""
    _name_process("gymbox-infer")
    logs.configure(level=level)
    from vision.processes.inference import inference_process  # noqa: PLC0415 - after the log is ready to say what fails

    inference_process(settings, rings, connection)


def probe(source: str, connection: Connection[Any, Any]) -> None:
    """Entry of a process that opens a source once and answers with why that fails, or with its size."""
    _look(source, connection, lambda picture: f"{picture.shape[1]}x{picture.shape[0]}")


def picture(source: str, connection: Connection[Any, Any]) -> None:
    """Entry of a process that opens a source once and answers with why that fails, or with a JPEG."""
    from vision.picture import jpeg  # noqa: PLC0415 - OpenCV loads in the child only

    _look(source, connection, jpeg)


def _look(source: str, connection: Connection[Any, Any], told: Callable[[Any], object]) -> None:
    """Answer with what is told of the first picture.

    In a process of its own, because the video library may not return; then whoever asks ends it.
    """
    from vision.source import SourceFailedError, parse_source  # noqa: PLC0415 - OpenCV loads in the child only
    from vision.video import Timeouts, open_video, quieten  # noqa: PLC0415 - as above

    quieten()
    try:
        video = open_video(parse_source(source), Timeouts())
        picture = video.retrieve() if video.grab() else None
        video.close()
    except SourceFailedError as error:
        connection.send((False, error.reason))
        return
    if picture is None:
        connection.send((False, "it opens, but gives no picture"))
        return
    connection.send((True, told(picture)))


def _name_process(name: str) -> None:
    """Let `ps` and `pkill` know the process; at most 15 characters."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(name, encoding="ascii")
