"""The process that owns a pose model: newest frames in, skeletons and repetitions out."""

from __future__ import annotations

import logging
import math
import sys
import time
import traceback
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from vision.counting.counter import StationCounter
from vision.phase.model import NAME as PHASE
from vision.phase.model import PhaseModel, PhaseRecogniser, load_installed, load_preferred
from vision.processes.commands import Commands
from vision.processes.lifeline import Lifeline, leave_interrupts_to_parent
from vision.processes.messages import (
    EXIT_NO_MODEL,
    Declined,
    InferenceStatus,
    LookThrough,
    Overlook,
    SwapModel,
    Swapped,
)
from vision.processes.outbox import Outbox
from vision.processes.replay import Replays
from vision.processes.ring import FrameRing, RingHandle
from vision.processes.swap import Loaded, Loader, rehearse, rehearse_phase
from vision.processes.watching import Watching
from vision.runtimes import CPU_RUNTIMES, MODEL_FILES
from vision.source import redact_url

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vision.counting.counter import CountingSettings
    from vision.phase.belief import Recogniser
    from vision.pose import PoseEstimator
    from vision.processes.station import Counter

logger = logging.getLogger(__name__)

_STATUS_S = 1.0
_WATCHING_WAIT_S = 0.004  # between two looks for a new frame while somebody trains
_IDLE_WAIT_S = 0.25  # a command ends it at once
_LAST_WORDS_S = 0.5
_REPLAY_SLICE_S = 0.003
_SETTLED_S = 2.0  # a new model has caught up with the frames that waited for it


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceSettings:
    """What an inference process is started with."""

    pose: str
    """Name of the pose model, a folder of ``models_dir``."""
    models_dir: Path
    version: str = ""
    """Version of what lies in that folder, for the status."""
    runtime: str = "auto"
    threads: int = 1
    idle_fps: float = 2.0
    """Frames a second of a camera that no station is watched through; 0 looks at none."""
    view_hz: float = 12.0
    """Most views a second and station; every frame is counted all the same."""


def inference_process(
    settings: InferenceSettings, rings: Mapping[str, RingHandle], connection: Connection[Any, Any]
) -> None:
    """Entry of a spawned process; ends by ``Stop``, by a closed connection or with its parent."""

    def new_estimator(runtime: str) -> PoseEstimator:
        from vision.pose import load_estimator  # noqa: PLC0415 - numerical libraries load in the child only

        return load_estimator(settings.pose, settings.models_dir, runtime, settings.threads, standby=True)

    run_inference(settings, rings, connection, new_estimator=new_estimator, new_counter=StationCounter)


def run_inference(
    settings: InferenceSettings,
    rings: Mapping[str, RingHandle],
    connection: Connection[Any, Any],
    *,
    new_estimator: Callable[[str], PoseEstimator],
    new_counter: Callable[[Sequence[str], CountingSettings | None, Recogniser], Counter],
) -> None:
    """The process's work with whatever estimates and counts; ``new_estimator`` takes a runtime's name."""
    leave_interrupts_to_parent()
    outbox = Outbox(connection=connection)
    commands = Commands()
    lifeline = Lifeline(connection=connection, on_command=commands.put, on_tick=lambda _: outbox.flush())
    lifeline.start()
    loading = f"the pose model {settings.pose}"
    try:
        first = new_estimator(settings.runtime)  # before any frame: one that cannot be loaded is said at once
        loading = "the phase model"
        phase = load_installed(settings.models_dir)
    except Exception as error:  # noqa: BLE001 - whatever the runtime raises, the box is told and this process ends
        _last_words(outbox, settings, settings.runtime, f"{loading} cannot be loaded: {error}")
        sys.exit(EXIT_NO_MODEL)
    if phase.trouble:
        logger.warning("%s", phase.trouble)
    with ExitStack() as stack:
        replays = Replays(outbox=outbox, clock=time.monotonic)
        attached = {name: FrameRing.attach(ring) for name, ring in rings.items()}
        stack.callback(_close, attached)
        watching = Watching(
            rings=attached,
            new_estimator=first.twin,
            new_counter=new_counter,
            new_recogniser=partial(PhaseRecogniser, phase),
            outbox=outbox,
            replays=replays,
            clock=time.monotonic,
            pose_model=settings.pose,
            idle_fps=settings.idle_fps,
            view_hz=settings.view_hz,
        )
        loop = _Loop(
            settings=settings,
            rings=attached,
            watching=watching,
            replays=replays,
            model=first,
            phase=phase,
            outbox=outbox,
            commands=commands,
            new_estimator=new_estimator,
        )
        try:
            loop.run(lifeline.stopping)
        except Exception as error:  # noqa: BLE001 - the process ends here, and says why
            logger.error("Inference failed: %s", redact_url(traceback.format_exc()))  # noqa: TRY400 - redacted
            _last_words(outbox, settings, first.runtime, f"the pose model failed: {error}")
            sys.exit(1)
    lifeline.finish()


