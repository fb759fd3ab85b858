"""The cameras: a capture process each, one inference process for all, kept running and told what to count."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

from gateway import vision_health
from gateway.processes import camera_child
from gateway.processes.handle import Handle, ProcessHandle, describe_exit
from gateway.processes.pipes import SILENT_S, ChildPipes
from gateway.processes.supervisor import Child, ChildChange, StartRefused, Supervisor
from gateway.vision_requests import VisionRequests
from provisioning.models import ModelFolderError, read_model
from vision.counting.exercises import catalogue
from vision.processes.capture import CaptureSettings
from vision.processes.inference import InferenceSettings
from vision.processes.messages import (
    EXIT_HUNG,
    EXIT_NO_MODEL,
    Answer,
    CameraStatus,
    CaptureMessage,
    InferenceMessage,
    InferenceStatus,
    SetRate,
    Tune,
    Unwatch,
    Watch,
)
from vision.processes.ring import FrameRing, RingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gateway.config.model import BoxConfig
    from gateway.config.sections.camera import CameraSection
    from gateway.health import Health, State
    from vision.counting.counter import CountingSettings

VISION: Final = "vision"
IDLE_FPS: Final = 1.0
_PREFIX: Final = "camera:"

VisionMessage = CaptureMessage | InferenceMessage


def camera_part(camera_id: str) -> str:
    """Return the name under which a camera stands in the box's health."""
    return f"{_PREFIX}{camera_id}"


