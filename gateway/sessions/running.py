"""Which sessions run: at which station, and whose band or machine a device is."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from gateway.sessions.active import ActiveSession


class Running:
    """The sessions that run; lives on the event loop."""

    def __init__(self) -> None:
        self._by_station: dict[str, ActiveSession] = {}
        self._by_device: dict[str, list[ActiveSession]] = {}

    def __contains__(self, session: ActiveSession) -> bool:
        return self._by_station.get(session.station.id) is session

    def add(self, session: ActiveSession) -> None:
        """One more runs."""
        self._by_station[session.station.id] = session
        for device_id in session.devices:
            self._by_device.setdefault(device_id, []).append(session)

    def remove(self, session: ActiveSession) -> None:
        """One is over."""
        del self._by_station[session.station.id]
        for device_id in session.devices:
            self._by_device[device_id].remove(session)
            if not self._by_device[device_id]:
                del self._by_device[device_id]

    def all(self) -> Sequence[ActiveSession]:
        """Every one of them, in the order in which they began."""
        return tuple(self._by_station.values())

    def at(self, station_id: str) -> ActiveSession | None:
        """The one at a station."""
        return self._by_station.get(station_id)

    def with_device(self, device_id: str) -> Sequence[ActiveSession]:
        """Those whose band or machine a device is."""
        return tuple(self._by_device.get(device_id, ()))

    def find(self, session_id: str) -> ActiveSession | None:
        """The one with an id."""
        return next((each for each in self._by_station.values() if each.id == session_id), None)

    @property
    def stations(self) -> AbstractSet[str]:
        """Ids of the stations where one runs."""
        return self._by_station.keys()

    @property
    def bands(self) -> AbstractSet[str]:
        """Ids of the bands that are worn."""
        return {each.band_id for each in self._by_station.values() if each.band_id}
