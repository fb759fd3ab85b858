"""From the newest frames to poses, counts and messages: the core of the inference process.

Pure but for the estimators it is given: frames come from anything with ``latest``,
messages go to anything with ``post``, and the time is an argument.
"""

from __future__ import annotations

import logging
from collections import Counter as Counts
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from vision.processes.messages import (
    CameraView,
    Declined,
    InferenceStatus,
    RepCounted,
    Replay,
    StationView,
    Tune,
    Unwatch,
    Watch,
)
from vision.processes.station import Station

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vision.counting.counter import CountingSettings
    from vision.keypoints import Pose
    from vision.phase.belief import Recogniser
    from vision.processes.replay import Replays
    from vision.processes.ring import Frame
    from vision.processes.station import Counter, Estimator

logger = logging.getLogger(__name__)

_EARLY_S = 0.004  # a view this much too early is sent: frames come on a grid of their own


class Frames(Protocol):
    """Where the frames of one camera come from."""

    def latest(self, after_seq: int = 0) -> Frame | None:
        """The newest frame after this number."""

    def following(self, after_seq: int) -> Frame | None:
        """The oldest frame after this number that is still there."""


class LoadedModel(Protocol):
    """What is needed of a pose model that was loaded."""

    def twin(self) -> Estimator:
        """An estimator on it, with a person of its own to follow."""


class Mailbox(Protocol):
    """Where messages go."""

    def post(self, message: object, *, key: Hashable | None = None) -> None:
        """Send; a message with a key may be replaced by a newer one."""


@dataclass(slots=True)
class _Camera:
    frames: Frames
    estimator: Estimator | None = None
    seq: int = 0
    shot: int = 0
    watched: bool = False
    due_s: float = float("-inf")


@dataclass(slots=True)
class _Figures:
    frames: int = 0
    skipped: int = 0
    recent: int = 0
    recent_ms: float = 0.0
    refused: Counts[str] = field(default_factory=Counts)


