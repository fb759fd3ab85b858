"""The live board: every station's state, told to whoever watches.

What cameras see is told ten times a second at most, what a machine or a band says as soon as it came.
Everything here runs on the event loop. A station that nobody watches costs nothing.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Protocol

from gateway.clock import Clock
from gateway.live.snapshot import Alert, AlertMessage, Message, StationSnapshot
from gateway.live.station import ControlOf, EndsIn, StationLive, endless, uncontrolled
from gateway.live.subscription import Event, EventName, Subscription
from gateway.stations import DeviceValues, Station

if TYPE_CHECKING:
    from gateway.config.change import Change
    from gateway.config.model import BoxConfig
    from gateway.health import PartState
    from gateway.sessions.active import ActiveSession
    from vision.counting.reps import Rep
    from vision.processes.messages import CameraStatus, CameraView, StationView

_log = logging.getLogger(__name__)

TICK_S: Final = 0.1
# What a treadmill and a band say in the same moment is told in one message.
GATHER_S: Final = 0.02
# A kiosk takes silence for a dead box, so that it hears something at least this often.
HEARTBEAT_S: Final = 1.0
MAX_WATCHERS: Final = 32

# What changes by time alone is no news.
_NO_NEWS: Final[dict[str, Any]] = {
    "at": True,
    "session": {"elapsed_s", "still_s", "ends_in_s"},
    "control": {"step": {"remaining_s"}},
    "pose": {"age_s"},
}


class TooManyWatchers(Exception):  # noqa: N818 - named by what happened
    """A station has as many open streams as it may have."""


class HealthView(Protocol):
    """The health board, read only."""

    def snapshot(self) -> Mapping[str, "PartState"]:
        """Return every part's state by name."""


@dataclass(slots=True)
class _Watched:
    """A station, who watches it, and what they were last told."""

    live: StationLive
    watchers: set[Subscription]
    told: dict[str, Any] | None = None
    told_s: float = 0.0
    alerts: tuple[Alert, ...] = ()
    due: bool = False


