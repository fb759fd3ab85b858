"""What of the box a new configuration touches, and what it leaves alone."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.change import SECTIONS, between
from gateway.config.layers import TABLES
from gateway.config.model import BoxConfig

GYM: dict[str, Any] = {
    "camera": [{"id": "cam", "url": "rtsp://a:b@h/x"}],
    "station": [{"id": "mat", "camera": "cam"}, {"id": "mill", "treadmill": "t"}],
    "device": [{"id": "t", "profile": "ble-treadmill", "address": "c0:00:00:00:00:01"}],
}


def config(**changes: Any) -> BoxConfig:
    return BoxConfig.model_validate({**GYM, **changes})


def stations(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"station": list(entries)}


MAT, MILL = GYM["station"]


@pytest.mark.parametrize(
    ("changes", "pointers", "touched", "restarts"),
    [
        ({}, [], [], False),
        ({"box": {"language": "de"}}, ["/box/language"], ["box"], False),
        (
            {"vision": {"thresholds": {"smoothing": 2}, "pose": "movenet"}},
            ["/vision/pose", "/vision/thresholds/smoothing"],
            ["vision"],
            False,
        ),
        ({"http": {"port": 1}}, ["/http/port"], ["http"], True),
        ({"box": {"profiles_dir": str(Path(__file__).parent)}}, ["/box/profiles_dir"], ["box"], True),
        (stations({**MAT, "name": "M"}, MILL), ["/station/mat/name"], ["station:mat"], False),
        (stations(MILL, MAT), [], [], False),
        (stations(MAT, MILL, {"id": "door"}), ["/station/door"], ["station:door"], False),
        (stations(MAT), ["/station/mill"], ["station:mill"], False),
        (
            {"camera": [{"id": "cam", "url": "rtsp://a:c@h/x", "fps": 5}]},
            ["/camera/cam/url", "/camera/cam/fps"],
            ["camera:cam"],
            False,
        ),
        (
            {"device": [{**GYM["device"][0], "limits": {"speed_kmh": 9}, "control": True}]},
            ["/device/t/control", "/device/t/limits/speed_kmh"],
            ["device:t"],
            False,
        ),
    ],
)
def test_what_is_touched(changes: Any, pointers: list[str], touched: list[str], restarts: Any) -> None:
    change = between(config(), config(**changes))
    assert (change.pointers, change.touched, change.restarts) == (pointers, touched, restarts)
    assert bool(change) is bool(pointers)


def test_entries_are_told_apart() -> None:
    change = between(config(), config(**stations({**MAT, "name": "M"}, {"id": "door"})))
    assert change.stations.added == {"door"}
    assert change.stations.removed == {"mill"}
    assert change.stations.changed == {"mat"}
    assert change.stations.all == {"mat", "mill", "door"}
    assert change.cameras.all == change.devices.all == frozenset()
    assert not change.touches(*SECTIONS)


def test_a_setting_is_asked_for_by_its_path() -> None:
    change = between(config(), config(box={"language": "de"}))
    assert change.touches("box", "vision")
    assert change.sets("box", "language")
    assert not change.sets("box", "timezone")


_boxes = st.fixed_dictionaries(
    {},
    optional={
        "box": st.fixed_dictionaries({"language": st.sampled_from(["en", "de"])}),
        "gym": st.fixed_dictionaries({"plans_hour": st.integers(0, 2)}),
        "station": st.sampled_from([[], [{"id": "a"}], [{"id": "a", "name": "A"}, {"id": "b"}]]),
    },
)


@given(one=_boxes, other=_boxes)
def test_a_change_there_and_back_touches_the_same(one: Any, other: Any) -> None:
    first, second = BoxConfig.model_validate(one), BoxConfig.model_validate(other)
    there, back = between(first, second), between(second, first)
    assert sorted(there.paths) == sorted(back.paths)
    assert there.stations.added == back.stations.removed
    assert bool(there) is (first != second)


def test_every_table_of_the_configuration_is_compared() -> None:
    compared = {*SECTIONS, *TABLES}
    assert {each.alias or name for name, each in BoxConfig.model_fields.items()} == compared