@dataclass(slots=True, kw_only=True)
class Watching:
    """All cameras of one accelerator, and the stations that are watched through them."""

    rings: Mapping[str, Frames]
    new_estimator: Callable[[], Estimator]
    new_counter: Callable[[Sequence[str], CountingSettings | None, Recogniser], Counter]
    new_recogniser: Callable[[], Recogniser]
    outbox: Mailbox
    replays: Replays
    clock: Callable[[], float]
    """Monotonic seconds, for the figures alone."""
    pose_model: str
    idle_fps: float = 2.0
    view_hz: float = 12.0
    every_frame: bool = False
    """Look at watched frames in order instead of the newest alone, to lose none to a short hold-up."""
    _cameras: dict[str, _Camera] = field(init=False)
    _stations: dict[str, Station] = field(default_factory=dict)
    _figures: _Figures = field(default_factory=_Figures)

    def __post_init__(self) -> None:
        """Know every camera; none has been looked at."""
        self._cameras = {camera_id: _Camera(frames) for camera_id, frames in self.rings.items()}

    def look_through(self, camera_id: str, frames: Frames) -> None:
        """Know one more camera."""
        self._cameras[camera_id] = _Camera(frames)

    def overlook(self, camera_id: str) -> None:
        """Know a camera no more."""
        self._cameras.pop(camera_id, None)

    @property
    def busy(self) -> bool:
        """Whether any station is watched, so that frames must not wait."""
        return bool(self._stations)

    def handle(self, command: object) -> None:
        """Take a command from the parent."""
        match command:
            case Watch():
                if command.camera_id not in self._cameras:
                    logger.warning("Station %s has no camera %r here", command.station_id, command.camera_id)
                counter = self.new_counter(command.exercises, command.counting, self.new_recogniser())
                self._stations[command.station_id] = Station(command, counter)
            case Unwatch(station_id):
                self._stations.pop(station_id, None)
            case Tune():
                if station := self._stations.get(command.station_id):
                    station.counter.tune(command.counting)
            case Replay():
                self._replay(command)
            case _:
                logger.warning("The inference process does not know the command %s", type(command).__name__)

    def replace_estimator(self, model: LoadedModel) -> None:
        """Look with another version from the next frame on; counts and their patterns go on."""
        self.new_estimator = model.twin
        for camera in self._cameras.values():
            camera.estimator = None
        for station in self._stations.values():
            station.estimator = None

    def replace_recogniser(self, new_recogniser: Callable[[], Recogniser]) -> None:
        """Ask others, made by this, from the next frame on; counts and their patterns go on."""
        self.new_recogniser = new_recogniser
        for station in self._stations.values():
            station.counter.replace_recogniser(new_recogniser())

    def newest_image(self) -> NDArray[np.uint8] | None:
        """The newest picture of any camera, of one that somebody trains at if possible."""
        cameras = sorted(self._cameras.values(), key=lambda camera: not camera.watched)
        return next((frame.image for camera in cameras if (frame := camera.frames.latest())), None)

    def _replay(self, request: Replay) -> None:
        station = self._stations.get(request.station_id)
        if station is None:
            reason = f"nobody trains at {request.station_id}"
            self.outbox.post(Declined(request_id=request.request_id, reason=reason))
            return
        exercises = station.watch.exercises
        counter = self.new_counter(exercises, request.counting, self.new_recogniser())
        self.replays.add(request.request_id, exercises, station.trace.recording(), counter)

    def step(self, now_s: float) -> bool:
        """Look at the newest frame of every camera that is due; False when there was none."""
        looked = False
        for camera_id, camera in self._cameras.items():
            stations = [s for s in self._stations.values() if s.watch.camera_id == camera_id]
            looked |= self._look(camera_id, camera, stations, now_s)
        return looked

    def _look(self, camera_id: str, camera: _Camera, stations: list[Station], now_s: float) -> bool:
        if not stations and (now_s < camera.due_s or self.idle_fps <= 0):
            camera.watched = False
            return False
        in_order = self.every_frame and camera.watched
        frame = camera.frames.following(camera.seq) if in_order else camera.frames.latest(camera.seq)
        if frame is None:
            return False
        if camera.watched and stations:
            self._figures.skipped += max(0, frame.seq - camera.seq - 1)
        camera.watched, camera.seq = bool(stations), frame.seq
        camera.due_s = now_s + (1 / self.idle_fps if self.idle_fps > 0 else 0.0)
        self._heed_cut(camera, stations, frame)
        started_s = self.clock()
        poses = [station.look(frame, stations, self.new_estimator) for station in stations]
        if not stations:
            self._glance(camera_id, camera, frame)
        self._figures.frames += 1
        self._figures.recent += 1
        self._figures.recent_ms += (self.clock() - started_s) * 1e3
        for station, pose in zip(stations, poses, strict=True):
            self._count(station, frame, pose, now_s)
        return True

    @staticmethod
    def _heed_cut(camera: _Camera, stations: list[Station], frame: Frame) -> None:
        if frame.shot == camera.shot:
            return
        camera.shot = frame.shot
        if camera.estimator is not None:
            camera.estimator.reset()
        for station in stations:
            station.reset_track()

    def _glance(self, camera_id: str, camera: _Camera, frame: Frame) -> None:
        """Show whoever is there; nothing is counted."""
        if camera.estimator is None:
            camera.estimator = self.new_estimator()
        view = CameraView(
            camera_id=camera_id,
            captured_s=frame.captured_s,
            width=frame.width,
            height=frame.height,
            pose=camera.estimator.estimate(frame.image, frame.captured_s),
        )
        self.outbox.post(view, key=("camera", camera_id))

    def _count(self, station: Station, frame: Frame, pose: Pose | None, now_s: float) -> None:
        watch = station.watch
        refused = station.counter.refused
        for rep in station.follow(frame.captured_s, pose):
            self.outbox.post(RepCounted(station_id=watch.station_id, rep=rep))
        self._figures.refused[watch.station_id] += station.counter.refused - refused
        if now_s < station.view_due_s - _EARLY_S:
            return
        station.view_due_s = max(station.view_due_s + 1 / self.view_hz, now_s)
        view = StationView(
            station_id=watch.station_id,
            camera_id=watch.camera_id,
            captured_s=frame.captured_s,
            width=frame.width,
            height=frame.height,
            pose=pose,
            status=station.counter.status,
            refused=station.counter.refused,
        )
        self.outbox.post(view, key=("station", watch.station_id))

    def status(self, *, dropped: int, runtime: str, trouble: str = "", version: str = "") -> InferenceStatus:
        """The figures, those of the last period starting anew, and how the pose model is executed."""
        figures = self._figures
        mean_ms = figures.recent_ms / figures.recent if figures.recent else 0.0
        figures.recent, figures.recent_ms = 0, 0.0
        return InferenceStatus(
            pose_model=self.pose_model,
            runtime=runtime,
            version=version,
            state="degraded" if trouble else "ok",
            reason=trouble,
            frames=figures.frames,
            skipped=figures.skipped,
            mean_ms=round(mean_ms, 2),
            refused=dict(figures.refused),
            dropped=dropped,
        )
