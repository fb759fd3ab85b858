"""The process that owns a pose model: newest frames in, skeletons and repetitions out."""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vision.processes.lifeline import Lifeline, leave_interrupts_to_parent
from vision.processes.messages import EXIT_NO_MODEL, InferenceStatus
from vision.processes.outbox import Outbox
from vision.processes.ring import FrameRing, RingHandle
from vision.processes.watching import Watching
from vision.source import redact_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from vision.counting.counter import CountingSettings
    from vision.pose import PoseEstimator
    from vision.processes.watching import Counter

logger = logging.getLogger(__name__)

_STATUS_S = 1.0
_WATCHING_WAIT_S = 0.004  # between two looks for a new frame while somebody trains
_IDLE_WAIT_S = 0.05
_MAX_COMMANDS = 256
_LAST_WORDS_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceSettings:
    """What an inference process is started with."""

    pose: str
    """Name of the pose model, a folder of ``models_dir``."""
    models_dir: Path
    runtime: str = "auto"
    threads: int = 1
    idle_fps: float = 2.0
    """Frames a second of a camera that no station is watched through; 0 looks at none."""
    counting: CountingSettings | None = None
    """When a movement counts; None takes the counter's own defaults."""
    view_hz: float = 12.0
    """Most views a second and station; every frame is counted all the same."""


def inference_process(
    settings: InferenceSettings, rings: Mapping[str, RingHandle], connection: Connection[Any, Any]
) -> None:
    """Entry of a spawned process; ends by ``Stop``, by a closed connection or with its parent."""

    def new_estimator() -> PoseEstimator:
        from vision.pose import load_estimator  # noqa: PLC0415 - numerical libraries load in the child only

        return load_estimator(
            settings.pose, settings.models_dir, settings.runtime, settings.threads, standby=True
        )

    def new_counter(exercises: Sequence[str]) -> Counter:
        from vision.counting.counter import StationCounter  # noqa: PLC0415 - likewise

        return StationCounter(exercises, settings.counting)

    run_inference(settings, rings, connection, new_estimator=new_estimator, new_counter=new_counter)


class Commands:
    """What the parent wants, from the thread that hears it to the one that does it."""

    def __init__(self, *, most: int = _MAX_COMMANDS) -> None:
        """Hold no more than this many; a box has fewer stations."""
        self._waiting: deque[object] = deque(maxlen=most)
        self._came = threading.Event()

    def put(self, command: object) -> None:
        """Leave a command and wake whoever waits."""
        if len(self._waiting) == self._waiting.maxlen:
            logger.warning("More than %d commands wait; the oldest is lost", self._waiting.maxlen)
        self._waiting.append(command)
        self._came.set()

    def take(self) -> list[object]:
        """Every command that has come."""
        self._came.clear()
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def wait(self, seconds: float) -> None:
        """Wait for a command, no longer than this."""
        self._came.wait(seconds)


def run_inference(
    settings: InferenceSettings,
    rings: Mapping[str, RingHandle],
    connection: Connection[Any, Any],
    *,
    new_estimator: Callable[[], PoseEstimator],
    new_counter: Callable[[Sequence[str]], Counter],
) -> None:
    """The process's work with whatever estimates and counts; each camera has a twin of one estimator."""
    leave_interrupts_to_parent()
    outbox = Outbox(connection=connection)
    commands = Commands()
    lifeline = Lifeline(connection=connection, on_command=commands.put, on_tick=lambda _: outbox.flush())
    lifeline.start()
    try:
        first = new_estimator()  # before any frame: a model that cannot be loaded is said at once
    except Exception as error:  # noqa: BLE001 - whatever the runtime raises, the box is told and this process ends
        reason = f"the pose model {settings.pose} cannot be loaded: {error}"
        _last_words(outbox, settings, settings.runtime, reason)
        sys.exit(EXIT_NO_MODEL)
    with ExitStack() as stack:
        watching = Watching(
            rings={name: stack.enter_context(FrameRing.attach(ring)) for name, ring in rings.items()},
            new_estimator=first.twin,
            new_counter=new_counter,
            outbox=outbox,
            clock=time.monotonic,
            pose_model=settings.pose,
            idle_fps=settings.idle_fps,
            view_hz=settings.view_hz,
        )
        try:
            _loop(watching, first, outbox, commands, lifeline)
        except Exception as error:  # noqa: BLE001 - the process ends here, and says why
            logger.error("Inference failed: %s", redact_url(traceback.format_exc()))  # noqa: TRY400 - redacted
            _last_words(outbox, settings, first.runtime, f"the pose model failed: {error}")
            sys.exit(1)
    lifeline.finish()


def _loop(
    watching: Watching, first: PoseEstimator, outbox: Outbox, commands: Commands, lifeline: Lifeline
) -> None:
    status_due_s = 0.0
    while not lifeline.stopping.is_set():
        for command in commands.take():
            watching.handle(command)
        now_s = time.monotonic()
        looked = watching.step(now_s)
        if now_s >= status_due_s:
            status_due_s = now_s + _STATUS_S
            status = watching.status(dropped=outbox.dropped, runtime=first.runtime, trouble=first.trouble)
            outbox.post(status, key="status")
        if not looked:
            commands.wait(_WATCHING_WAIT_S if watching.busy else _IDLE_WAIT_S)


def _last_words(outbox: Outbox, settings: InferenceSettings, runtime: str, reason: str) -> None:
    """Say why the process ends, and leave the parent a moment to have room for it."""
    status = InferenceStatus(
        pose_model=settings.pose, runtime=runtime, state="failed", reason=redact_url(reason)
    )
    outbox.post(status, key="status")
    until_s = time.monotonic() + _LAST_WORDS_S
    while outbox.waiting and not outbox.closed and time.monotonic() < until_s:
        time.sleep(0.02)
        outbox.flush()