class CameraFleet:
    """Starts nothing but threads and rings itself: the supervisor owns the processes.

    Stop the supervisor first, then the fleet.
    """

    def __init__(
        self,
        *,
        config: BoxConfig,
        models_dir: Path,
        supervisor: Supervisor,
        health: Health,
        counting: Callable[[str], CountingSettings],
        on_message: Callable[[VisionMessage], object],
        log_level: str = "INFO",
    ) -> None:
        """`counting` is asked on any thread; `on_message`, on the reading one, only posts to an inbox."""
        self._config = config
        self._models_dir = models_dir
        self._supervisor = supervisor
        self._health = health
        self._counting = counting
        self._on_message = on_message
        self._log_level = log_level
        self._spawn = multiprocessing.get_context("spawn")
        self._pipes = ChildPipes(on_message=self._heard, on_silent=self._silent)
        self.requests = VisionRequests(lambda request: self._pipes.send(VISION, request))
        self._rings: dict[str, FrameRing] = {}
        self._watches: dict[str, Watch] = {}
        self._lock = threading.Lock()
        self._refusal: str | None = None
        self._last_words = ""
        # Children without a process; what their last one still had in its pipe says nothing about now.
        self._down: set[str] = set()
        self.camera_status: dict[str, CameraStatus] = {}
        self.inference_status: InferenceStatus | None = None

    def start(self) -> None:
        """Hand every camera to the supervisor; returns without waiting for a camera or a model."""
        if not self._config.cameras:
            return
        self._pipes.start()
        for camera in self._config.cameras:
            self._add_camera(camera)
        if not self._rings:
            return
        self._health.set(VISION, "degraded", f"loading the pose model {self._config.vision.pose}")
        self._supervisor.add(
            Child(
                name=VISION,
                start=self._start_inference,
                on_change=self._inference_changed,
                explain=self._explain_inference,
            )
        )

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop reading and free the frames; the processes are the supervisor's to end."""
        self._pipes.stop(timeout_s)
        for ring in self._rings.values():
            ring.close()
        self._rings.clear()

    def watch(self, station_id: str, exercises: Sequence[str]) -> bool:
        """Count at a station from now on, also after any restart.

        False when no camera sees the station or none of the exercises is one that this version counts.
        """
        station = self._config.station(station_id)
        # The inference process would end over an exercise that it does not know, again and again.
        counted = tuple(each for each in exercises if each in catalogue())
        if station is None or station.camera not in self._rings or not counted:
            return False
        command = Watch(
            station_id=station_id,
            camera_id=station.camera,
            exercises=counted,
            zone=station.zone or (),
            counting=self._counting(station_id),
        )
        with self._lock:
            self._watches[station_id] = command
        self._pipes.send(VISION, command)
        self._set_rate(station.camera)
        return True

    def unwatch(self, station_id: str) -> None:
        """Stop counting at a station."""
        with self._lock:
            command = self._watches.pop(station_id, None)
        if command is not None:
            self._pipes.send(VISION, Unwatch(station_id))
            self._set_rate(command.camera_id)

    def tune(self, station_id: str) -> None:
        """The settings of a station were changed: count by them at once if somebody trains there."""
        with self._lock:
            watched = station_id in self._watches
        if watched:
            self._pipes.send(VISION, Tune(station_id=station_id, counting=self._counting(station_id)))

    def model_installed(self) -> None:
        """A model was pulled: start the inference at once if it waits for one."""
        self._supervisor.restart_now(VISION)

    def _add_camera(self, camera: CameraSection) -> None:
        part = camera_part(camera.id)
        try:
            self._rings[camera.id] = FrameRing.create()
        except (RingError, OSError) as error:
            self._tell_camera(camera.id, "no_video", "failed", str(error))
            return
        self._health.set(part, "degraded", "starting")
        self._supervisor.add(
            Child(
                name=part,
                start=lambda: self._start_capture(camera),
                on_change=lambda change: self._capture_changed(camera.id, change),
                explain=vision_health.capture_exit,
            )
        )

    def _start_capture(self, camera: CameraSection) -> Handle:
        settings = CaptureSettings(
            camera_id=camera.id, source=camera.url.reveal(), fps=camera.fps, idle_fps=IDLE_FPS
        )
        ring = self._rings[camera.id].handle
        return self._start_process(camera_part(camera.id), camera_child.capture, settings, ring)

    def _start_inference(self) -> Handle:
        vision = self._config.vision
        try:
            model = read_model(self._models_dir / vision.pose)
        except ModelFolderError as error:
            self._refusal = str(error)
            raise StartRefused(self._refusal) from None
        self._refusal = None
        settings = InferenceSettings(
            pose=vision.pose,
            version=model.version,
            runtime=vision.accelerator if vision.runtime == "auto" else vision.runtime,
            models_dir=self._models_dir,
            threads=_threads(os.cpu_count() or 1),
            idle_fps=IDLE_FPS,
        )
        rings = {camera_id: ring.handle for camera_id, ring in self._rings.items()}
        return self._start_process(VISION, camera_child.inference, settings, rings)

    def _start_process(self, name: str, entry: Callable[..., None], *args: object) -> Handle:
        ours, theirs = self._spawn.Pipe()
        process = self._spawn.Process(
            target=entry, args=(self._log_level, *args, theirs), name=f"gymbox {name}", daemon=True
        )
        # The child inherits the mask: Ctrl-C in a terminal is the box's to answer, not its children's.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        self._down.discard(name)
        self._pipes.attach(name, ours)
        return ProcessHandle(process)

    def _capture_changed(self, camera_id: str, change: ChildChange) -> None:
        if change.state == "running":
            self._set_rate(camera_id)
        elif change.state == "restarting":
            self._down.add(change.name)
            level: State = "failed" if change.degraded or change.refused else "degraded"
            self._tell_camera(camera_id, "no_video", level, f"capture {change.reason}")

    def _inference_changed(self, change: ChildChange) -> None:
        if change.state == "running":
            with self._lock:
                watches = list(self._watches.values())
            for command in watches:
                self._pipes.send(VISION, replace(command, counting=self._counting(command.station_id)))
        elif change.state == "restarting":
            self._down.add(VISION)
            self.inference_status = None
            self.requests.lost(f"counting {change.reason}")
            failed = change.degraded or change.refused or bool(self._last_words)
            self._health.set(
                VISION,
                "failed" if failed else "degraded",
                self._refusal or f"counting {change.reason}",
            )

    def _explain_inference(self, returncode: int | None) -> str:
        if returncode == EXIT_NO_MODEL:
            return self._last_words or "it could not load its pose model; see gymbox models verify"
        return "a call did not return" if returncode == EXIT_HUNG else describe_exit(returncode)

    def _set_rate(self, camera_id: str) -> None:
        camera = self._config.camera(camera_id)
        with self._lock:
            watched = any(each.camera_id == camera_id for each in self._watches.values())
        if camera is not None:
            self._pipes.send(camera_part(camera_id), SetRate(camera.fps if watched else IDLE_FPS))

    def _silent(self, name: str) -> None:
        self._supervisor.kill(name, f"gave no sign of life for {SILENT_S:.0f} s")

    def _heard(self, name: str, message: Any) -> None:
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
        elif isinstance(message, Answer):
            self.requests.answered(message)
            return
        self._on_message(message)

    def _tell_camera(
        self,
        camera_id: str,
        state: Literal["no_video"],
        level: State,
        reason: str,
    ) -> None:
        """Say on a camera's behalf how it does, while it has no process that could."""
        status = CameraStatus(camera_id=camera_id, state=state, reason=reason)
        self.camera_status[camera_id] = status
        self._health.set(camera_part(camera_id), level, reason)
        self._on_message(status)


def _threads(cores: int) -> int:
    """Two threads pay only where other processes still have cores left (measured: 15 ms to 12 ms a pose)."""
    return 2 if cores >= 4 else 1  # noqa: PLR2004 - cores of the usual small box
