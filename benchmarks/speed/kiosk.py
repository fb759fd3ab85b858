"""A kiosk that looks at nothing but the age of what it is told."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import httpx

from benchmarks.speed.running_box import BoxFailedError

if TYPE_CHECKING:
    from benchmarks.speed.running_box import RunningBox

GONE_S = 10.0


class Kiosk:
    """Listens to a station's events in a thread of its own.

    Attributes:
        ages_s: of every new pose, how old it was when told.
    """

    def __init__(self, box: RunningBox, station: str) -> None:
        """It listens once started."""
        self.ages_s: list[float] = []
        self._http = box.http
        self._events = f"api/v1/stations/{station}/events"
        self._failure = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=f"kiosk {station}", daemon=True)

    def start(self) -> None:
        """Listen from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more.

        Raises:
            BoxFailedError: the events broke off before.
        """
        self._stopping.set()
        self._thread.join(GONE_S)
        if self._failure:
            raise BoxFailedError(f"{self._events} broke off: {self._failure}")

    def _listen(self) -> None:
        try:
            with self._http.stream("GET", self._events) as stream:
                self._follow(stream.raise_for_status())
        except httpx.HTTPError as error:
            self._failure = str(error) or type(error).__name__

    def _follow(self, stream: httpx.Response) -> None:
        before = None
        for line in stream.iter_lines():
            if self._stopping.is_set():
                return
            pose = json.loads(line[5:]).get("pose") if line.startswith("data:") else None
            if pose is not None and pose["points"] != before:
                before = pose["points"]
                self.ages_s.append(pose["age_s"])
