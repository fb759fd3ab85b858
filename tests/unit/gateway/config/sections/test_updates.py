from datetime import time
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.config.sections.updates import UpdatesSection


def test_updates_are_on_by_default() -> None:
    section = UpdatesSection()
    assert (section.automatic, section.postpone_until, section.hours, section.root) == (
        "all",
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("window", "hours"),
    [("02:00-05:30", (time(2), time(5, 30))), ("23:15-00:45", (time(23, 15), time(0, 45)))],
)
def test_hours_of_updates(window: str, hours: tuple[time, time]) -> None:
    assert UpdatesSection(window=window).hours == hours


@pytest.mark.parametrize(
    "wrong",
    [
        {"window": "2-5"},
        {"window": "24:00-05:00"},
        {"window": "02:00-05:60"},
        {"window": "02:00 to 05:00"},
        {"postpone_until": "2026-12-27T06:00:00"},  # where?
        {"automatic": "some"},
    ],
)
def test_what_is_no_setting(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        UpdatesSection.model_validate(wrong)
