"""From the newest frames to poses, counts and messages: the core of the inference process.

Pure but for the estimators it is given: frames come from anything with ``latest``,
messages go to anything with ``post``, and the time is an argument.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from vision.processes.messages import (
    CameraView,
    InferenceStatus,
    RepCounted,
    StationView,
    Unwatch,
    Watch,
)
from vision.processes.zone import belongs

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vision.counting.counter import CountStatus
    from vision.counting.reps import Rep
    from vision.keypoints import Pose
    from vision.processes.ring import Frame

logger = logging.getLogger(__name__)

_EARLY_S = 0.004  # a view this much too early is sent: frames come on a grid of their own


class Frames(Protocol):
    """Where the frames of one camera come from."""

    def latest(self, after_seq: int = 0) -> Frame | None:
        """The newest frame after this number."""


class Estimator(Protocol):
    """What is needed of a pose estimator."""

    def estimate(self, frame_bgr: NDArray[np.uint8], time_s: float) -> Pose | None:
        """The person in this frame."""

    def reset(self) -> None:
        """Forget the person tracked so far."""


class Counter(Protocol):
    """What is needed of a counter of repetitions."""

    @property
    def status(self) -> CountStatus:
        """Where the count stands."""

    def update(self, time_s: float, pose: Pose | None) -> list[Rep]:
        """Take a pose; give the repetitions it completes."""

    def reset_track(self) -> None:
        """Another shot: forget the pattern."""


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
class _Station:
    watch: Watch
    counter: Counter
    view_due_s: float = float("-inf")


@dataclass(slots=True)
class _Figures:
    frames: int = 0
    skipped: int = 0
    recent: int = 0
    recent_ms: float = 0.0


@dataclass(slots=True, kw_only=True)
class Watching:
    """All cameras of one accelerator, and the stations that are watched through them."""

    rings: Mapping[str, Frames]
    new_estimator: Callable[[], Estimator]
    new_counter: Callable[[Sequence[str]], Counter]
    outbox: Mailbox
    clock: Callable[[], float]
    """Monotonic seconds, for the figures alone."""
    pose_model: str
    idle_fps: float = 2.0
    view_hz: float = 12.0
    _cameras: dict[str, _Camera] = field(init=False)
    _stations: dict[str, _Station] = field(default_factory=dict)
    _figures: _Figures = field(default_factory=_Figures)

    def __post_init__(self) -> None:
        """Know every camera; none has been looked at."""
        self._cameras = {camera_id: _Camera(frames) for camera_id, frames in self.rings.items()}

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
                self._stations[command.station_id] = _Station(command, self.new_counter(command.exercises))
            case Unwatch(station_id):
                self._stations.pop(station_id, None)
            case _:
                logger.warning("The inference process does not know the command %s", type(command).__name__)

    def step(self, now_s: float) -> bool:
        """Look at the newest frame of every camera that is due; False when there was none."""
        looked = False
        for camera_id, camera in self._cameras.items():
            stations = [s for s in self._stations.values() if s.watch.camera_id == camera_id]
            looked |= self._look(camera_id, camera, stations, now_s)
        return looked

    def _look(self, camera_id: str, camera: _Camera, stations: list[_Station], now_s: float) -> bool:
        if not stations and (now_s < camera.due_s or self.idle_fps <= 0):
            camera.watched = False
            return False
        frame = camera.frames.latest(camera.seq)
        if frame is None:
            return False
        if camera.watched and stations:
            self._figures.skipped += max(0, frame.seq - camera.seq - 1)
        camera.watched, camera.seq = bool(stations), frame.seq
        camera.due_s = now_s + (1 / self.idle_fps if self.idle_fps > 0 else 0.0)
        pose = self._estimate(camera, stations, frame)
        for station in stations:
            self._count(station, frame, pose, now_s)
        if not stations:
            view = CameraView(
                camera_id=camera_id,
                captured_s=frame.captured_s,
                width=frame.width,
                height=frame.height,
                pose=pose,
            )
            self.outbox.post(view, key=("camera", camera_id))
        return True

    def _estimate(self, camera: _Camera, stations: list[_Station], frame: Frame) -> Pose | None:
        if camera.estimator is None:
            camera.estimator = self.new_estimator()
        if frame.shot != camera.shot:
            camera.shot = frame.shot
            camera.estimator.reset()
            for station in stations:
                station.counter.reset_track()
        started_s = self.clock()
        pose = camera.estimator.estimate(frame.image, frame.captured_s)
        self._figures.frames += 1
        self._figures.recent += 1
        self._figures.recent_ms += (self.clock() - started_s) * 1e3
        return pose

    def _count(self, station: _Station, frame: Frame, pose: Pose | None, now_s: float) -> None:
        watch = station.watch
        if pose is not None and not belongs(pose, watch.zone, frame.width, frame.height):
            pose = None
        for rep in station.counter.update(frame.captured_s, pose):
            self.outbox.post(RepCounted(station_id=watch.station_id, rep=rep))
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
        )
        self.outbox.post(view, key=("station", watch.station_id))

    def status(self, *, dropped: int, runtime: str, trouble: str = "") -> InferenceStatus:
        """The figures, those of the last period starting anew, and how the pose model is executed."""
        figures = self._figures
        mean_ms = figures.recent_ms / figures.recent if figures.recent else 0.0
        figures.recent, figures.recent_ms = 0, 0.0
        return InferenceStatus(
            pose_model=self.pose_model,
            runtime=runtime,
            state="degraded" if trouble else "ok",
            reason=trouble,
            frames=figures.frames,
            skipped=figures.skipped,
            mean_ms=round(mean_ms, 2),
            dropped=dropped,
        )
