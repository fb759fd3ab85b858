"""Stations that share floor in one picture are warned of, by name and with how much."""

from typing import Any

import pytest

from gateway.config.model import BoxConfig
from gateway.config.overlaps import overlaps

LEFT = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]
RIGHT = [[0.5, 0.0], [1.0, 0.0], [1.0, 1.0], [0.5, 1.0]]
NARROW = [[0.4, 0.0], [0.6, 0.0], [0.6, 1.0], [0.4, 1.0]]


def gym(*zones: list[list[float]] | None, cameras: str = "aaa") -> BoxConfig:
    stations: list[dict[str, Any]] = [
        {"id": f"s{number}", "camera": camera} | ({"zone": zone} if zone else {})
        for number, (zone, camera) in enumerate(zip(zones, cameras, strict=False))
    ]
    return BoxConfig.model_validate(
        {"station": stations, "camera": [{"id": each, "url": 0} for each in sorted(set(cameras))]}
    )


def test_zones_that_touch_are_fine() -> None:
    assert list(overlaps(gym(LEFT, RIGHT))) == []


def test_the_warning_names_both_stations_the_camera_and_the_share_of_the_smaller() -> None:
    ((key, warning),) = overlaps(gym(LEFT, NARROW))
    assert key == "station[1].zone"
    for word in ("'s0' and 's1'", "50% of the zone of 's1'", "camera 'a'", "counted at either"):
        assert word in warning


def test_every_pair_is_warned_of() -> None:
    assert [key for key, _ in overlaps(gym(LEFT, RIGHT, NARROW))] == ["station[2].zone"] * 2


def test_a_hair_is_no_overlap() -> None:
    wider = [[0.499, 0.0], [1.0, 0.0], [1.0, 1.0], [0.499, 1.0]]
    assert list(overlaps(gym(LEFT, wider))) == []


@pytest.mark.parametrize(
    ("zones", "words"),
    [
        ((None, RIGHT), ("100% of the zone of 's1'", "without a zone 's0' takes")),
        ((None, None), ("100% of the zone of 's0'", "without a zone 's0' and 's1'")),
    ],
)
def test_a_station_without_a_zone_takes_the_whole_picture(
    zones: tuple[list[list[float]] | None, ...], words: tuple[str, ...]
) -> None:
    ((_, warning),) = overlaps(gym(*zones))
    assert all(each in warning for each in words)


def test_other_cameras_and_stations_without_one_do_not_matter() -> None:
    assert list(overlaps(gym(LEFT, LEFT, cameras="ab"))) == []
    run = {"station": [{"id": "one"}, {"id": "two"}]}
    assert list(overlaps(BoxConfig.model_validate(run))) == []
