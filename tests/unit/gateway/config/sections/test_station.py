"""What a station may say of its floor and its exercises."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.config.sections.station import EXERCISES, StationSection
from vision.counting.exercises import catalogue

MAT = {"id": "mat", "camera": "cam1"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"zone": [[0, 0], [1, 1]]}, "at least 3 different corners"),
        ({"zone": [[0, 0], [1, 1], [0, 0], [1, 1]]}, "at least 3 different corners"),
        ({"zone": [[0, 0], [0.5, 0.5], [1, 1]]}, "no area"),
        ({"zone": [[0, 0], [1, 0], [1, 1.5]]}, "less than or equal to 1"),
        ({"zone": [[0, 0], [1, 0], [1]]}, "zone.2"),
        ({"exercises": ["pushups"]}, "'pushup'"),
        ({"exercises": []}, "at least 1"),
        (
            {"zone": [[0, 0], [1, 1], [1, 0], [0, 1]]},
            "no area: its corners lie on a line, or its outline cross",
        ),
        ({"zone": [[0, 0], [1, 1], [1, 0], [0, 0.5]]}, "in the order of a walk around it"),
        ({"zone": [[0, 0], [1, 0], [1, 1], [0.5, 0], [0, 1]]}, "crosses or touches itself"),
        ({"stage": "video"}, "'blurred_video'"),
        ({"stage": "blurred_video", "camera": None}, "has no camera"),
    ],
)
def test_what_a_station_may_not_say(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        StationSection.model_validate(MAT | changes)
    assert reason in str(caught.value)


@given(st.lists(st.floats(0.05, 0.5), min_size=3, max_size=9), st.booleans())
def test_a_zone_drawn_in_order_is_taken_as_it_is(rays: list[float], closed: bool) -> None:  # noqa: FBT001
    turn = 2 * math.pi / len(rays)
    zone = [
        (0.5 + ray * math.cos(number * turn), 0.5 + ray * math.sin(number * turn))
        for number, ray in enumerate(rays)
    ]
    zone += zone[:1] if closed else []
    assert StationSection.model_validate(MAT | {"zone": zone}).zone == tuple(zone)


@given(st.lists(st.sampled_from(EXERCISES), min_size=1))
def test_exercises_are_kept_once_and_in_order(exercises: list[Any]) -> None:
    kept = StationSection.model_validate({"id": "s", "exercises": exercises}).exercises
    assert kept == tuple(dict.fromkeys(exercises))


def test_every_exercise_that_a_station_may_offer_is_counted() -> None:
    assert set(EXERCISES) == set(catalogue())


def test_a_picture_is_shown_only_where_somebody_wants_it() -> None:
    assert StationSection.model_validate(MAT).stage == "skeleton"
    assert StationSection.model_validate(MAT | {"stage": "blurred_video"}).stage == "blurred_video"