class _Loop:
    """Frames first; commands, replays and another model between two of them."""

    def __init__(
        self,
        *,
        settings: InferenceSettings,
        rings: dict[str, FrameRing],
        watching: Watching,
        replays: Replays,
        model: PoseEstimator,
        phase: PhaseModel,
        outbox: Outbox,
        commands: Commands,
        new_estimator: Callable[[str], PoseEstimator],
    ) -> None:
        """Each camera looks with a twin of ``model``, each counter asks a recogniser of ``phase``."""
        self._settings = settings
        self._rings = rings
        self._watching = watching
        self._replays = replays
        self._model = model
        self._phase = phase
        self._version = settings.version
        self._outbox = outbox
        self._commands = commands
        self._new_estimator = new_estimator
        self._loader: Loader[PoseEstimator | PhaseModel] = Loader(deliver=commands.put)
        self._settled_s = 0.0

    def run(self, stopping: threading.Event) -> None:
        """Return only when told to stop."""
        status_due_s = 0.0
        while not stopping.is_set():
            for command in self._commands.take():
                self._obey(command)
            now_s = time.monotonic()
            self._watching.every_frame = now_s < self._settled_s or self._loader.busy
            looked = self._watching.step(now_s)
            self._replays.work(_REPLAY_SLICE_S)
            if now_s >= status_due_s:
                status_due_s = now_s + _STATUS_S
                self._outbox.post(self._status(), key="status")
            if not looked and not self._replays.busy:
                self._commands.wait(_WATCHING_WAIT_S if self._watching.busy else _IDLE_WAIT_S)

    def _status(self) -> InferenceStatus:
        model, phase = self._model, self._phase
        status = self._watching.status(
            dropped=self._outbox.dropped,
            runtime=model.runtime,
            trouble=model.trouble or phase.trouble,
            version=self._version,
        )
        return replace(
            status, phase_model=phase.name, phase_runtime=phase.runtime.name, phase_trouble=phase.trouble
        )

    def _obey(self, command: object) -> None:
        match command:
            case SwapModel():
                frame = self._watching.newest_image()
                self._settled_s = math.inf
                load = self._load_phase if command.model == PHASE else partial(self._load_pose, frame)
                self._loader.start(command, load)
            case Loaded():
                self._take_over(command)
            case LookThrough():
                if command.camera_id not in self._rings:
                    # One that cannot be opened ends the process: the next one is given it at its start.
                    self._rings[command.camera_id] = ring = FrameRing.attach_at(command.ring)
                    self._watching.look_through(command.camera_id, ring)
            case Overlook():
                self._watching.overlook(command.camera_id)
                if (ring_there := self._rings.pop(command.camera_id, None)) is not None:
                    ring_there.close()
            case _:
                self._watching.handle(command)

    def _load_phase(self) -> PhaseModel:
        model = load_preferred(self._settings.models_dir)
        rehearse_phase(model)
        return model

    def _load_pose(self, frame_bgr: NDArray[np.uint8] | None) -> PoseEstimator:
        """Try the other version on the CPU, which disturbs no accelerator; then load it as it is to work."""
        settings = self._settings
        trial = self._new_estimator(settings.runtime if settings.runtime in CPU_RUNTIMES else "cpu")
        if frame_bgr is not None:
            rehearse(trial, frame_bgr)
        compiled = settings.models_dir / settings.pose / MODEL_FILES["edgetpu"]
        accelerated = settings.runtime == "edgetpu" or (settings.runtime == "auto" and compiled.is_file())
        return self._new_estimator(settings.runtime) if accelerated else trial

    def _take_over(self, loaded: Loaded[PoseEstimator | PhaseModel]) -> None:
        request = loaded.request
        self._settled_s = time.monotonic() + _SETTLED_S
        if loaded.model is None:
            logger.warning("The model %s stays as it is: %s", request.model, loaded.reason)
            self._outbox.post(Declined(request_id=request.request_id, reason=redact_url(loaded.reason)))
            return
        if isinstance(loaded.model, PhaseModel):
            self._phase = loaded.model
            self._watching.replace_recogniser(partial(PhaseRecogniser, loaded.model))
        else:
            self._model, self._version = loaded.model, request.version
            self._watching.replace_estimator(loaded.model)
        self._outbox.post(self._status(), key="status")  # whoever asked may look at once
        logger.info("The model %s works in version %s from now on", request.model, request.version)
        self._outbox.post(Swapped(request_id=request.request_id, version=request.version))


def _close(rings: Mapping[str, FrameRing]) -> None:
    for ring in rings.values():
        ring.close()


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
