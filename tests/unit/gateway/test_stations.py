"""Stations as the rest of the box sees them."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.config.model import BoxConfig
from gateway.config.sections.camera import CameraSection
from gateway.config.sections.station import EXERCISES, StationSection
from gateway.stations import Station, stations_of

SECTIONS = st.builds(
    StationSection,
    id=st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True),
    name=st.text("Ab ü", max_size=5),
    treadmill=st.none() | st.just("belt"),
    camera=st.none() | st.just("cam"),
    zone=st.none(),
    exercises=st.lists(st.sampled_from(EXERCISES), min_size=1, max_size=3).map(tuple),
)


@given(st.lists(SECTIONS, max_size=6, unique_by=lambda each: each.id))
def test_every_station_is_there_once_and_counts_only_where_a_camera_sees_it(
    sections: list[StationSection],
) -> None:
    camera = CameraSection.model_validate({"id": "cam", "url": "0"})
    config = BoxConfig.model_construct(stations=tuple(sections), cameras=(camera,))
    stations = stations_of(config)
    assert list(stations) == [each.id for each in sections]
    for section in sections:
        station = stations[section.id]
        assert station.name == section.label
        assert station.name, "a kiosk always has something to show"
        assert (station.treadmill, station.camera) == (section.treadmill, section.camera)
        assert station.exercises == (section.exercises if section.camera else ())


def test_a_station_that_only_stands_there() -> None:
    assert Station("mat", "Mat").exercises == ()
