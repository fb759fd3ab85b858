"""Who may begin where, apart from sessions that run."""

import pytest

from devices.profile import load_profiles
from devices.registry import DeviceRegistry, KnownDevice
from gateway.sessions.admission import (
    Admission,
    BandInUse,
    BandUnknown,
    CheckIn,
    ExerciseNotOffered,
    StationBusy,
    StationUnknown,
)
from gateway.stations import Station

MAT = Station("mat", "Mat", exercises=("pushup", "squat"))
RUN = Station("run", "Treadmill 1", treadmill="belt")
BAND = KnownDevice("band1", "ble-heart-rate", "aa:00:00:00:00:01")
GYM = Admission({"mat": MAT, "run": RUN}, DeviceRegistry([BAND], profiles=load_profiles()))


@pytest.mark.parametrize(
    ("check_in", "station"),
    [
        (CheckIn("mat", "ada"), MAT),
        (CheckIn("mat", "ada", exercise="squat"), MAT),
        (CheckIn("run", "ada", "band1"), RUN),
    ],
)
def test_who_is_admitted(check_in: CheckIn, station: Station) -> None:
    assert GYM.admit(check_in, busy=(), worn=(), now_s=0.0) == (station, check_in)


@pytest.mark.parametrize(
    ("check_in", "error", "words"),
    [
        (CheckIn("pool", "ada"), StationUnknown, "no station pool"),
        (CheckIn("hall", "ada"), StationUnknown, "no station hall"),
        (CheckIn("mat", "ada", exercise="curl"), ExerciseNotOffered, "counts: pushup, squat"),
        (CheckIn("run", "ada", exercise="pushup"), ExerciseNotOffered, "counts: none"),
        (CheckIn("mat", "ada", "bandX"), BandUnknown, "bandX"),
        (CheckIn("mat", "ada", "nearest"), BandUnknown, "No free band is heard"),
    ],
)
def test_who_is_not(check_in: CheckIn, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        GYM.admit(check_in, busy=("hall",), worn=(), now_s=0.0)


def test_one_at_a_station_and_one_to_a_band() -> None:
    with pytest.raises(StationBusy, match="Somebody trains at Mat"):
        GYM.admit(CheckIn("mat", "bob"), busy=("mat",), worn=(), now_s=0.0)
    with pytest.raises(BandInUse, match="another station"):
        GYM.admit(CheckIn("mat", "bob", "band1"), busy=("run",), worn=("band1",), now_s=0.0)