class LiveBoard:
    """Every station's live state and its streams."""

    def __init__(
        self,
        *,
        stations: Mapping[str, Station],
        devices: DeviceValues,
        health: HealthView,
        started_at: datetime,
        control_of: ControlOf = uncontrolled,
        ends_in: EndsIn = endless,
        clock: Clock | None = None,
    ) -> None:
        self._health = health
        self._started_at = started_at
        self._clock = clock or Clock()
        self._ids = count(1)
        self._closed = False
        self._dropped = 0
        self.failed_ticks = 0
        self._stations = stations
        self._new = partial(StationLive, devices=devices, control_of=control_of, ends_in=ends_in)
        self._watched = {each.id: _Watched(self._new(station=each), set()) for each in stations.values()}
        self._by_device: dict[str, list[_Watched]] = {}
        self._index_devices()

    async def reconfigure(self, _config: "BoxConfig", change: "Change") -> None:
        """Show the stations as they are now; the streams of one that is gone end."""
        for station_id in change.stations.removed:
            for subscription in self._watched.pop(station_id).watchers:
                self._dropped += subscription.dropped
                subscription.close()
        for station_id in change.stations.changed:
            self._watched[station_id].live.moved(self._stations[station_id])
        for station_id in change.stations.added:
            self._watched[station_id] = _Watched(self._new(station=self._stations[station_id]), set())
        self._index_devices()

    # What happens: called on the loop, in the order in which it happened.

    def on_view(self, view: "StationView") -> None:
        """Take what a counter sees at its station."""
        if watched := self._watched.get(view.station_id):
            watched.live.on_view(view)

    def on_camera_view(self, view: "CameraView") -> None:
        """Take what an unwatched camera sees, for its stations at which nobody trains."""
        for watched in self._watched.values():
            if watched.live.station.camera == view.camera_id and not watched.live.busy:
                watched.live.on_camera_view(view)

    def on_camera(self, status: "CameraStatus") -> None:
        """Take how a camera does."""
        for watched in self._watched.values():
            if watched.live.station.camera == status.camera_id:
                watched.live.on_camera(status)

    def on_rep(self, station_id: str, rep: "Rep") -> None:
        """Tell of a repetition; the session counts it first."""
        if watched := self._watched.get(station_id):
            self._publish(watched, "rep", watched.live.on_rep(rep))

    def on_device(self, device_id: str) -> None:
        """Tell what a machine or a band just said, to those who watch its station."""
        for watched in self._by_device.get(device_id, ()):
            if watched.watchers and not watched.due:
                watched.due = True
                asyncio.get_running_loop().call_later(GATHER_S, self._tell_due, watched)

    def session_started(self, session: "ActiveSession") -> None:
        """Show a session that began or goes on."""
        if watched := self._watched.get(session.station.id):
            watched.live.session_started(session)
            self._index_devices()

    def session_ended(self, session: "ActiveSession") -> None:
        """Show that nobody trains there any more."""
        if watched := self._watched.get(session.station.id):
            watched.live.session_ended()
            self._index_devices()

    # What is told.

    @property
    def watchers(self) -> int:
        """Open streams."""
        return sum(len(watched.watchers) for watched in self._watched.values())

    @property
    def dropped(self) -> int:
        """Events that slow watchers missed, since the start."""
        return self._dropped + sum(each.dropped for w in self._watched.values() for each in w.watchers)

    def snapshot(self, station_id: str) -> StationSnapshot:
        """Return everything a kiosk shows; KeyError for a station that is not there."""
        return self._snapshot(self._watched[station_id])

    def demand_room(self, station_id: str) -> None:
        """Make sure that one more may watch.

        Raises:
            KeyError: there is no such station.
            TooManyWatchers: it has as many as it may have.
        """
        if len(self._watched[station_id].watchers) >= MAX_WATCHERS:
            raise TooManyWatchers(f"{MAX_WATCHERS} pages watch {station_id} already. Close one of them.")

    def subscribe(self, station_id: str) -> Subscription:
        """Watch a station: its whole state at once, then what changes. Give it back to `unsubscribe`.

        Raises:
            KeyError: there is no such station.
            TooManyWatchers: it has as many as it may have.
        """
        self.demand_room(station_id)
        watched = self._watched[station_id]
        subscription = Subscription()
        if self._closed:
            subscription.close()
            return subscription
        if not watched.watchers:  # alerts from before anybody looked stand in the first state
            watched.alerts = tuple(self._snapshot(watched).alerts)
        watched.watchers.add(subscription)
        subscription.offer(self._event("state", self._snapshot(watched)))
        return subscription

    def unsubscribe(self, station_id: str, subscription: Subscription) -> None:
        """Stop telling a watcher."""
        watched = self._watched.get(station_id)  # None: the station was taken away meanwhile
        if watched is not None and subscription in watched.watchers:
            watched.watchers.remove(subscription)
            self._dropped += subscription.dropped
        subscription.close()

    async def run(self) -> None:
        """Tell watchers what changed, until cancelled."""
        well = True
        while True:
            try:
                self.tick()
                well = True
            except Exception:  # noqa: BLE001 - no page may go dark for one mistake; logged once and counted
                self.failed_ticks += 1
                if well:
                    _log.exception("the live board could not tell what changed")
                well = False
            await asyncio.sleep(TICK_S)

    def tick(self) -> None:
        """Do once what `run` does ten times a second."""
        now_s = self._clock.now_s()
        for watched in self._watched.values():
            if watched.watchers:
                self._tell(watched, now_s)

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closed = True
        for watched in self._watched.values():
            for subscription in watched.watchers:
                subscription.close()

    def _index_devices(self) -> None:
        """Note at which stations each device is shown."""
        self._by_device = {}
        for watched in self._watched.values():
            for device_id in watched.live.devices:
                self._by_device.setdefault(device_id, []).append(watched)

    def _tell_due(self, watched: _Watched) -> None:
        watched.due = False
        if watched.watchers:
            self._tell(watched, self._clock.now_s())

    def _tell(self, watched: _Watched, now_s: float) -> None:
        snapshot = self._snapshot(watched)
        for alert in _changed(watched.alerts, snapshot.alerts):
            self._publish(watched, "alert", alert)
        watched.alerts = tuple(snapshot.alerts)
        news = snapshot.model_dump(exclude=_NO_NEWS)
        if news != watched.told or now_s - watched.told_s >= HEARTBEAT_S:
            watched.told, watched.told_s = news, now_s
            self._publish(watched, "state", snapshot)

    def _snapshot(self, watched: _Watched) -> StationSnapshot:
        return watched.live.snapshot(
            now_s=self._clock.now_s(),
            at=self._clock.utc_now(),
            box_started_at=self._started_at,
            parts=self._health.snapshot(),
        )

    def _publish(self, watched: _Watched, name: EventName, message: Message) -> None:
        if not watched.watchers:
            return
        event = self._event(name, message)
        for subscription in watched.watchers:
            subscription.offer(event)

    def _event(self, name: EventName, message: Message) -> Event:
        return Event(next(self._ids), name, message.model_dump_json())


def _changed(before: tuple[Alert, ...], after: list[Alert]) -> list[AlertMessage]:
    """Say which alerts are new or different, and which are over."""
    new = [AlertMessage(**alert.model_dump()) for alert in after if alert not in before]
    still = {alert.part for alert in after}
    over = [AlertMessage(part=old.part, level="ok", reason="") for old in before if old.part not in still]
    return [*new, *over]
