"""Listens to what a station's page is told."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.speed.running_box import BoxFailedError

if TYPE_CHECKING:
    from benchmarks.speed.running_box import RunningBox

GONE_S = 10.0


class Listener(ABC):
    """Follows a station's events in a thread of its own."""

    def __init__(self, box: RunningBox, station: str) -> None:
        """It listens once started."""
        self._http = box.http
        self._events = f"api/v1/stations/{station}/events"
        self._failure = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=f"page of {station}", daemon=True)

    @abstractmethod
    def told(self, state: dict[str, Any]) -> None:
        """Take what an event says."""

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
        for line in stream.iter_lines():
            if self._stopping.is_set():
                return
            if line.startswith("data:"):
                self.told(json.loads(line[5:]))
