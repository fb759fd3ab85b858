"""The cameras: a capture process each, one inference process for all, kept running and told what to count."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gateway import vision_health
from gateway.camera_demand import CameraDemand
from gateway.camera_news import VISION, CameraNews, VisionMessage, camera_part
from gateway.camera_processes import CameraProcesses
from gateway.processes.pipes import SILENT_S, ChildPipes
from gateway.processes.supervisor import Child, ChildChange, StartRefused, Supervisor
from gateway.vision_requests import VisionRequests
from vision.counting.exercises import catalogue
from vision.processes.messages import (
    Answer,
    CameraStatus,
    InferenceStatus,
    LookThrough,
    Overlook,
    SetRate,
    Tune,
    Unwatch,
    Watch,
)
from vision.processes.ring import FrameRing, RingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from gateway.config.change import Change
    from gateway.config.model import BoxConfig
    from gateway.config.sections.camera import CameraSection
    from gateway.health import Health
    from gateway.processes.handle import Handle
    from vision.counting.counter import CountingSettings
    from vision.processes.ring import Frame

_OPENS_BY: Final = (("url",), ("username",), ("password_file",))
_LOOKS_BY: Final = ("pose", "runtime", "accelerator")


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
        self._supervisor = supervisor
        self._health = health
        self._counting = counting
        self._news = CameraNews(health, on_message)
        self._processes = CameraProcesses(models_dir=models_dir, log_level=log_level)
        self._pipes = ChildPipes(on_message=self._heard, on_silent=self._silent)
        self.requests = VisionRequests(lambda request: self._pipes.send(VISION, request))
        self._reading = False
        # Never changed, only replaced: the supervisor's thread reads them too.
        self._rings: dict[str, FrameRing] = {}
        self._given: frozenset[str] = frozenset()
        self._demand = CameraDemand()

    @property
    def camera_status(self) -> Mapping[str, CameraStatus]:
        """How each camera does."""
        return self._news.camera_status

    @property
    def inference_status(self) -> InferenceStatus | None:
        """How counting does; None while nothing looks."""
        return self._news.inference_status

    def start(self) -> None:
        """Hand every camera to the supervisor; returns without waiting for a camera or a model."""
        for camera in self._config.cameras:
            self._add_camera(camera)
        if self._rings:
            self._add_inference()

    async def reconfigure(self, config: BoxConfig, change: Change) -> None:
        """Look through other cameras, or in another way; who trains at an untouched one is counted on."""
        await asyncio.to_thread(self._follow, config, change)

    def _follow(self, config: BoxConfig, change: Change) -> None:
        self._config = config
        had_cameras = bool(self._rings)
        for camera_id in change.cameras.removed:
            self._remove_camera(camera_id)
        for camera in config.cameras:
            if camera.id in change.cameras.added:
                self._add_camera(camera)
            elif change.sets("camera", camera.id, "fps"):
                self._set_rate(camera.id)
        opened = {path[1] for path in change.paths if path[0] == "camera" and path[2:] in _OPENS_BY}
        for camera_id in opened:
            self._reopen(camera_part(camera_id))
        if had_cameras and (not self._rings or any(change.sets("vision", key) for key in _LOOKS_BY)):
            self._remove_inference()
            had_cameras = False
        if self._rings and not had_cameras:
            self._add_inference()
        for station_id in change.stations.changed:
            if change.sets("station", station_id, "zone"):
                self._watch_again(station_id)

    def _reopen(self, part: str) -> None:
        self._news.reopened(part)
        self._supervisor.kill(part, "it is opened in another way now")
        self._supervisor.restart_now(part)

    def _remove_inference(self) -> None:
        self._news.ended(VISION)
        self._supervisor.remove(VISION)
        self._pipes.detach(VISION)
        self._news.counting_removed()
        self._given = frozenset()
        self.requests.lost("counting begins anew")

    def _watch_again(self, station_id: str) -> None:
        """Count on in another zone."""
        if (watched := self._demand.watched(station_id)) is not None:
            self.watch(station_id, watched.exercises)

    def _add_inference(self) -> None:
        self._news.counting_begins(self._config.vision.pose)
        self._supervisor.add(
            Child(
                name=VISION,
                start=self._start_inference,
                on_change=self._inference_changed,
                explain=self._news.explain_counting,
            )
        )

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop reading and free the frames; the processes are the supervisor's to end."""
        if self._reading:
            self._pipes.stop(timeout_s)
        for ring in self._rings.values():
            ring.close()
        self._rings = {}

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
        self._demand.watch(command)
        self._pipes.send(VISION, command)
        self._set_rate(station.camera)
        return True

    def unwatch(self, station_id: str) -> None:
        """Stop counting at a station."""
        if (command := self._demand.unwatch(station_id)) is not None:
            self._pipes.send(VISION, Unwatch(station_id))
            self._set_rate(command.camera_id)

    def tune(self, station_id: str) -> None:
        """The settings of a station were changed: count by them at once if somebody trains there."""
        if self._demand.watched(station_id) is not None:
            self._pipes.send(VISION, Tune(station_id=station_id, counting=self._counting(station_id)))

    def picture(self, camera_id: str, after_seq: int = 0) -> Frame | None:
        """Return a camera's newest picture; None when there is none newer than `after_seq`, or no camera."""
        ring = self._rings.get(camera_id)
        return None if ring is None else ring.latest(after_seq)

    @contextmanager
    def shown(self, camera_id: str) -> Iterator[None]:
        """While somebody looks at a camera's pictures; it gives more of them."""
        try:
            with self._demand.shown(camera_id):
                self._set_rate(camera_id)
                yield
        finally:
            self._set_rate(camera_id)

    def model_installed(self) -> None:
        """A model was pulled: start the inference at once if it waits for one."""
        self._supervisor.restart_now(VISION)

    def _add_camera(self, camera: CameraSection) -> None:
        part = camera_part(camera.id)
        if not self._reading:
            self._reading = True
            self._pipes.start()
        try:
            ring = FrameRing.create()
        except (RingError, OSError) as error:
            self._news.no_pictures(camera.id, "failed", str(error))
            return
        self._rings = {**self._rings, camera.id: ring}
        if self._given:
            self._pipes.send(VISION, LookThrough(camera.id, ring.address))
        self._health.set(part, "degraded", "starting")
        self._supervisor.add(
            Child(
                name=part,
                start=lambda: self._start_capture(camera.id),
                on_change=lambda change: self._capture_changed(camera.id, change),
                explain=vision_health.capture_exit,
            )
        )

    def _remove_camera(self, camera_id: str) -> None:
        part = camera_part(camera_id)
        if (ring := self._rings.get(camera_id)) is not None:
            self._pipes.send(VISION, Overlook(camera_id))
            self._supervisor.remove(part, then=ring.close)
            self._pipes.detach(part)
        self._news.camera_removed(camera_id)
        self._rings = {name: ring for name, ring in self._rings.items() if name != camera_id}

    def _start_capture(self, camera_id: str) -> Handle:
        camera = self._config.camera(camera_id)
        if camera is None:
            raise StartRefused("the camera was taken out of the configuration")
        return self._started(camera_part(camera_id), *self._processes.capture(camera, self._rings[camera_id]))

    def _start_inference(self) -> Handle:
        rings = self._rings
        self._news.counting_refused(None)
        try:
            process, ours = self._processes.inference(self._config.vision, rings)
        except StartRefused as error:
            self._news.counting_refused(str(error))
            raise
        self._given = frozenset(rings)
        return self._started(VISION, process, ours)

    def _started(self, name: str, process: Handle, ours: Connection[Any, Any]) -> Handle:
        self._news.started(name)
        self._pipes.attach(name, ours)
        return process

    def _capture_changed(self, camera_id: str, change: ChildChange) -> None:
        if change.state == "running":
            self._set_rate(camera_id)
        elif change.state == "restarting":
            self._news.capture_ended(camera_id, change)

    def _inference_changed(self, change: ChildChange) -> None:
        if change.state == "running":
            for camera_id, ring in self._rings.items():
                # It may have been added while the process was being started.
                if self._given and camera_id not in self._given:
                    self._pipes.send(VISION, LookThrough(camera_id, ring.address))
            for command in self._demand.watches():
                self._pipes.send(VISION, replace(command, counting=self._counting(command.station_id)))
        elif change.state == "restarting":
            self._news.counting_ended(change)
            self.requests.lost(f"counting {change.reason}")

    def _set_rate(self, camera_id: str) -> None:
        camera = self._config.camera(camera_id)
        if camera is not None:
            self._pipes.send(camera_part(camera_id), SetRate(self._demand.fps(camera)))

    def _silent(self, name: str) -> None:
        self._supervisor.kill(name, f"gave no sign of life for {SILENT_S:.0f} s")

    def _heard(self, name: str, message: Any) -> None:
        if isinstance(message, Answer):
            self.requests.answered(message)
        else:
            self._news.heard(name, message)
