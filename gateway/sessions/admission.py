"""Who may begin where: the station must be free and count the exercise, the band must be heard and free."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from gateway.stations import DeviceValues, Station

# Asked for in place of a band's id: the free one that is heard most strongly.
NEAREST: Final = "nearest"


class SessionError(Exception):
    """A check-in or check-out that cannot be; the text is for the person who tried."""


class StationUnknown(SessionError):  # noqa: N818 - named by what happened
    """There is no such station."""


class StationBusy(SessionError):  # noqa: N818 - named by what happened
    """Somebody trains there."""


class BandUnknown(SessionError):  # noqa: N818 - named by what happened
    """The band was never configured nor heard."""


class BandInUse(SessionError):  # noqa: N818 - named by what happened
    """Somebody else wears the band."""


class ExerciseNotOffered(SessionError):  # noqa: N818 - named by what happened
    """The station does not count this exercise."""


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Who wants to do what where."""

    station_id: str
    member_id: str
    band_id: str | None = None
    exercise: str | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """What the gym has, to judge a check-in by."""

    stations: Mapping[str, Station]
    devices: DeviceValues

    def admit(
        self, check_in: CheckIn, *, busy: Collection[str], worn: Collection[str], now_s: float
    ) -> tuple[Station, CheckIn]:
        """Return where, and the check-in with the id of a band that is free to wear, if it asks for one.

        Args:
            check_in: who wants to do what where.
            busy: ids of the stations where somebody trains.
            worn: ids of the bands that somebody wears.
            now_s: the monotonic clock, s.

        Raises:
            SessionError: it cannot be, and why.
        """
        station = self._station(check_in, busy)
        if check_in.band_id is None:
            return station, check_in
        return station, replace(check_in, band_id=self._band(check_in.band_id, worn, now_s))

    def _station(self, check_in: CheckIn, busy: Collection[str]) -> Station:
        station = self.stations.get(check_in.station_id)
        if station is None:
            raise StationUnknown(f"There is no station {check_in.station_id}.")
        if station.id in busy:
            raise StationBusy(f"Somebody trains at {station.name}. End that session first.")
        if check_in.exercise is not None and check_in.exercise not in station.exercises:
            offered = ", ".join(station.exercises) or "none"
            raise ExerciseNotOffered(
                f"{station.name} does not count {check_in.exercise}. It counts: {offered}."
            )
        return station

    def _band(self, band_id: str, worn: Collection[str], now_s: float) -> str:
        if band_id == NEAREST:
            nearest = self.devices.nearest_band(now_s, taken=worn)
            if nearest is None:
                raise BandUnknown(
                    "No free band is heard near a bridge right now. Put it on and wait a moment."
                )
            return nearest
        if self.devices.get(band_id, now_s) is None:
            raise BandUnknown(f"No band {band_id} was ever heard here. Put it on and wait a moment.")
        if band_id in worn:
            raise BandInUse(f"Band {band_id} is in use at another station.")
        return band_id
