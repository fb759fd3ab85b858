"""What is wrong only between sections: every mistake found, each at its key, and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.model import BoxConfig
from gateway.config.references import mistakes
from gateway.config.sections.box import BoxSection
from gateway.config.sections.camera import CameraSection
from gateway.config.sections.device import DeviceSection
from gateway.config.sections.station import StationSection

NAMES = st.sampled_from(["a", "b", "c", "d"])
BELT, BAND = "ble-treadmill", "ble-heart-rate"


def unchecked(
    stations: list[dict[str, Any]], cameras: tuple[str, ...] = (), devices: tuple[tuple[str, str], ...] = ()
) -> BoxConfig:
    """A configuration whose sections are each good, put together without a look at the whole."""
    return BoxConfig.model_construct(
        box=BoxSection(),
        stations=tuple(StationSection(**each) for each in stations),
        cameras=tuple(CameraSection.model_validate({"id": each, "url": "0"}) for each in cameras),
        devices=tuple(
            DeviceSection(id=name, profile=profile, address=f"c0:00:00:00:00:{number:02x}")
            for number, (name, profile) in enumerate(devices)
        ),
    )


def found(config: BoxConfig) -> dict[str, str]:
    return dict(mistakes(config))


def test_a_gym_that_fits_together_has_no_mistake() -> None:
    stations = [{"id": "mat", "camera": "cam"}, {"id": "run", "treadmill": "belt", "camera": "cam"}]
    assert found(unchecked(stations, ("cam",), (("belt", BELT), ("band", BAND)))) == {}
    assert found(unchecked([])) == {}


@pytest.mark.parametrize(
    ("station", "key", "reason"),
    [
        ({"treadmill": "bolt"}, "station[0].treadmill", "no device is called 'bolt'; there are belt, band"),
        ({"camera": "can"}, "station[0].camera", "no camera is called 'can'; there are cam"),
        (
            {"treadmill": "band"},
            "station[0].treadmill",
            "'band' is no treadmill: its profile is ble-heart-rate",
        ),
    ],
)
def test_a_name_of_nobody(station: dict[str, Any], key: str, reason: str) -> None:
    config = unchecked([{"id": "s", **station}], ("cam",), (("belt", BELT), ("band", BAND)))
    ((where, why),) = found(config).items()
    assert where == key
    assert why.startswith(reason)


def test_names_of_nobody_in_an_empty_gym_say_that_it_is_empty() -> None:
    reasons = found(unchecked([{"id": "s", "treadmill": "belt", "camera": "cam"}]))
    assert reasons["station[0].treadmill"].endswith("the file has no [[device]]")
    assert reasons["station[0].camera"].endswith("the file has no [[camera]]")


def test_an_address_written_in_two_ways_is_one_device() -> None:
    devices = [
        DeviceSection(id="a", profile=BAND, address="C0-00-00-00-00-01"),
        DeviceSection(id="b", profile=BAND, address="c0:00:00:00:00:01"),
        DeviceSection(id="c", profile=BAND, address="c00000000001"),
    ]
    config = BoxConfig.model_construct(box=BoxSection(), stations=(), cameras=(), devices=tuple(devices))
    assert set(found(config)) == {"device[1].address", "device[2].address"}


@given(st.lists(NAMES, max_size=8))
def test_every_double_is_named_once_and_points_to_the_first(names: list[str]) -> None:
    reasons = found(unchecked([{"id": name} for name in names]))
    firsts = {name: names.index(name) for name in names}
    expected = {
        f"station[{index}].id": f"'{name}' is already used by station[{firsts[name]}]"
        for index, name in enumerate(names)
        if index != firsts[name]
    }
    assert reasons == expected


@given(wanted=st.lists(st.one_of(st.none(), NAMES), max_size=6), there=st.sets(NAMES))
def test_exactly_the_stations_with_a_camera_that_is_not_there_are_named(
    wanted: list[str | None], there: set[str]
) -> None:
    stations = [{"id": f"s{index}", "camera": camera} for index, camera in enumerate(wanted)]
    reasons = found(unchecked(stations, tuple(sorted(there))))
    lost = [index for index, camera in enumerate(wanted) if camera is not None and camera not in there]
    assert set(reasons) == {f"station[{index}].camera" for index in lost}
