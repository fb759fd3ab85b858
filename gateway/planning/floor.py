"""What the gym has for a plan: its stations' machines within the operator's limits, and its equipment."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from devices.profile import Kind, Profile
from recommender.gym import Gym, Machine
from recommender.plan import MachineKind

if TYPE_CHECKING:
    from gateway.config.change import Change
    from gateway.config.model import BoxConfig
    from gateway.config.sections.station import StationSection

_KINDS: Final[Mapping[Kind, MachineKind]] = {
    "treadmill": "treadmill",
    "machine": "treadmill",  # of no kind; the gym wrote it down as the station's treadmill
    "bike": "bike",
    "rower": "rower",
    "cross_trainer": "cross_trainer",
    "stair_climber": "stair_climber",
    "step_climber": "stair_climber",
}


class Floor:
    """The gym's floor as configured; who trains where comes from outside."""

    def __init__(self, config: "BoxConfig", profiles: Mapping[str, Profile]) -> None:
        self._profiles = profiles
        self._set_up(config)

    async def reconfigure(self, config: "BoxConfig", _change: "Change") -> None:
        """Offer what another configuration says."""
        self._set_up(config)

    def kind_at(self, station_id: str) -> MachineKind | None:
        """What machine stands at a station."""
        machine = self._machines.get(station_id)
        return None if machine is None else machine.kind

    def now(self, busy: Collection[str]) -> Gym:
        """The gym at this moment; `busy` are the ids of the stations where others train."""
        return Gym(
            machines=tuple(
                Machine(
                    kind=each.kind,
                    station_id=each.station_id,
                    free=each.station_id not in busy,
                    max_speed_kmh=each.max_speed_kmh,
                    max_incline_percent=each.max_incline_percent,
                )
                for each in self._machines.values()
            ),
            equipment=self._equipment,
        )

    def _set_up(self, config: "BoxConfig") -> None:
        self._machines = {
            machine.station_id: machine
            for station in config.stations
            if (machine := _machine(config, self._profiles, station)) is not None
        }
        self._equipment = frozenset(config.gym.equipment)


def _machine(
    config: "BoxConfig", profiles: Mapping[str, Profile], station: "StationSection"
) -> Machine | None:
    device = None if station.treadmill is None else config.device(station.treadmill)
    profile = None if device is None else profiles.get(device.profile)
    kind = None if profile is None else _KINDS.get(profile.kind)
    if device is None or kind is None:
        return None
    return Machine(
        kind=kind,
        station_id=station.id,
        max_speed_kmh=device.limits.speed_kmh,
        max_incline_percent=device.limits.incline_percent,
    )
