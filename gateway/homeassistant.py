"""The gym as Home Assistant sees it: announced once per link to the broker, kept up to date, removed cleanly.

What was announced is remembered in the store, so that a device that is gone, or the whole of it when it is
turned off, disappears there too.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlite_utils import Database, Migrations

from devices.discovery import STATION, Thing, availability_of, entities_of
from gateway.clock import Clock
from gateway.live.board import LiveBoard
from gateway.store.store import Store, StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devices.registry import DeviceView
    from gateway.config.change import Change
    from gateway.config.model import BoxConfig
    from gateway.stations import Station

_log = logging.getLogger(__name__)

TURN_S: Final = 1.0
# Home Assistant may have been restarted: states are not retained, and it asks nobody.
STATE_AGAIN_S: Final = 30.0

migrations: Final = Migrations("gateway.homeassistant")


@migrations()
def create_announced(db: Database) -> None:
    """One row an announcement that stands at the broker."""
    db.execute("CREATE TABLE announced (topic TEXT PRIMARY KEY) STRICT")


class Publish(Protocol):
    """How octets reach the broker."""

    def __call__(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> bool:
        """Hand a message over; False when it cannot be sent."""


class Devices(Protocol):
    """The registry, read only."""

    def all(self, now_s: float) -> "Sequence[DeviceView]":
        """Every device that is configured or heard."""


@dataclass(slots=True)
class _Told:
    """What was last said of a thing on this link."""

    announcement: bytes = b""
    available: bytes = b""
    state: bytes = b""
    state_s: float = 0.0


class HomeAssistant:
    """Announces stations and adopted devices; on the event loop."""

    def __init__(
        self,
        *,
        config: "BoxConfig",
        stations: "Mapping[str, Station]",
        devices: Devices,
        board: LiveBoard,
        store: Store,
        publish: Publish,
        connections: Callable[[], int],
        clock: Clock | None = None,
    ) -> None:
        """`connections`: how often the broker was reached so far; after each time, all is said again."""
        self._settings = config.homeassistant
        self._box_id = config.box.id
        self._stations = stations
        self._devices = devices
        self._board = board
        self._store = store
        self._publish = publish
        self._connections = connections
        self._clock = clock or Clock()
        self._version = version("gymbox")
        self._link = 0
        self._told: dict[str, _Told] = {}
        self._announced: set[str] | None = None
        self.failed_turns = 0

    async def reconfigure(self, config: "BoxConfig", change: "Change") -> None:
        """Announce under other names, or no more; under another id of the box, all is taken back first.

        Raises:
            StoreError: what was announced cannot be read or written now.
        """
        if change.sets("box", "id") and self._announced is not None and self._link:
            for topic in sorted(self._announced):
                await self._remove(topic)
        self._settings, self._box_id = config.homeassistant, config.box.id

    async def run(self) -> None:
        """Tell what changes once a second, until cancelled; when turned off, only take back what stands."""
        while True:
            try:
                await self.turn()
            except StoreError:  # the store's own state tells of it; the next turn tries again
                pass
            except Exception:  # noqa: BLE001 - a dashboard must not end for one mistake; logged and counted
                self.failed_turns += 1
                _log.exception("Home Assistant could not be told")
            await asyncio.sleep(TURN_S)

    async def turn(self) -> None:
        """Do once what `run` does every second.

        Raises:
            StoreError: what was announced cannot be read or written now.
        """
        if self._announced is None:
            self._announced = await self._store.read(_announced)
        if self._connections() != self._link:
            self._link = self._connections()
            self._told.clear()
        if not self._link:
            return
        now_s = self._clock.now_s()
        wanted: dict[str, Thing] = {}
        for thing, available, state in self._things(now_s) if self._settings.enabled else ():
            topic = thing.config_topic(self._settings.prefix)
            wanted[topic] = thing
            if topic not in self._announced:
                await self._store.write(partial(_remember, topic=topic))
                self._announced.add(topic)
            self._tell(topic, thing, available=available, state=state, now_s=now_s)
        for topic in sorted(self._announced - wanted.keys()):
            await self._remove(topic)

    def _things(self, now_s: float) -> Iterator[tuple[Thing, bool, dict[str, Any]]]:
        """Everything to show: what it is, whether it is there, what it says."""
        for view in self._devices.all(now_s):
            if view.adopted:
                entities = entities_of(view.profile.kind)
                thing = Thing(
                    self._box_id, "device", view.id, view.id, view.profile.title, entities, view.firmware
                )
                values: dict[str, float | None] = {name: each.value for name, each in view.fresh.items()}
                values["battery_percent"] = view.battery_percent
                yield thing, view.link == "live", {each.key: values.get(each.key) for each in entities}
        for station in self._stations.values():
            snapshot = self._board.snapshot(station.id)
            busy = snapshot.session is not None
            state = {"busy": busy, "exercise": snapshot.exercise, "reps": snapshot.reps}
            yield Thing(self._box_id, "station", station.id, station.name, "Station", STATION), True, state

    def _tell(
        self, topic: str, thing: Thing, *, available: bool, state: dict[str, Any], now_s: float
    ) -> None:
        """Say what is not said yet; what did not go out is said at the next turn."""
        told = self._told.setdefault(topic, _Told())
        announcement = thing.announcement(self._version)
        if announcement != told.announcement and self._publish(topic, announcement, qos=1, retain=True):
            told.announcement = announcement
            told.state = b""
        word = b"online" if available else b"offline"
        if word != told.available and self._publish(thing.availability_topic, word, qos=1, retain=True):
            told.available = word
        values = json.dumps(state, separators=(",", ":")).encode()
        again = now_s - told.state_s >= STATE_AGAIN_S
        if (values != told.state or again) and self._publish(thing.state_topic, values, qos=0, retain=False):
            told.state, told.state_s = values, now_s

    async def _remove(self, topic: str) -> None:
        """Take an announcement back; it is forgotten only when the broker link took the removal."""
        availability = availability_of(self._box_id, topic.split("/")[-2])
        if self._publish(topic, b"", qos=1, retain=True) and self._publish(
            availability, b"", qos=1, retain=True
        ):
            await self._store.write(partial(_forget, topic=topic))
            if self._announced is not None:
                self._announced.discard(topic)
            self._told.pop(topic, None)


def _announced(db: Database) -> set[str]:
    return {row[0] for row in db.execute("SELECT topic FROM announced")}


def _remember(db: Database, topic: str) -> None:
    db.execute("INSERT OR IGNORE INTO announced (topic) VALUES (?)", (topic,))


def _forget(db: Database, topic: str) -> None:
    db.execute("DELETE FROM announced WHERE topic = ?", (topic,))
