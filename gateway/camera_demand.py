"""What is asked of the cameras: who is counted through them, who looks at their pictures."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.config.sections.camera import CameraSection
    from vision.processes.messages import Watch

# A picture costs 13 ms of decoding and 12 of a pose. So many are enough to wake a kiosk for whoever comes...
IDLE_FPS: Final = 0.1
# ...and so many to aim a camera by, and to draw the floor of a station.
SHOWN_FPS: Final = 5.0


class CameraDemand:
    """Asked and told on any thread."""

    def __init__(self) -> None:
        self._watches: dict[str, Watch] = {}
        self._viewers: Counter[str] = Counter()
        self._lock = threading.Lock()

    def watch(self, command: Watch) -> None:
        """Somebody trains at a station, or trains on in another way."""
        with self._lock:
            self._watches[command.station_id] = command

    def unwatch(self, station_id: str) -> Watch | None:
        """Nobody trains there any more; what was asked, if anybody did."""
        with self._lock:
            return self._watches.pop(station_id, None)

    def watched(self, station_id: str) -> Watch | None:
        """What is asked for a station, None when nobody trains there."""
        with self._lock:
            return self._watches.get(station_id)

    def watches(self) -> list[Watch]:
        """What is asked for all stations."""
        with self._lock:
            return list(self._watches.values())

    @contextmanager
    def shown(self, camera_id: str) -> Iterator[None]:
        """While somebody looks at a camera's pictures."""
        with self._lock:
            self._viewers[camera_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._viewers[camera_id] -= 1

    def fps(self, camera: CameraSection) -> float:
        """Pictures a second that a camera is to give now."""
        with self._lock:
            if any(each.camera_id == camera.id for each in self._watches.values()):
                return camera.fps
            return min(SHOWN_FPS, camera.fps) if self._viewers[camera.id] > 0 else IDLE_FPS
