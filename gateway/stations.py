"""What a station is to the live state, the sessions and the API."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from devices.reading import Metric
from gateway.config.sections.station import Stage

if TYPE_CHECKING:
    from gateway.config.change import Change
    from gateway.config.model import BoxConfig

Link = Literal["live", "stale", "lost", "never"]


@dataclass(frozen=True, slots=True)
class Station:
    """One place to train: what stands there and what may be done there."""

    id: str
    name: str
    treadmill: str | None = None
    camera: str | None = None
    exercises: tuple[str, ...] = field(default=())
    stage: Stage = "skeleton"


def stations_of(config: "BoxConfig") -> dict[str, Station]:
    """Return the gym's stations by id; without a camera nothing is counted there."""
    return {
        each.id: Station(
            each.id,
            each.label,
            each.treadmill,
            each.camera,
            each.exercises if each.camera else (),
            each.stage,
        )
        for each in config.stations
    }


class Stations(dict[str, Station]):
    """The gym's stations by id: one object for everybody, kept up to date. Read it on the event loop."""

    def __init__(self, config: "BoxConfig") -> None:
        super().__init__(stations_of(config))

    async def reconfigure(self, config: "BoxConfig", _change: "Change") -> None:
        """Be the stations of another configuration."""
        self.clear()
        self.update(stations_of(config))


class DeviceValues(Protocol):
    """The part of the device registry that stations and sessions look at."""

    def value(self, device_id: str, metric: Metric, now_s: float) -> float | None:
        """Return the newest value, or None when there is none or it is stale."""

    def get(self, device_id: str, now_s: float) -> object | None:
        """Return what is known of the device; None when it was never configured nor heard."""

    def nearest_band(self, now_s: float, *, taken: Iterable[str]) -> str | None:
        """Return the band heard most strongly now among those that nobody wears."""

    def link(self, device_id: str, now_s: float) -> Link:
        """Say whether the device is heard, was heard, or never was."""
